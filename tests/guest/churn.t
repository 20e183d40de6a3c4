#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Coming and going of stack_blk devices against I/O: nothing hangs, nothing is left.
# tier: full
# budget: 60
# uses: modules
. "$(dirname "$0")/lib.sh"

more_bios() { [ "$(counter bios)" -gt "$1" ]; }

io_goes_on() { wait_until 300 more_bios $(($(counter bios) + 100)); }

power_off_under_io() {
	local i

	device chunk_kb=4
	background fio --thread --name=t --filename=/dev/stackb0 --rw=randread --bs=32k \
		--ioengine=libaio --iodepth=8 --direct=1 --time_based --runtime=3000
	io_goes_on
	ok $? 'there is I/O'
	holds 'power off waits for I/O in flight' sh -c "echo 0 >$config/t/power"
	kill "${pids[-1]}" 2>/dev/null
	wait "${pids[-1]}" 2>/dev/null
	device chunk_kb=4
	background dd if=/dev/stackb0 of=/dev/null bs=64k iflag=direct
	io_goes_on
	ok $? 'there is again'
	holds 'rmdir under I/O powers off' rmdir "$config/t"
	wait "${pids[-1]}" 2>/dev/null
	[ ! -e /sys/block/stackb0 ]
	ok $? 'and the disk is gone'
}

# shell N: makes and removes a device over its own lower as fast as it can, while something reads
# and writes it, until $work/stop; all the same over the lower that all four want.
shell() {
	local dir=$config/s$1 name layouts=(linear mirror stripe) orders=(each batch hold) rounds=0

	while [ ! -e "$work/stop" ]; do
		mkdir "$dir" || return 1
		echo "${layouts[rounds % 3]}" >"$dir/layout"
		echo "${orders[rounds / 3 % 3]}" >"$dir/submit_order"
		echo 16 >"$dir/chunk_kb"
		if [ $((rounds % 4)) = "$1" ]; then
			echo "/dev/ram$((2 * $1)) /dev/ram8" >"$dir/lower"
		else
			echo "/dev/ram$((2 * $1)) /dev/ram$((2 * $1 + 1))" >"$dir/lower"
		fi
		if echo 1 >"$dir/power"; then
			name=$(cat "$dir/device")
			dd if="/dev/$name" of=/dev/null bs=64k iflag=direct \
				count=1000 status=none &
			dd if=/dev/zero of="/dev/$name" bs=64k oflag=direct conv=nocreat \
				count=1000 status=none &
			sleep 0.1
			cat "/sys/block/$name/stack_blk/"* >/dev/null
			[ $((rounds % 2)) = 0 ] && echo 0 >"$dir/power"
		fi
		rmdir "$dir" || return 1
		wait
		rounds=$((rounds + 1))
		echo $rounds >"$work/rounds.$1"
	done 2>>"$work/said.$1"
}

# in_use FILE: bytes in use in the slabs that stack_blk's allocations are from, one a line. Objects
# that processors keep for themselves would count as used: caches are shrunk first.
in_use() {
	local cache

	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 2
	for cache in /sys/kernel/slab/{kmalloc,bio,biovec}-*; do
		case $cache in *rcl* | *cg* | *rnd*) continue ;; esac
		echo 1 >"$cache/shrink"
		echo "${cache##*/} $(($(sed 's/ .*//' "$cache/objects") * $(cat "$cache/object_size")))"
	done | sort >"$1"
}

# How many devices the shells have made and removed.
all_rounds() { echo $(($(cat "$work"/rounds.* | paste -sd+))); }

enough_rounds() { [ "$(all_rounds)" -ge "$1" ]; }

# shells ROUNDS: all four, until so many devices came and went.
shells() {
	local n running=()

	rm -f "$work"/{stop,rounds.*}
	for n in 0 1 2 3; do
		shell $n &
		running+=($!)
	done
	wait_until 600 enough_rounds "$1"
	ok $? "$1 devices came and went"
	touch "$work/stop"
	for n in 0 1 2 3; do
		wait "${running[n]}"
		ok $? "shell $n ends well, after $(cat "$work/rounds.$n") rounds"
	done
	is "$(ls -d /sys/block/stackb* 2>/dev/null)" '' 'no disk is left'
	udevadm settle
}

# in_all FILE: all that in_use said.
in_all() { awk '{ n += $2 } END { print n }' "$1"; }

# as_much ROUNDS: memory is as before, within half a KiB for each of them.
as_much() {
	in_use "$work/after"
	[ $(($(in_all "$work/after") - $(in_all "$work/before"))) -lt $(($1 * 512)) ]
}

# What is in use before is measured when the system has seen what comes. What was freed may take RCU a
# moment.
four_shells() {
	local rounds

	shells 12
	in_use "$work/before"
	shells 60
	rounds=$(all_rounds)
	until_true 60 as_much "$rounds"
	ok $? 'memory is as before, within half a KiB for each of them'
	note "$rounds rounds; slabs in use: $(in_all "$work/before") bytes before, $(in_all "$work/after") after"
	join "$work/before" "$work/after" | awk '$2 != $3 { print "#", $1, $3 - $2 }'
	sort "$work"/said.* | sed 's/.*line [0-9]*: //; s/[0-9]//g' | sort | uniq -c | sort -rn | sed 's/^/# /'
}

load
modprobe brd rd_nr=9 rd_size=4096
power_off_under_io
four_shells
holds 'the module can be unloaded' modprobe -r stack_blk
plan_done
