#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# File systems on each layout, half of all clones refused by the slab: made, filled, mounted again
# and checked clean.
# tier: main
# budget: 45
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

data=/usr/share/perl5

make_ext4() { mkfs.ext4 -q -F -O ^orphan_file /dev/stackb0; }
check_ext4() { e2fsck -fn /dev/stackb0; }

# The features of its release, which the oldest kernel can mount.
make_xfs() { mkfs.xfs -q -f -c options=/usr/share/xfsprogs/mkfs/lts_6.1.conf /dev/stackb0; }
check_xfs() { xfs_repair -n /dev/stackb0; }

make_btrfs() { mkfs.btrfs -q -f /dev/stackb0; }
check_btrfs() { btrfs check /dev/stackb0; }

# life FILE-SYSTEM: made, filled, mounted again and checked.
life() {
	"make_$1" && mount -t "$1" /dev/stackb0 /mnt || return 1
	cp -r $data /mnt/data && cp -r /mnt/data /mnt/copy && rm -r /mnt/copy && sync &&
		umount /mnt && mount -t "$1" /dev/stackb0 /mnt &&
		diff -r $data /mnt/data || { umount /mnt && return 1; }
	umount /mnt && "check_$1"
}

load memory_backed=1 discard=1 size=400
null_disk nullb1 memory_backed=1 discard=1 size=400
for layout in linear mirror stripe; do
	for fs in ext4 xfs btrfs; do
		modprobe $fs
		with_bs new_device layout=$layout chunk_kb=64 pool_size=2 lower='/dev/nullb0 /dev/nullb1'
		press 500000
		holds "$fs on $layout is made, filled, mounted again and clean" life $fs
		lift
		holds 'half of the clones were refused' \
			json "$work/pressed" '.seen > 500 and (.refused / .seen - 0.5 | fabs) < 0.1'
		is "$(counter bios_failed)" 0 'no I/O failed'
		is "$(counter clones_completed)" "$(counter clones_allocated)" 'every clone completed'
	done
done
no_device
plan_done
