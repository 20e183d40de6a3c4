#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Drivers of the kernel, alone and below a file system, with each of their pools exhausted: each gets its verdict in
# the time that is said beforehand, those that stall are known, and what is read back of what was written is there.
# tier: full
# budget: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verify.sh"
. "$(dirname "$0")/disks.sh"

sectors=1200000

on_raid1_none() { raid 1 md0 none /dev/nullb0 /dev/nullb1 && disk=/dev/md0; }

on_raid10() { raid 10 md0 internal /dev/nullb0 /dev/nullb1 && disk=/dev/md0; }

# The first report of all: a file system on dm-linear on raid1.
on_linear_on_raid1() { on_raid1 && table t linear /dev/md0 0 && disk=/dev/mapper/t; }

check_fs() {
	case $1 in
	ext4) fsck.ext4 -f -n "$2" ;;
	xfs) xfs_repair -n "$2" ;;
	btrfs) btrfs check "$2" ;;
	esac
}

# Pools that stall. What a request of bcache's has of its bio_set it keeps until its keys are in the btree, for which a
# worker wants the lock of a node; a lookup that asks the same bio_set has such a lock (bch_data_insert_keys(),
# cache_lookup_fn(), drivers/md/bcache/request.c). All four elements must be so, so it may as well go on.
declare -A stalls=([raid1_none]='md0 bio_set' [raid10]='md0 bio_set') may_stall=([bcache]='bcache0 bcache_device')

# all_stalls: those that do, in this report.
all_stalls() { jq -r '.trials[] | select(.verdict == "STALL") | [.pools[].name] | join(" + ")' "$work/report" | xargs; }

# judge NAME [FILE-SYSTEM]
judge() {
	local name=$1 fs=${2:-} where=0+64M begin found

	null_disk nullb0 memory_backed=1 size=700
	null_disk nullb1 memory_backed=1 size=700
	"on_$name" || return 1
	udevadm settle
	if [ "$fs" ]; then
		make_fs "$fs" "$disk" || return 1
		where=/mnt/file
	fi
	begin=$SECONDS
	verify --write $where "$disk"
	note "$name $fs: $((SECONDS - begin)) s, $(jq -c '[.jobs, .duration_s, (.trials | length),
		([.trials[].blocks] | add), ([.trials[].unread] | add)]' "$work/report")"
	verdicts | sed 's/^/# /'
	found=$(all_stalls)
	[ "$found" != "${may_stall[$name]:-}" ] || found=
	is "$found" "${stalls[$name]:-}" "$name $fs: what stalls is known"
	holds "$name $fs: within the time that was said" json "$work/report" '.duration_s <= .most_s'
	holds "$name $fs: what was written is there" json "$work/report" \
		'all(.trials[]; (.begun | not) or (.recovered and .damaged == 0)) and any(.trials[]; .blocks > 0)'
	if [ "$fs" ]; then
		umount /mnt && holds "$name $fs: the file system is whole" check_fs "$fs" "$disk"
	fi
	undo_devices
}

need_modules
modprobe -a bio_pressure dm_mod raid1 raid10 dm_crypt dm_thin_pool bcache
for stack in linear crypt thin raid1 raid1_none raid10 bcache; do
	judge $stack || ok 1 "$stack can be made"
done
judge linear ext4
judge crypt xfs
judge thin btrfs
judge bcache xfs
judge linear_on_raid1 xfs
plan_done
