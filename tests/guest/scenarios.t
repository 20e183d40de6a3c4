#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Every scenario of stack_blk comes to what its line in `scenarios` says while the slab refuses all
# clones: progress, failure or stall; and all is well once it refuses no longer.
# tier: full
# budget: 150
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# What I/O the scenarios are about: 16 KiB, four pieces.
io=(fio --name=t --filename=/dev/stackb0 --rw=randrw --bs=16k --ioengine=libaio --iodepth=4 --direct=1
	--size=32m --io_size=4m --output="$work/fio")

# rescued: how often the rescuer of a bio_set was run, since rescues_from_now.
rescues_from_now() {
	[ -d $tracing/instances/rescue ] || mkdir $tracing/instances/rescue
	: >$tracing/instances/rescue/trace
	echo 1 >$tracing/instances/rescue/events/workqueue/workqueue_execute_start/enable
}

rescued() {
	echo 0 >$tracing/instances/rescue/events/workqueue/workqueue_execute_start/enable
	grep -c 'function bio_alloc_rescue' $tracing/instances/rescue/trace
}

# settled WHAT: the counters after the end of all I/O.
settled() {
	is "$(counter clones_completed)" "$(counter clones_allocated)" "$1: every clone completed"
	is "$(counter inflight)" 0 "$1: none is in flight"
	is "$(counter kzalloc_dirty)" 0 "$1: kzalloc()ed memory was zero"
}

progress() {
	local rescues before

	before=$(counter clones_allocated)
	rescues_from_now
	press 1000000
	timeout 300 "${io[@]}"
	is $? 0 "$1: I/O ends, without an error"
	lift
	rescues=$(rescued)
	is "$(counter bios_failed)" 0 "$1: the driver saw none"
	[ "$(pressed .seen)" -ge $(($(counter clones_allocated) - before)) ]
	ok $? "$1: every allocation asked the slab"
	is "$(pressed .refused)" "$(pressed .seen)" "$1: which refused all"
	is "$(counter clones_failed)" 0 "$1: yet every clone was allocated"
	is "$(counter kmalloc_failed)" 0 "$1: none depended on what failed"
	case $1 in
	B5 | B7)
		[ "$rescues" -gt 0 ]
		ok $? "$1: the rescuer ran, $rescues times"
		;;
	*)
		is "$rescues" 0 "$1: there is no rescuer, none ran"
		;;
	esac
}

failure() {
	local failed

	failed=$(counter bios_failed)
	press 1000000
	timeout 300 python3 "$here/direct_io.py" /dev/stackb0 16384 100 >"$work/io"
	is $? 0 "$1: I/O ends"
	lift
	holds "$1: some of it is refused with ENOMEM" json "$work/io" '.ENOMEM > 0'
	is $(($(counter bios_failed) - failed)) "$(jq .ENOMEM "$work/io")" "$1: that is what the driver says"
	holds "$1: nothing else happens" json "$work/io" '(.ENOMEM + (.done // 0)) == 100'
	[ "$(counter clones_failed)" -ge "$(counter bios_failed)" ]
	ok $? "$1: for want of clones"
	case $1 in
	B8) is "$(counter kmalloc_failed)" 0 "$1: not of other memory" ;;
	*)
		[ "$(counter kmalloc_failed)" -ge "$(counter clones_failed)" ]
		ok $? "$1: because kmalloc() failed"
		;;
	esac
}

# 7 s is more than the 5 s after which mempool_alloc() looks again of itself.
stall() {
	local before job

	press 1000000
	echo "$nth" >"$config/t/kmalloc_fail_nth"
	before=$(counter clones_allocated)
	background "${io[@]}"
	job=$!
	wait_until 300 stalled "$before"
	ok $? "$1: nothing is allocated any more, a task sleeps in mempool_alloc()"
	before=$(counter clones_completed)
	sleep 7
	is "$(counter clones_completed)" "$before" "$1: nothing completes in 7 s"
	[ "$(sleepers)" -gt 0 ]
	ok $? "$1: it still sleeps"
	lift
	echo 0 >"$config/t/kmalloc_fail_nth"
	wait_until 300 eval "! kill -0 $job"
	wait "$job"
	is $? 0 "$1: I/O ends once memory is there again, without an error"
	is "$(counter bios_failed)" 0 "$1: the driver saw none"
}

# stall_again: a device whose I/O stalls until kmalloc_fail_nth is 0.
stall_again() {
	local before

	with_bs new_device scenario=B6 kmalloc_fail_nth=0
	echo 1 >"$config/t/kmalloc_fail_nth"
	press 1000000
	before=$(counter clones_allocated)
	background "${io[@]}"
	wait_until 300 stalled "$before"
	ok $? 'I/O stalls'
}

# is_free DISK: nobody has it to himself.
is_free() { python3 -c 'import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)' "$1"; }

# kmalloc_fail_nth can be changed while power on, or power off, waits for it; removal does so itself.
power_waits() {
	local job

	stall_again
	background sh -c "echo 0 >$config/t/power"
	job=$!
	sleep 2
	holds 'power off waits for it' kill -0 $job
	holds 'kmalloc_fail_nth can be changed' timeout 300 sh -c "echo 0 >$config/t/kmalloc_fail_nth"
	lift
	wait $job
	is $? 0 'so that power off ends'

	stall_again
	holds 'removal does not wait for ever' timeout 300 rmdir "$config/t"
	lift
	holds 'and the disk goes' wait_until 300 is_free /dev/nullb0
	mkdir "$config/t"
	for pair in lower=/dev/nullb0 chunk_kb=1 pool_size=1 submit_order=batch per_bio=mempool \
		kmalloc_fail_nth=1; do
		echo "${pair#*=}" >"$config/t/${pair%%=*}"
	done
	background sh -c "echo 1 >$config/t/power"
	job=$!
	wait_until 300 eval '[ "$(sleepers)" -gt 0 ]'
	holds 'power on waits for the read of a partition table that stalls' kill -0 $job
	holds 'kmalloc_fail_nth can be changed' timeout 300 sh -c "echo 0 >$config/t/kmalloc_fail_nth"
	wait $job
	is $? 0 'so that power on ends'
	udevadm settle
}

# A device whose I/O is stuck goes when that is done. Who powers it off can leave, and nobody else waits.
power_off_interrupted() {
	local before begin job

	with_bs new_device chunk_kb=4 pool_size=2 submit_order=batch rescuer=0
	press 1000000
	before=$(counter clones_allocated)
	background "${io[@]}"
	job=$!
	holds 'I/O is stuck' wait_until 300 stalled "$before"
	timeout -s INT 2 sh -c "echo 0 >$config/t/power"
	is $? 124 'who powers off can be interrupted'
	is "$(cat "$config/t/power")" 1 'the disk is still there'
	{ echo 1 >"$config/t/power"; } 2>"$work/err"
	grep -q 'Device or resource busy' "$work/err"
	ok $? 'on its way out, so it cannot be powered on'
	background create other lower=/dev/ram0
	holds 'another device can be made meanwhile' wait_until 300 \
		eval '[ "$(cat "$config/other/power")" = 1 ]'
	wait "${pids[-1]}"
	begin=$SECONDS
	rmdir "$config/t"
	ok $? 'the item can be removed'
	note "after $((SECONDS - begin)) s"
	destroy other
	is "$(rmmod stack_blk 2>&1)" 'rmmod: ERROR: Module stack_blk is in use' 'the module stays'
	[ "$(sleepers)" -gt 0 ]
	ok $? 'the I/O was stuck all the while'
	lift
	wait_until 300 eval "! kill -0 $job"
	holds 'once it is done the disk goes, and the module can' wait_until 300 rmmod stack_blk
	modprobe stack_blk
}

load
modprobe brd rd_nr=3 rd_size=16384
hung=$(cat /proc/sys/kernel/hung_task_timeout_secs)
echo 32768 >/proc/sys/kernel/hung_task_timeout_secs # a stall is not news here
mapfile -t lines <"$config/scenarios"
for line in "${lines[@]}"; do
	read -r name outcome _ <<<"$line"
	no_device
	mkdir "$config/t"
	echo /dev/nullb0 >"$config/t/lower"
	echo "$name" >"$config/t/scenario"
	nth=$(cat "$config/t/kmalloc_fail_nth")
	# Or udev, who looks at every new disk, would be the first to stall.
	[ "$outcome" != stall ] || echo 0 >"$config/t/kmalloc_fail_nth"
	holds "$name: the device is made" with_bs device
	$outcome "$name"
	settled "$name"
done
is ${#lines[@]} 13 'all of the contract was acted out'

# A reserve of one is enough for every layout, whatever the number of lower devices.
for layout in linear mirror stripe; do
	with_bs new_device scenario=B3 layout=$layout lower='/dev/ram0 /dev/ram1 /dev/ram2'
	progress "B3, $layout"
	settled "B3, $layout"
done
power_waits
power_off_interrupted
no_device
echo "$hung" >/proc/sys/kernel/hung_task_timeout_secs
plan_done
