#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Lower devices that fail, or vanish, under I/O: errors are passed on as they are, a mirror goes on
# without the leg and says so once, and everything can be taken down.
# tier: full
# budget: 50
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

sectors=32768

# good NAME DISK, bad NAME: a dm device that is the disk, and that is one no longer.
good() { dmsetup create "$1" --table "0 $sectors linear $2 0"; }
bad() { dmsetup load "$1" --table "0 $sectors error" && dmsetup resume "$1"; }

# gone NAME...: they are removed.
gone() {
	udevadm settle
	for name; do
		dmsetup remove --retry "$name"
	done
}

# How often the log said that a lower device failed; of which, if named.
reported() { dmesg | grep -c "stack_blk: stackb0: lower device ${1:-[0-9]*} failed"; }

lowers() { awk '{ print $4 }' "$truth/lowers" | xargs; }

# read_at PATH SECTOR: a direct read of one sector; prints the error.
read_at() { dd if="$1" of=/dev/null bs=512 skip="$2" count=1 iflag=direct 2>&1 | sed -n 's/.*: //p' | head -n 1; }

errors() {
	local n disk failed clones

	good whole /dev/ram0
	bad whole
	new_device lower=/dev/mapper/whole
	failed=$(counter bios_failed) # udev had a look
	is "$(for n in 1 2 3; do read_at /dev/stackb0 $n; done | uniq -c | xargs)" '3 Input/output error' \
		'an error of the lower device is passed on'
	is $(($(counter bios_failed) - failed)) 3 'and counted, once each'
	no_device
	gone whole

	dmsetup create hole --table "0 1024 linear /dev/ram0 0
		1024 16 error
		1040 $((sectors - 1040)) linear /dev/ram0 1040"
	new_device lower=/dev/mapper/hole chunk_kb=4
	failed=$(counter bios_failed) clones=$(counter clones_completed)
	holds 'a bio of which two pieces fail fails' \
		eval '! dd if=/dev/stackb0 of=/dev/null bs=256k skip=2 count=1 iflag=direct'
	is "$(($(counter clones_completed) - clones)) $(($(counter bios_failed) - failed))" '64 1' \
		'once, after all of its clones'
	no_device
	gone hole

	# SDEBUG_OPT_MEDIUM_ERR of scsi_debug: sectors from 4660 on cannot be read.
	modprobe scsi_debug dev_size_mb=16 opts=2
	udevadm settle
	disk=$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)
	new_device lower="/dev/$disk"
	is "$(read_at "/dev/$disk" 4660)" 'No data available' 'a disk has an error other than EIO'
	is "$(read_at /dev/stackb0 4660)" 'No data available' 'which is passed on as it is'
	no_device
	modprobe -r scsi_debug
}

# tasks ARGUMENT...: fio in the background, with four tasks.
tasks() {
	background fio --name=t --filename=/dev/stackb0 --bs=16k --ioengine=libaio --iodepth=8 --numjobs=4 \
		--direct=1 --size=4m --offset_increment=4m --time_based --runtime=3000 --output="$work/fio" \
		--output-format=json "$@"
	job=$!
	io_goes_on
}

more_bios() { [ "$(counter bios)" -gt "$1" ]; }

io_goes_on() { wait_until 300 more_bios $(($(counter bios) + 200)); }

# tasks_end: some I/O later, and none of it had an error.
tasks_end() {
	io_goes_on && fio_ends "$work/fio"
}

mirror() {
	local before name

	for name in 0 1 2; do
		good leg$name /dev/ram$name
	done
	before=$(reported)
	new_device layout=mirror chunk_kb=4 lower='/dev/mapper/leg0 /dev/mapper/leg1 /dev/mapper/leg2'
	mkdir $tracing/instances/fail
	echo 1 >$tracing/instances/fail/events/stack_blk/stack_blk_leg_fail/enable
	dd if=/dev/urandom of=/dev/stackb0 bs=1M count=16 oflag=direct conv=nocreat status=none
	sync
	holds 'all legs have what was written' eval 'cmp /dev/ram0 /dev/ram1 && cmp /dev/ram1 /dev/ram2'

	tasks --rw=randread
	bad leg1
	holds 'reads go on when a leg fails' tasks_end
	[ "$(counter reads_retried)" -gt 0 ]
	ok $? "those that met it were repeated: $(counter reads_retried)"
	is "$(lowers)" 'ok failed ok' 'it is out of use'

	tasks --rw=randwrite --verify=crc32c --verify_backlog=16 --verify_fatal=1
	bad leg0
	holds 'writes go on when another leg fails' tasks_end
	is "$(lowers)" 'failed failed ok' 'that is out of use, too'
	is "$(($(reported 0) - before)) $(($(reported 1) - before))" '1 1' 'each was reported exactly once'
	is "$(grep -c stack_blk_leg_fail: $tracing/instances/fail/trace)" 2 'and traced'
	is "$(counter bios_failed)" 0 'no bio failed'
	holds 'a flush needs no failed leg' \
		python3 -c 'import os; os.fsync(os.open("/dev/stackb0", os.O_RDWR))'

	bad leg2
	is "$(read_at /dev/stackb0 1)" 'Input/output error' 'an error of the last leg is passed on'
	is "$(lowers)" 'failed failed ok' 'but that stays in use'
	is "$(($(reported) - before))" 2 'and is no failed leg'
	for name in 0 1 2; do
		dmsetup load leg$name --table "0 $sectors linear /dev/ram$name 0"
		dmsetup resume leg$name
	done
	device
	is "$(lowers)" 'ok ok ok' 'after power off and on all legs are in use'
	no_device
	rmdir $tracing/instances/fail
	gone leg0 leg1 leg2
}

# A write that the last working leg does not have is lost, even if a leg has it that failed later.
lost() {
	local name first second

	for name in 0 1; do
		good leg$name /dev/ram$name
	done
	new_device layout=mirror lower='/dev/mapper/leg0 /dev/mapper/leg1'
	dmsetup suspend leg0
	background dd if=/dev/zero of=/dev/stackb0 bs=4k count=1 oflag=direct conv=nocreat
	first=$!
	wait_until 300 grep -qx 1 "$truth/inflight"
	bad leg1
	background dd if=/dev/zero of=/dev/stackb0 bs=4k count=1 seek=1 oflag=direct conv=nocreat
	second=$!
	wait_until 300 grep -q failed "$truth/lowers"
	dmsetup load leg0 --table "0 $sectors error"
	dmsetup resume leg0
	wait $first
	is $? 1 'a write that only a failed leg has is an error'
	wait $second
	is $? 1 'and so is one that no leg has'
	is "$(lowers)" 'ok failed' 'the last leg stays in use'
	no_device
	gone leg0 leg1
}

# A suspended dm device drops read-ahead, with an error.
read_ahead() {
	local job

	good leg0 /dev/ram0
	new_device layout=mirror lower='/dev/mapper/leg0 /dev/ram1'
	dmsetup suspend leg0
	background dd if=/dev/stackb0 of=/dev/null bs=4k count=512
	job=$!
	holds 'read-ahead is dropped' wait_until 300 eval '[ "$(counter bios_failed)" -gt 0 ]'
	dmsetup resume leg0
	wait $job
	is $? 0 'what was not read ahead is read later'
	is "$(lowers)" 'ok ok' 'the leg that dropped it stays in use'
	no_device
	gone leg0
}

# vanished LAYOUT ends|goes_on REPORTS: a disk is taken away while it is read and written; what becomes of
# the I/O, and how often a failed lower device is reported.
vanished() {
	local layout=$1 before disk size

	modprobe scsi_debug dev_size_mb=16
	udevadm settle
	disk=$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)
	before=$(reported)
	new_device layout="$layout" chunk_kb=4 lower="/dev/$disk /dev/ram0"
	tasks --rw=randrw
	echo 1 >"/sys/block/$disk/device/delete"
	if [ "$2" = ends ]; then
		! wait "$job"
		ok $? "$layout: I/O ends with errors when a disk is taken away"
	else
		holds "$layout: I/O goes on when a disk is taken away" tasks_end
		size=$(blockdev --getsz /dev/stackb0)
		holds "$layout: a rescan does not mind the leg that is gone" sh -c "echo 1 >$config/t/rescan"
		is "$(blockdev --getsz /dev/stackb0)" "$size" "$layout: the other one has the same size"
	fi
	is $(($(reported) - before)) "$3" "$layout: that many reports of a failed lower device"
	is "$(counter clones_completed)" "$(counter clones_allocated)" "$layout: every clone completed"
	holds "$layout: it is powered off" sh -c "echo 0 >$config/t/power"
	no_device
	holds "$layout: nobody holds the disk any more" modprobe -r scsi_debug
}

in_flight() { [ "$(counter inflight)" = "$1" ]; }

# A queue that is gone has no poller: what is polled for ends nevertheless.
polled() {
	local dir=/sys/kernel/config/nullb job

	null_disk nullb1 poll_queues=1
	null_disk nullb2 poll_queues=0
	good under /dev/nullb1
	new_device lower=/dev/mapper/under
	is "$(queue stackb0 io_poll)" 1 'a disk can be polled, as its lower device'
	dmsetup load under --table "0 $sectors linear /dev/nullb2 0"
	dmsetup resume under
	echo 1 >"$config/t/rescan"
	is "$(queue stackb0 io_poll)" 0 'and after a rescan it cannot, as that'
	dmsetup load under --table "0 $sectors linear /dev/nullb1 0"
	dmsetup resume under
	echo 1 >"$config/t/rescan"
	is "$(queue stackb0 io_poll)" 1 'then it can again'
	polls
	drop "$job"
	holds 'what is polled for ends' wait_until 60 in_flight 0
	no_device
	gone under

	new_device lower=/dev/nullb1
	polls
	echo 0 >$dir/nullb1/power
	holds 'what is polled for ends when the lower device goes' wait_until 60 in_flight 0
	is "$(counter clones_completed)" "$(counter clones_allocated)" 'every clone completed'
	# Who finds a disk of no size reads nothing there, which is no error: fio goes on.
	drop "$job"
	no_device
	rmdir $dir/nullb1 $dir/nullb2
}

# polls: reads in the background, which are polled for.
polls() {
	background fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=io_uring --hipri \
		--iodepth=8 --direct=1 --time_based --runtime=3000 --output=/dev/null
	job=$!
	holds 'it is polled for' io_goes_on
}

# Who has powered off may take the lower device and its driver away.
closed() {
	local users now disk left=0 n

	modprobe scsi_debug dev_size_mb=16
	udevadm settle
	disk=$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)
	users=$(cat /sys/module/scsi_debug/refcnt)
	for n in {1..10}; do
		new_device lower="/dev/$disk"
		udevadm settle
		echo 0 >"$config/t/power"
		read -r now </sys/module/scsi_debug/refcnt # no fork, which takes longer than closing
		[ "$now" = "$users" ] || left=$((left + 1))
		no_device
	done
	is $left 0 "a disk is closed when power off has returned, in each of $n rounds"
	modprobe -r scsi_debug
}

modprobe dm_mod
modprobe brd rd_nr=3 rd_size=16384
load
errors
mirror
lost
read_ahead
vanished linear ends 0
vanished mirror goes_on 1
polled
closed
plan_done
