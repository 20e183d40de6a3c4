#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What a guest test looks like, to begin a new one from: reads of a stackb device, counted by bioscope
# and by the device itself. What a test has made is taken away by lib.sh, however it ends.
# tier: main
# budget: 15
. "$(dirname "$0")/lib.sh"

load                     # null_blk with /dev/nullb0, stack_blk, bio_pressure
device pool_size=2       # /dev/stackb0 on it
reads() {
	before=$(counter clones_allocated)
	bioscope latency --json -d stackb0 -p bs -- dd if=/dev/stackb0 of=/dev/null bs=4k count=100 \
		iflag=direct status=none >"$work/report"
}

unless_lost reads
is "$status" 0 'bioscope ends well'
clones=$(($(counter clones_allocated) - before))
is "$clones" 100 'a hundred reads are as many clones'
is "$(jq '.pools[0].allocations' "$work/report")" "$clones" 'bioscope has counted each'
holds 'all came from the slab' json "$work/report" '.pools[0].ways.slab == 100'
plan_done
