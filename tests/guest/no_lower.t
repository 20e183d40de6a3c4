#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Disks of stack_blk without lower devices, and those that parameters of the module make at load. What a disk
# can do that such a one lets through, and what of it can be kept back.
# tier: full
# budget: 85
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# Whether nothing is left of what could not be loaded.
not_loaded() { [ ! -e /sys/module/stack_blk ] && [ ! -e /sys/block/stackb0 ]; }

# not_taken TEXT PARAMETER...: the module is not loaded with these, and says why.
not_taken() {
	local text=$1 lines

	shift
	lines=$(dmesg | wc -l)
	! modprobe stack_blk "$@" 2>"$work/err"
	ok $? "$* is refused"
	holds 'the log says why' eval "dmesg | tail -n +$((lines + 1)) | grep -F 'stack_blk: parameter: ' | grep -F '$text'"
	holds 'and nothing is left' not_loaded
}

parameters() {
	not_taken 'from 1 to 65536' pool_size=0
	not_taken 'one of: each, batch, hold' submit_order=all
	not_taken 'from 0 to 256' nr_devices=257 size_mb=16
	not_taken 'nr_devices must be 1' nr_devices=2 lower=/dev/nullb0
	! modprobe stack_blk nr_devices=1 2>"$work/err"
	ok $? 'a disk without lower device or size is refused'
	holds 'and nothing is left' not_loaded
	! modprobe stack_blk nr_devices=1 size_mb=1 layout=stripe chunk_kb=2048 2>"$work/err"
	ok $? 'a disk that is smaller than a chunk is refused'
	holds 'and nothing is left' not_loaded
	! modprobe stack_blk lower=/dev/nosuch 2>"$work/err"
	ok $? 'a lower device that is not there is refused'
	holds 'and nothing is left' not_loaded
	! modprobe stack_blk lower= layout=mirror 2>"$work/err"
	ok $? 'a mirror of no lower device is refused'
	holds 'the log says why' eval "dmesg | tail -n 1 | grep -F \"stackb0: lower: '' refused: must be absolute paths\""
	holds 'and nothing is left' not_loaded

	modprobe stack_blk nr_devices=3 size_mb=16 chunk_kb=4 pool_size=7 submit_order=batch rescuer=1
	udevadm settle
	is "$(cat /sys/block/stackb?/size | xargs)" '32768 32768 32768' 'three disks are there'
	is "$(cat "$config/stackb2/"{power,device,pool_size,submit_order,rescuer,chunk_kb} | xargs)" \
		'1 stackb2 7 batch 1 4' 'made as the parameters say'
	is "$(cat /sys/module/stack_blk/parameters/{nr_devices,pool_size,submit_order,flush} | xargs)" '3 7 batch 1' \
		'which can be read'
	is "$(cd /sys/module/stack_blk/parameters && grep . -- * | sed -n 's/:/ /p' | grep -v '^nr_devices\|^lower' | sort)" \
		"$(grep -v / "$config/defaults" | sort)" 'each knob is one'
	mkdir "$config/t"
	is "$(cat "$config/t/"{power,size_mb,pool_size,submit_order} | xargs)" '0 16 7 batch' \
		'and are what others begin with'
	! modprobe -r stack_blk 2>"$work/err"
	ok $? 'which hold the module'
	rmdir "$config/t"
	! rmdir "$config/stackb1" 2>"$work/err"
	ok $? 'those of the module cannot be removed'
	echo 0 >"$config/stackb1/power"
	echo 8 >"$config/stackb1/size_mb"
	echo 1 >"$config/stackb1/power"
	udevadm settle
	is "$(cat /sys/block/stackb1/size)" 16384 'but changed'
	echo 100 >"$config/stackb2/lose_inject/probability"
	background dd if=/dev/stackb2 of=/dev/null bs=4k count=1 iflag=direct
	wait_until 60 grep -q 1 "$config/stackb2/lose_inject/lost"
	echo 1 >"$config/stackb2/lose_inject/release"
	wait "${pids[-1]}"
	ok $? 'what was lost is released'
	udevadm settle
	modprobe -r stack_blk
	holds 'they go with the module' not_loaded

	modprobe stack_blk lower=/dev/nullb0
	udevadm settle
	is "$(cat "$config/stackb0/lower" /sys/block/stackb0/slaves/nullb0/dev)" \
		"/dev/nullb0"$'\n'"$(cat /sys/block/nullb0/dev)" 'one over a lower device'
	modprobe -r stack_blk
	holds 'it goes with the module' not_loaded
}

# As many disks as there can be take a while; no thread can be made for one any more by who is killed.
killed() {
	modprobe stack_blk nr_devices=256 size_mb=16 rescuer=1 2>/dev/null &
	wait_until 60 test -b /dev/stackb0
	exec {disk}</dev/stackb0
	kill -KILL $!
	wait $!
	is $? 137 'a load is killed while it makes disks'
	holds 'the log says how many there are' eval 'dmesg |
		grep -F "stack_blk: parameter: nr_devices: of 256 disks only $(ls -d /sys/block/stackb[0-9]* | wc -l) could be made"'
	udevadm settle
	holds 'which work' dd if=/dev/stackb0 of=/dev/null bs=4k count=1 iflag=direct status=none
	exec {disk}<&-
	modprobe -r stack_blk
	holds 'and go with the module' not_loaded
}

no_lower() {
	local allocated pair

	new_device size_mb=64 chunk_kb=4
	is "$(cat "$truth/lowers")" 'none 0 131072 ok' 'no device is below it'
	holds 'that could be opened' test ! -e /dev/stackb_sink
	is "$(ls /sys/block/stackb0/slaves)" '' 'or is in the tree'
	head -c 1048576 /dev/urandom >"$work/noise"
	dd if="$work/noise" of=/dev/stackb0 bs=1M oflag=direct conv=nocreat status=none
	ok $? 'it can be written'
	dd if=/dev/stackb0 bs=1M count=1 iflag=direct status=none | cmp -n 1048576 - /dev/zero
	ok $? 'reads give zeroes'
	allocated=$(counter clones_allocated)
	quick_fio --rw=randrw --bs=16k
	is $? 0 'reads and writes end'
	is $(($(counter clones_allocated) - allocated)) 12000 'each made its clones'
	is "$(counter inflight) $(counter bios_failed)" '0 0' 'all of which ended well'
	echo 0 >"$config/t/power"
	echo /dev/nullb0 >"$config/t/lower"
	! { echo 1 >"$config/t/power"; } 2>"$work/err"
	ok $? 'a lower device and a size are refused'
	no_device
	mkdir "$config/t"
	for pair in size_mb=1 layout=stripe chunk_kb=2048; do
		echo "${pair#*=}" >"$config/t/${pair%%=*}"
	done
	! { echo 1 >"$config/t/power"; } 2>"$work/err"
	ok $? 'a size smaller than a chunk is refused'
	holds 'the log says why' eval "dmesg | tail -n 1 | grep -F \"t: size_mb: '1' refused: a stripe needs a chunk of it at the least\""
	echo 2 >"$config/t/size_mb"
	holds 'and one as large is not' sh -c "echo 1 >$config/t/power"
	no_device
}

# What is submitted waits on current->bio_list, and a rescuer takes it, though nothing is below.
contract() {
	mkdir "$config/other" # makes what all of them share, with a bio_set of its own
	echo 16 >"$config/other/size_mb"
	echo 1 >"$config/other/power"
	mkdir "$config/t"
	echo 16 >"$config/t/size_mb"
	echo B5 >"$config/t/scenario"
	is "$(cat "$config/t/size_mb")" 16 'a scenario leaves the size as it is'
	truth=/sys/block/stackb1/stack_blk
	with_bs sh -c "echo 1 >$config/t/power"
	udevadm settle
	press 1000000
	holds 'B5: with a rescuer I/O ends while the slab gives nothing' \
		dd if=/dev/stackb1 of=/dev/null bs=16k count=50 iflag=direct status=none
	lift
	echo 0 >"$config/t/power"
	echo B5-no-rescuer >"$config/t/scenario"
	with_bs sh -c "echo 1 >$config/t/power"
	udevadm settle
	press 1000000
	background dd if=/dev/stackb1 of=/dev/null bs=16k count=1 iflag=direct status=none
	holds 'B5-no-rescuer: without one they wait, two of them' wait_until 60 eval '[ "$(counter inflight)" = 2 ]'
	lift
	wait "${pids[-1]}"
	ok $? 'until the slab gives again'
	echo 0 >"$config/t/power"
	rmdir "$config/t"
	echo 0 >"$config/other/power"
	rmdir "$config/other"
	truth=/sys/block/stackb0/stack_blk
	holds 'nothing is left below' test ! -e /sys/block/stackb_sink
}

# nowait: whether a read may ask not to wait: it is done or told to come again, but not refused.
nowait() {
	python3 -c '
import errno, mmap, os
fd = os.open("/dev/stackb0", os.O_RDONLY | os.O_DIRECT)
try:
	os.preadv(fd, [mmap.mmap(-1, 4096)], 0, os.RWF_NOWAIT)
except OSError as error:
	print(0 if error.errno == errno.EOPNOTSUPP else 1)
else:
	print(1)'
}

said() { "$@" >/dev/null 2>&1 && echo 1 || echo 0; }

more_than_0() { [ "${1:-0}" -gt 0 ] && echo 1 || echo 0; }

# What stackb0 can do, a line for each.
abilities() {
	echo "flush $([ "$(queue stackb0 write_cache)" = 'write back' ] && echo 1 || echo 0)"
	echo "fua $(queue stackb0 fua)"
	echo "discard $(said blkdiscard -l 1048576 /dev/stackb0)"
	echo "write_zeroes $(more_than_0 "$(queue stackb0 write_zeroes_max_bytes)")"
	echo "secure_erase $(said blkdiscard -s -l 1048576 /dev/stackb0)"
	echo "nowait $(nowait)"
	echo "polled $(queue stackb0 io_poll)"
	echo "atomic $(more_than_0 "$(queue stackb0 atomic_write_unit_max_bytes)")"
}

# kept_back LOWER KNOB...: each of these can be switched off, and nothing else goes with it; but without
# flushes there is nothing to force through.
kept_back() {
	local lower=$1 knob want

	shift
	new_device "$lower"
	abilities >"$work/all"
	for knob; do
		want=$(sed "s/^$knob 1/$knob 0/" "$work/all")
		[ "$knob" != flush ] || want=${want/fua 1/fua 0}
		holds "$knob: it can do it" grep -x "$knob 1" "$work/all"
		new_device "$lower" "$knob=0"
		is "$(abilities)" "$want" "$knob=0 keeps back that, and nothing else"
		echo 1 >"$config/t/rescan"
		is "$(abilities)" "$want" 'also after a rescan'
	done
	no_device
}

# stacked_atomic DISK: whether a disk on that one has its atomic writes, which the first kernels with such do not pass
# on.
stacked_atomic() {
	local bytes

	modprobe dm_mod
	dmsetup create same --table "0 2048 linear $1 0"
	udevadm settle
	bytes=$(queue dm-0 atomic_write_unit_max_bytes)
	dmsetup remove --retry same
	[ "${bytes:-0}" -gt 0 ]
}

switches() {
	local disk

	kept_back size_mb=64 flush fua discard write_zeroes secure_erase nowait
	null_disk nullb1 poll_queues=1
	kept_back lower=/dev/nullb1 polled
	echo 0 >/sys/kernel/config/nullb/nullb1/power
	rmdir /sys/kernel/config/nullb/nullb1
	modinfo -p scsi_debug | grep "^atomic_wr:" >/dev/null || return 0
	modprobe scsi_debug dev_size_mb=32 opt_blks=0 sector_size=512 atomic_wr=1
	udevadm settle
	disk=$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)
	if stacked_atomic "/dev/$disk"; then
		kept_back lower="/dev/$disk" atomic
	else
		skip 'nor has a disk of dm on it' 'atomic: it can do it'
	fi
	udevadm settle
	modprobe -r scsi_debug
}

# Two levels, since no other driver here erases securely.
two_levels() {
	local item

	mkdir "$config/below"
	echo 64 >"$config/below/size_mb"
	echo 1 >"$config/below/power"
	udevadm settle
	mkdir "$config/t"
	echo /dev/stackb0 >"$config/t/lower"
	echo 1 >"$config/t/power"
	udevadm settle
	echo 100 >"$config/below/status_inject/probability"
	echo secure_erase >"$config/below/status_inject/op"
	echo medium >"$config/below/status_inject/status"
	! blkdiscard -s -l 1048576 /dev/stackb1 2>"$work/err"
	ok $? 'an error of a secure erase below is one above'
	is "$(cat "$config/below/status_inject/injected")" 1 'it was passed on as that'
	echo 0 >"$config/below/status_inject/probability"
	holds 'and without it ends well' blkdiscard -s -l 1048576 /dev/stackb1

	# Delays of nothing count what is discarded.
	for item in t below; do
		echo discard >"$config/$item/delay_inject/op"
		echo 100 >"$config/$item/delay_inject/probability"
	done
	echo 1048576 >/sys/block/stackb0/queue/discard_max_bytes
	holds 'a discard from a disk with larger limits ends well' blkdiscard -o 65536 -l 8388608 /dev/stackb1
	is "$(cat "$config/t/delay_inject/injected")" 1 'which passes it on whole'
	is "$(cat "$config/below/delay_inject/injected")" 8 'and is cut to the limits of the one below'
	echo 0 >"$config/t/power"
	rmdir "$config/t"
	echo 0 >"$config/below/power"
	rmdir "$config/below"
}

# The table of the lower disk is that of ours, too.
partitions() {
	modprobe brd rd_nr=1 rd_size=16384
	echo 'start=2048, size=2048' | sfdisk -q /dev/ram0
	new_device lower=/dev/ram0
	is "$(cat /sys/block/stackb0/stackb0p1/size)" 2048 'there are partitions'
	new_device lower=/dev/ram0 partitions=0
	holds 'and none if they are not wanted' test ! -e /sys/block/stackb0/stackb0p1
	no_device
}

# A loop that writes nonsense does not fill the log.
flood() {
	local lines

	mkdir "$config/t"
	dmesg -C
	python3 -c '
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
for _ in range(20000):
	try:
		os.pwrite(fd, b"x", 0)
	except OSError:
		pass' "$config/t/power"
	lines=$(dmesg | grep -c "stack_blk: t: power: 'x' refused")
	[ "$lines" -gt 100 ] && [ "$lines" -lt 20000 ]
	ok $? "of 20000 refusals in a row the log has $lines"
	rmdir "$config/t"
}

load
modprobe -r stack_blk
parameters
killed
modprobe configfs
modprobe stack_blk
no_lower
contract
switches
two_levels
partitions
flood
plan_done
