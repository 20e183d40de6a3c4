#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Counts are equal to the truth, exactly, also by what counts less, of bios that are cut, and by which way
# each got its bio.
# tier: full
# budget: 75
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/counts.sh"

# What does not look at caches does not speak of them.
lean() {
	measure bioscope stat --json -i 60s -d stackb0 -p bs -- "${fio[@]}"
	is "$(lost)" 0 'stat: nothing was lost'
	is "$(value ways | jq -c '[.slab, .cache]')" "[$clones,null]" \
		"stat: all $clones clones count as from the slab, and caches are not spoken of"
	measure bioscope stat --exact --json -i 60s -d stackb0 -p bs -- "${fio[@]}"
	is "$(value ways.slab)" "$clones" "stat --exact: so do all $clones"
	measure bioscope latency --lean --json -d stackb0 -p bs -- "${fio[@]}"
	is "$(value allocation.count)" "$clones" 'lean: latency has every allocation in its histogram'
	is "$(jq -c '[.disks, .pools[0].lifetime]' "$work/report")" '[null,null]' 'lean: but follows no bios'
}

load
device pool_size=2 chunk_kb=0 submit_order=each rescuer=0
lean
split
device pool_size=2 chunk_kb=0
half_refused
rescued
many_tasks pressure
plan_done
