#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# `bioscope latency` counts every bio once in each layer it goes through, however it is cloned, split or
# sent on, times it right, and knows how long the bios of a pool live.
# tier: full
# budget: 80
. "$(dirname "$0")/lib.sh"

# disk NAME FIELD: one of bioscope's numbers for a disk, null if it completed nothing.
disk() { jq "[.disks[] | select(.name == \"$1\")][0].latency.$2" "$work/report"; }

# pool FIELD: one for the pool of stack_blk's clones.
pool() { jq "[.pools[] | select(.name == \"stackb0 bs\")][0].$1" "$work/report"; }

lost() { jq -c '.lost + .skipped | with_entries(select(.value > 0))' "$work/report"; }

# measure DEVICE ARGUMENT...: a fio job of random reads; bioscope reports on it, and $clones is the truth.
measure() {
	local device=$1 before

	shift
	before=$(counter clones_allocated)
	bioscope latency --json -- fio --name=t --filename="$device" --rw=randread --bs=4k --direct=1 \
		--ioengine=libaio --iodepth=4 --output="$work/fio" --output-format=json "$@" >"$work/report" \
		2>"$work/err" || note "status $?: $(cat "$work/err")"
	clones=$(($(counter clones_allocated) - before))
}

# The longest that fio has waited for one of its reads, in seconds, and a bucket is at most 12.5 % wide.
longest() { jq '[.jobs[].read.lat_ns.max] | max / 1e9 * 1.125' "$work/fio"; }

# takes DISK MS DESCRIPTION: its bios took that long at least, and none longer than fio's reads.
takes() {
	holds "$3" json "$work/report" "[.disks[] | select(.name == \"$1\")][0].latency |
		.p50_s >= $2 / 1000 and .p99_s >= .p50_s and .max_s >= .p99_s and .max_s <= $(longest)"
}

stacked() {
	measure /dev/stackb0 --bs=16k --number_ios=100
	is "$(lost)" '{}' 'stacked: nothing was lost'
	is "$(disk stackb0 count)" 100 'stacked: 100 reads are 100 bios of stackb0'
	is "$clones" 400 'stacked: stack_blk made four clones of each'
	is "$(disk nullb0 count)" "$clones" 'stacked: as many are bios of nullb0'
	takes nullb0 20 'stacked: which takes 20 ms'
	takes stackb0 20 'stacked: and so stackb0 takes 20 ms at least'
	is "$(pool lifetime.count)" "$clones" 'stacked: each clone has lived and was freed'
	holds 'stacked: for as long as nullb0 takes' json "$work/report" '[.pools[] |
		select(.name == "stackb0 bs")][0].lifetime | .p50_s >= 0.02'
}

# Of one request at a time: four pieces of a bio take four times as long as one.
split_by_disk() {
	echo 16 >/sys/block/nullb1/queue/max_sectors_kb
	measure /dev/nullb1 --bs=64k --number_ios=10 --iodepth=1
	is "$(lost)" '{}' 'split by the disk: nothing was lost'
	is "$(disk nullb1 count)" 10 'split by the disk: 10 reads are 10 bios, in however many pieces'
	takes nullb1 40 'split by the disk: which end with the last piece'
}

# accounted DISK: of 12000 bios.
accounted() {
	local count lost

	count=$(disk "$1" count) lost=$(missing add "$work/report")
	[ "$count" -le 12000 ] && [ $((count + lost)) -ge 12000 ]
	ok $? "dm-linear: $count counted and $lost lost account for 12000 bios of $1 by four tasks"
}

linear() {
	dmsetup create line --table '0 65536 linear /dev/nullb2 0'
	udevadm settle
	measure /dev/mapper/line --number_ios=300
	is "$(lost)" '{}' 'dm-linear: nothing was lost'
	is "$(disk dm-0 count) $(disk nullb2 count)" '300 300' \
		'dm-linear: 300 reads are 300 bios of dm-0 and of the disk below'
	# The kernel leaves out a program that interrupts itself, or is preempted. What that does is told.
	measure /dev/mapper/line --number_ios=3000 --iodepth=16 --numjobs=4
	accounted dm-0
	accounted nullb2
	dmsetup remove --retry line
}

# Every read lies across where the two meet. The second piece takes 10 ms, the first hardly anything.
split_by_dm() {
	dmsetup create halves --table '0 8 linear /dev/nullb2 0
		8 65528 linear /dev/nullb1 8'
	udevadm settle
	measure /dev/mapper/halves --bs=8k --size=8k --io_size=400k --rw=read --iodepth=1
	is "$(lost)" '{}' 'split by dm: nothing was lost'
	is "$(disk dm-0 count) $(disk nullb2 count) $(disk nullb1 count)" '50 50 50' \
		'split by dm: 50 reads are 50 bios of dm-0, and 50 of each disk below'
	takes dm-0 10 'split by dm: which end with the slower piece'
	dmsetup remove --retry halves
}

# The driver sends the very bio on that it was given, where it does not keep statistics.
sent_on() {
	yes | mdadm --build /dev/md0 --level=0 --raid-devices=2 --chunk=64 /dev/nullb2 /dev/nullb3 \
		>"$work/out" 2>&1
	if ! [ -e /sys/block/md0/md ]; then
		skip "no raid0: $(tail -n 1 "$work/out")" 'sent on'
		return
	fi
	echo 0 >/sys/block/md0/queue/iostats
	udevadm settle
	measure /dev/md0 --number_ios=300 --size=64m
	is "$(lost)" '{}' 'sent on: nothing was lost'
	is "$(disk md0 count) $(($(disk nullb2 count) + $(disk nullb3 count)))" '300 300' \
		'sent on: 300 reads are 300 bios of md0, and of the two disks below'
	measure /dev/md0 --bs=128k --size=64m --io_size=8m --rw=read
	is "$(disk md0 count) $(($(disk nullb2 count) + $(disk nullb3 count)))" '64 128' \
		'sent on: with two chunks each they are as many, and twice as many below'
	mdadm --stop /dev/md0 >/dev/null 2>&1
}

# Of a pool or a disk only.
filtered() {
	bioscope latency --json -d nullb0 -- dd if=/dev/stackb0 of=/dev/null bs=4k count=5 iflag=direct \
		status=none >"$work/report"
	is "$(jq -c '[.disks[] | [.name, .latency.count]]' "$work/report")" '[["nullb0",5]]' \
		'filtered: with -d there is that disk only'
	bioscope latency -- dd if=/dev/stackb0 of=/dev/null bs=4k count=5 iflag=direct status=none \
		>"$work/report"
	holds 'filtered: text has disks and lifetimes, too' \
		sh -c "grep -A1 '^stackb0 (.*): from queueing' $work/report | grep -q 'disk latency .* 5  p50' &&
			grep -q 'bio lifetime .* 5  p50' $work/report"
	bioscope stat -t 1 >/dev/null 2>&1 &
	wait_until 300 sh -c 'bpftool prog show | grep -q alloc_exit'
	is "$(bpftool prog show | grep -cE 'name (layer|life)_')" 0 \
		'not asked for: no program of it is loaded'
	wait $!
}

load completion_nsec=20000000
null_disk nullb1 completion_nsec=10000000 submit_queues=1 hw_queue_depth=1
null_disk nullb2
null_disk nullb3
device chunk_kb=4
stacked
split_by_disk
linear
split_by_dm
sent_on
filtered
plan_done
