#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Pools that come and go: their slots are given out again, what they had counted stays in the totals, and a
# pool that is new is counted, however many there were.
# tier: full
# budget: 120
. "$(dirname "$0")/lib.sh"

port=9799
page() { curl -sf "127.0.0.1:$port/metrics"; }
# total METRIC[{LABELS]: of all its samples.
total() { page | awk -v metric="$1" 'index($1, metric) == 1 { sum += $NF } END { print sum + 0 }'; }
fds() { find "/proc/$1/fd" -type l 2>/dev/null | wc -l; }

modprobe null_blk nr_devices=0
null_disk nullb0
modprobe dm_mod
sectors=$(blockdev --getsz /dev/nullb0)
bioscope export --listen 127.0.0.1:$port >/dev/null 2>"$work/err" &
export=$!
pids+=("$export")
wait_until 300 eval 'page >"$work/page"'
open=$(fds "$export")

# come_and_go FIRST LAST READS: so many devices, one after the other, each of which is read from.
come_and_go() {
	local n

	for n in $(seq "$1" "$2"); do
		dmsetup create "c$n" --table "0 $sectors linear /dev/nullb0 0" || return
		dd if="/dev/mapper/c$n" of=/dev/null bs=4k count="$3" iflag=direct status=none || return
		udevadm settle
		dmsetup remove "c$n" || return
	done
}

before=$(total bioscope_pool_allocations_total) gone_before=$(total bioscope_gone_allocations_total)
holds '250 devices come and go' come_and_go 1 250 5
wait_until 60 eval '[ "$(total bioscope_gone_pools_total)" -ge 750 ]'
is "$(total bioscope_lost_total)" 0 'nothing was lost'
holds 'what they had counted is in the totals' [ "$(($(total bioscope_gone_allocations_total) - gone_before))" -ge \
	$((250 * 5 * 2)) ]
holds 'and nothing of the others is gone' [ "$(total bioscope_pool_allocations_total)" -ge "$before" ]
is "$(page | grep -c 'device="dm-0"')" 0 'no device that is gone has a sample'
is "$(fds "$export")" "$open" 'no descriptor was kept'
dmsetup create last --table "0 $sectors linear /dev/nullb0 0"
udevadm settle
dm=$(basename "$(readlink -f /dev/mapper/last)")
count=$(total "bioscope_pool_allocations_total{device=\"$dm\",pool=\"io_bs\"")
dd if=/dev/mapper/last of=/dev/null bs=4k count=300 iflag=direct status=none
is $(($(total "bioscope_pool_allocations_total{device=\"$dm\",pool=\"io_bs\"") - count)) 300 \
	'a device that is new is counted from its first read on'
kill -INT "$export"
wait "$export"
is $? 0 'export ends well'
plan_done
