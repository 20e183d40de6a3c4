# SPDX-License-Identifier: GPL-2.0
# Disks of the kernel's own drivers.
# shellcheck shell=bash

# table NAME TARGET ARGUMENTS...: a device of one target, of $sectors, or 64 MiB.
table() { dmsetup create "$1" --table "0 ${sectors:-131072} ${*:2}"; }

# make_bcache DISK CACHE: /dev/bcache0. Some releases of make-bcache register what they have made, to
# register again is an error. A cache that is slow, as on a busy machine, would be passed by.
make_bcache() {
	local disk

	make-bcache --bucket 64k -B "/dev/$1" -C "/dev/$2" >/dev/null || return 1
	for disk; do
		echo "/dev/$disk" 2>/dev/null >/sys/fs/bcache/register
	done
	wait_until 300 [ -b /dev/bcache0 ] && wait_until 300 [ -e /sys/block/bcache0/bcache/cache ] &&
		echo 0 >/sys/block/bcache0/bcache/cache/congested_read_threshold_us &&
		echo 0 >/sys/block/bcache0/bcache/cache/congested_write_threshold_us
}

# raid LEVEL DEVICE BITMAP DISK...
raid() {
	local level=$1 device=$2 bitmap=$3

	shift 3
	mdadm --quiet --create "/dev/$device" --level="$level" --raid-devices=$# --run --assume-clean --bitmap="$bitmap" \
		"$@" 2>/dev/null && udevadm settle
}

# no_raid DISK...: md0 goes, and what says that these are of it.
no_raid() {
	wait_until 60 mdadm --quiet --stop /dev/md0
	mdadm --quiet --zero-superblock "$@"
	udevadm settle
}

# make_fs FILE-SYSTEM DISK: on /mnt.
make_fs() {
	case $1 in
	ext4) mkfs.ext4 -q -F -O ^orphan_file "$2" ;;
	xfs) mkfs.xfs -q -f -c options=/usr/share/xfsprogs/mkfs/lts_6.1.conf "$2" ;;
	btrfs) mkfs.btrfs -q -f "$2" ;;
	f2fs) mkfs.f2fs -q -f "$2" ;;
	esac >/dev/null && mount -t "$1" "$2" /mnt
}

# Each leaves the path of its disk in $disk.
on_linear() { table t linear /dev/nullb0 0 && disk=/dev/mapper/t; }
on_crypt() { table t crypt 'capi:ecb(cipher_null)' - 0 /dev/nullb0 0 && disk=/dev/mapper/t; }

on_thin() {
	dd if=/dev/zero of=/dev/nullb1 bs=4k count=1 status=none
	table pool thin-pool /dev/nullb1 /dev/nullb0 128 0 && dmsetup message pool 0 'create_thin 0' &&
		table t thin /dev/mapper/pool 0 && disk=/dev/mapper/t
}

on_raid1() { raid 1 md0 internal /dev/nullb0 /dev/nullb1 && disk=/dev/md0; }

on_bcache() { make_bcache nullb0 nullb1 && disk=/dev/bcache0; }
