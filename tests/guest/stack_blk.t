#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# stack_blk: attributes, what it refuses, what it passes on, and coming and going under I/O.
. "$(dirname "$0")/lib.sh"

# refused ERROR ATTRIBUTE VALUE: the write fails with that error and a line in the kernel's log.
refused() {
	local said lines

	lines=$(dmesg | grep -c 'stack_blk:')
	said=$({ printf '%s' "$3" >"$config/t/$2"; } 2>&1)
	case $said in
	*"$1"*) ok 0 "$2 refuses \"${3:0:20}\": $1" ;;
	*) ok 1 "$2 refuses \"${3:0:20}\": $1" && note "said: $said" ;;
	esac
	[ "$(dmesg | grep -c 'stack_blk:')" -gt "$lines" ]
	ok $? 'and says why in the log'
}

bad_values() {
	mkdir "$config/t"
	for value in abc -1 3x 0x3 1.5 "$(head -c 4000 /dev/zero | tr '\0' 9)x"; do
		refused 'Invalid argument' pool_size "$value"
	done
	for value in 0 65537 99999999999999999999; do
		refused 'out of range' pool_size "$value"
	done
	refused 'out of range' rescuer 2
	refused 'Invalid argument' submit_order eachx
	refused 'No such file' lower /dev/nosuch
	refused 'Block device required' lower /dev/null
	refused 'No such device' power 1
	echo /dev/nullb0 >"$config/t/lower"
	exec 9<>/dev/nullb0
	exec 9>&-
	mount -t tmpfs none /mnt && mkfs.ext4 -q /dev/nullb0 && mount /dev/nullb0 /mnt
	refused busy power 1
	umount /mnt
	echo 1 >"$config/t/power"
	udevadm settle
	refused busy pool_size 5
	refused Invalid lower /dev/stackb0
	mkdir "$config/u"
	echo /dev/nullb0 >"$config/u/lower"
	{ echo 1 >"$config/u/power"; } 2>/dev/null
	is $? 1 'a lower that another device has is refused'
	rmdir "$config/u"
	holds 'the attributes are listed in features' grep -qx submit_order "$config/features"
}

passed_on() {
	is "$(cat "$config/t/device")" stackb0 'it says its name'
	is "$(blockdev --getsize64 /dev/stackb0)" "$(blockdev --getsize64 /dev/nullb0)" \
		'it is as large as its lower'
	is "$(lsblk -no NAME /dev/nullb0 | tr -cd 'a-z0-9\n' | sort | xargs)" 'nullb0 stackb0' \
		'lsblk shows it on its lower'
	is "$(cat /sys/block/stackb0/queue/discard_max_bytes)" \
		"$(cat /sys/block/nullb0/queue/discard_max_bytes)" 'it discards as its lower does'
	dd if=/dev/urandom of=/dev/stackb0 bs=1M count=4 oflag=direct status=none
	blkdiscard -o 1048576 -l 1048576 /dev/stackb0
	ok $? 'discard is passed on'
	blkdiscard -z -o 2097152 -l 1048576 /dev/stackb0
	cmp -s -n 1048576 -i 2097152:0 /dev/stackb0 /dev/zero
	ok $? 'zeroes are written'
	blockdev --setro /dev/nullb0
	device chunk_kb=0
	is "$(blockdev --getro /dev/stackb0)" 1 'a read-only lower makes it read-only'
	blockdev --setrw /dev/nullb0
}

accounted() {
	local before after

	device chunk_kb=4
	read -ra before </sys/block/stackb0/stat
	bios=$(counter bios) clones=$(counter clones_allocated)
	dd if=/dev/zero of=/dev/stackb0 bs=256k count=4 oflag=direct status=none
	read -ra after </sys/block/stackb0/stat
	is $((after[6] - before[6])) 2048 'iostat counts the sectors written'
	is "${after[8]}" 0 'and nothing in flight'
	is $(($(counter clones_allocated) - clones)) 256 '1 MiB became 256 clones of 4 KiB'
}

errors() {
	dmsetup create bad --table '0 65536 error'
	echo 0 >"$config/t/power"
	echo /dev/mapper/bad >"$config/t/lower"
	echo 1 >"$config/t/power"
	udevadm settle
	dd if=/dev/stackb0 of=/dev/null bs=4k count=1 iflag=direct 2>"$work/err"
	is $? 1 "the lower's errors are passed on"
	grep -q 'Input/output error' "$work/err"
	ok $? 'as they are'
	[ "$(counter bios_failed)" -ge 1 ]
	ok $? 'and counted'
	echo 0 >"$config/t/power"
	udevadm settle
	dmsetup remove --retry bad
	echo /dev/nullb0 >"$config/t/lower"
}

coming_and_going() {
	local i

	device chunk_kb=4 submit_order=each
	background fio --thread --name=t --filename=/dev/stackb0 --rw=randread --bs=32k \
		--ioengine=libaio --iodepth=8 --direct=1 --time_based --runtime=60
	sleep 2
	holds 'power off waits for I/O in flight' sh -c "echo 0 >$config/t/power"
	kill "${pids[-1]}" 2>/dev/null
	wait "${pids[-1]}" 2>/dev/null
	for i in $(seq 20); do
		device chunk_kb=$((4 * (i % 3)))
		dd if=/dev/stackb0 of=/dev/null bs=64k count=4 iflag=direct status=none || break
	done
	is "$i" 20 'it is powered on and off 20 times'
	background dd if=/dev/stackb0 of=/dev/null bs=64k iflag=direct
	sleep 0.5
	holds 'rmdir under I/O powers off' rmdir "$config/t"
	wait "${pids[-1]}" 2>/dev/null
	[ ! -e /sys/block/stackb0 ]
	ok $? 'and the disk is gone'
	udevadm settle
	holds 'the module can be unloaded' modprobe -r stack_blk
}

load nr_devices=1 memory_backed=1 discard=1 gb=1
modprobe dm_mod
bad_values
passed_on
accounted
errors
coming_and_going
plan_done
