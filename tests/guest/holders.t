#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What the kernel tells the holder of a lower device reaches the file system on stack_blk: that the device is
# gone, or is to be synced, frozen or thawed; and in each of these states the disk can be powered off.
# tier: full
# budget: 90
# uses: modules
. "$(dirname "$0")/lib.sh"

mnt=$work/mnt

# said TEXT: how often stackb0 or another has said that in the kernel's log.
said() { dmesg | grep -cF "$1"; }

# file_system DEVICE: a new one there, mounted.
file_system() {
	mkfs.ext4 -q "$1" && mount "$1" "$mnt"
}

# scsi_disks: those of scsi_debug, in the order in which they came.
scsi_disks() {
	udevadm settle
	for disk in /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*; do
		basename "$disk"
	done
}

# delete DISK
delete() { echo 1 >"/sys/block/$1/device/delete"; }

# write_error: what a write to the open file of the mounted file system ends with.
write_error() { { echo more >&"$fd"; } 2>&1 | sed 's/.*: //'; }

# off [ITEM]: powered off, within a time that is long for any of our disks.
off() { timeout 120 sh -c "echo 0 >$config/${1:-t}/power"; }

lowers() { awk '{ print $4 }' "$truth/lowers" | xargs; }

# told DISK: how often its file system was told that it is gone. Of many messages of a file system the kernel
# drops some: nothing may be dirty that a SCSI disk no longer takes.
told() { said "EXT4-fs ($1): shut down requested"; }

gone() {
	modprobe scsi_debug dev_size_mb=32
	disk=$(scsi_disks)
	blockdev --setro "/dev/$disk"
	new_device lower="/dev/$disk"
	blockdev --setrw "/dev/$disk"
	holds 'gone: a lower device is opened again, for writing' sh -c "echo 1 >$config/t/rescan"
	file_system /dev/stackb0
	exec {fd}>"$mnt/open"
	sync -f "$mnt"
	delete "$disk"
	is "$(said 'stackb0: lower device 0 is gone, and the disk with it')" 1 'gone: the disk dies with its lower device'
	is "$(told stackb0)" 1 'gone: the file system is told'
	is "$(write_error)" 'Input/output error' 'gone: writes fail'
	is "$(cat /sys/block/stackb0/size)" 0 'gone: the disk has no size any more'
	holds 'gone: it is not brought back by a rescan' eval "! echo 1 >$config/t/rescan"
	holds 'gone: it is powered off while mounted' off
	exec {fd}>&-
	holds 'gone: the file system can be unmounted' umount "$mnt"
	no_device
	modprobe -r scsi_debug
}

mirror() {
	local before

	before=$(told stackb0)
	modprobe scsi_debug dev_size_mb=32 add_host=2
	mapfile -t disks < <(scsi_disks)
	new_device layout=mirror lower="/dev/${disks[0]} /dev/${disks[1]}"
	file_system /dev/stackb0
	exec {fd}>"$mnt/open"
	sync -f "$mnt"
	delete "${disks[0]}"
	is "$(lowers)" 'failed ok' 'mirror: a leg that is gone is out of use, without any I/O'
	holds 'mirror: it goes on with the other' dd if=/dev/zero of="$mnt/zero" bs=1M count=2 conv=fsync
	is "$(said 'stackb0: lower device 0 failed')" 1 'mirror: that was said once'
	is $(($(told stackb0) - before)) 0 'mirror: the file system was told nothing'
	sync -f "$mnt"
	delete "${disks[1]}"
	is "$(said 'stackb0: lower device 1 is gone, and the disk with it')" 1 'mirror: the disk dies with the last leg'
	is $(($(told stackb0) - before)) 1 'mirror: the file system is told'
	is "$(write_error)" 'Input/output error' 'mirror: writes fail'
	holds 'mirror: it is powered off' off
	exec {fd}>&-
	umount "$mnt"
	no_device
	modprobe -r scsi_debug
}

# A stack_blk device on another, which goes from under it.
stack() {
	new_device lower=/dev/ram0
	mkdir "$config/u"
	echo /dev/stackb0 >"$config/u/lower"
	echo 1 >"$config/u/power"
	udevadm settle
	file_system /dev/stackb1
	cp "$work/data" "$mnt"
	holds 'stack: the lower one is powered off' off
	is "$(said 'stackb1: lower device 0 is gone, and the disk with it')" 1 'stack: the upper one dies with it'
	is "$(told stackb1)" 1 'stack: the file system on that is told'
	holds 'stack: the upper one is powered off' off u
	umount "$mnt"
	rmdir "$config/u"
	no_device
	mount /dev/ram0 "$mnt"
	holds 'stack: what was dirty was written before' cmp "$work/data" "$mnt/data"
	umount "$mnt"
}

# low N...: a dm device lowN on each ramN.
low() {
	for n; do
		dmsetup create "low$n" --table "0 65536 linear /dev/ram$n 0"
	done
	udevadm settle
}

no_low() {
	udevadm settle
	for n; do
		dmsetup remove --retry "low$n"
	done
}

# Such data are not on the lower device before somebody has the file system write them.
synced() {
	low 0
	new_device lower=/dev/mapper/low0
	file_system /dev/stackb0
	echo 'synced with its lower device' >"$mnt/file"
	blockdev --flushbufs /dev/mapper/low0
	dd if=/dev/ram0 of="$work/medium" bs=1M iflag=direct status=none
	holds 'synced: a file system is synced with the lower device' \
		grep -qF 'synced with its lower device' "$work/medium"
	umount "$mnt"
	no_device
	no_low 0
}

# Someone who begins to write to a file system sleeps there as long as it is frozen, and for no I/O.
is_frozen() {
	background touch "$mnt/frozen"
	writer=$!
	wait_until 60 grep -qx percpu_rwsem_wait "/proc/$writer/wchan"
}

goes_on() { wait_until 60 eval "! kill -0 $writer" && wait "$writer"; }

still_waits() { grep -qx percpu_rwsem_wait "/proc/$writer/wchan"; }

frozen() {
	low 0 1
	new_device lower='/dev/mapper/low0 /dev/mapper/low1'
	file_system /dev/stackb0
	dmsetup suspend low0
	holds 'frozen: a lower device is, and with it the file system' is_frozen
	dmsetup resume low0
	holds 'frozen: it is thawed, and with it the file system' goes_on
	dmsetup suspend low0
	dmsetup suspend low1
	holds 'frozen: both lower devices are' is_frozen
	dmsetup resume low1
	holds 'frozen: one is thawed, and the file system is not' still_waits
	dmsetup resume low0
	holds 'frozen: the other one is, and the file system, too' goes_on

	cp "$work/data" "$mnt"
	dmsetup suspend low0
	holds 'frozen: once more' is_frozen
	holds 'frozen: the disk is powered off, without waiting for the lower device' off
	holds 'frozen: that ends what waited' wait_until 60 eval "! kill -0 $writer"
	wait "$writer"
	is $? 1 'frozen: with an error'
	holds 'frozen: the file system can be unmounted' umount "$mnt"
	dmsetup resume low0
	device
	mount /dev/stackb0 "$mnt"
	holds 'frozen: it has all that was there before' cmp "$work/data" "$mnt/data"
	holds 'frozen: and is not frozen' touch "$mnt/later"
	umount "$mnt"
	no_device
	no_low 0 1
}

# On the way a lower device is suspended.
made() {
	low 0
	dmsetup suspend low0
	mkdir "$config/t"
	echo /dev/mapper/low0 >"$config/t/lower"
	background sh -c "echo 1 >$config/t/power"
	writer=$!
	wait_until 60 test -e /sys/block/stackb0
	dmsetup resume low0
	holds 'made: over a lower device that is thawed meanwhile' goes_on
	udevadm settle
	mkfs.ext4 -q /dev/stackb0
	holds 'made: it can be mounted' mount /dev/stackb0 "$mnt"
	holds 'made: and is not frozen' touch "$mnt/later"
	umount "$mnt"
	no_device
	no_low 0

	insmod "$(test_module bdev_freeze)" device=/dev/ram1
	new_device lower=/dev/ram1
	mkfs.ext4 -q /dev/stackb0
	holds 'made: over a lower device that is frozen: so is the disk' eval '! mount /dev/stackb0 $mnt'
	device
	holds 'made: again, and so it is again' eval '! mount /dev/stackb0 $mnt'
	rmmod bdev_freeze
	holds 'made: that is thawed, and with it the disk' mount /dev/stackb0 "$mnt"
	insmod "$(test_module bdev_freeze)" device=/dev/ram1
	holds 'made: it is frozen' is_frozen
	holds 'made: and powered off' off
	wait "$writer"
	umount "$mnt"
	rmmod bdev_freeze
	device
	holds 'made: once more, and neither is frozen' mount /dev/stackb0 "$mnt"
	umount "$mnt"
	no_device
}

# While a file system comes or goes, or its device does, that cannot be frozen (fs_bdev_freeze() in fs/super.c), nor one
# below it.
suspends() {
	until [ -e "$work/enough" ]; do
		dmsetup suspend low0 2>>"$work/refused" || continue
		echo >>"$work/suspended"
		dmsetup resume low0 || return
	done
}

# The disk comes and goes, used or not, while a lower device is frozen and thawed all the time.
races() {
	local n freezer used=0 gone=0

	low 0
	mkfs.ext4 -q /dev/mapper/low0
	background suspends
	freezer=$!
	for n in {1..10}; do
		device lower=/dev/mapper/low0
		if mount /dev/stackb0 "$mnt" 2>/dev/null; then
			used=$((used + 1))
			cp "$work/data" "$mnt/data"
		fi
		off && gone=$((gone + 1))
		! mountpoint -q "$mnt" || umount "$mnt"
	done
	is "$gone" 10 "races: the disk came and went, and could be used $used times"
	touch "$work/enough"
	holds 'races: the lower device was thawed each time' wait $freezer
	[ "$(wc -l <"$work/suspended")" -ge 10 ]
	ok $? 'races: and frozen at least ten times'
	is "$(grep -vE 'Invalid argument|Input.output error|Command failed' "$work/refused")" '' 'races: or could not be'
	note "races: frozen $(wc -l <"$work/suspended") times, refused $(grep -c ioctl "$work/refused") times"
	device
	holds 'races: the disk is not frozen then' mount /dev/stackb0 "$mnt"
	umount "$mnt"
	no_device
	no_low 0
}

# It has the operations for freezing, since when who holds a block device has to be told all of this.
grep -q ' bdev_freeze$' /proc/kallsyms || skip_all "$(uname -r) has no holder operations that we can use: 6.8 has them"
mkdir "$mnt"
dd if=/dev/urandom of="$work/data" bs=1M count=4 status=none
modprobe dm_mod
modprobe brd rd_nr=2 rd_size=32768
load
gone
mirror
stack
synced
frozen
made
races
plan_done
