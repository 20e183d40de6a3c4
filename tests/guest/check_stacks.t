#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What is found in drivers of the kernel, and on file systems on them, while they do what they do all day: in raid1 without
# a bitmap what this tool is for; else nothing but what known_violations says, of which each was looked at in the source.
# tier: full
# budget: 320
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rules.sh"
. "$(dirname "$0")/disks.sh"

known=$(dirname "$0")/known_violations
data=/usr/share/perl5
sectors=1200000

# all_day FILE-SYSTEM DISK: reads and writes of the disk itself, then of files on it.
all_day() {
	fio --name=t --filename="$2" --size=64m --rw=randrw --bsrange=4k-1m --direct=1 --ioengine=libaio \
		--iodepth=32 --iodepth_batch=32 --numjobs=2 --number_ios=300 --output=/dev/null || return 1
	make_fs "$1" "$2" || return 1
	fio --name=t --directory=/mnt --size=16m --rw=write --bs=64k --fsync=8 --numjobs=4 --output=/dev/null &&
		cp -r "$3" /mnt/data && sync && echo 3 >/proc/sys/vm/drop_caches && cp -r /mnt/data /mnt/copy &&
		rm -r /mnt/data && sync
	# shellcheck disable=SC2181
	[ $? = 0 ] && { fstrim /mnt 2>/dev/null || true; } && umount /mnt
}
export -f make_fs all_day

# The driver of the kernel in which this tool has found it: raid1 without a bitmap, and not with one.
raids() {
	local n

	for n in 0 1 2 3; do
		null_disk nullb$n memory_backed=1 size=50
	done
	raid 1 md0 none /dev/nullb0 /dev/nullb1
	raid 1 md1 internal /dev/nullb2 /dev/nullb3
	udevadm settle
	# Written at once, and by way of a plug: that is flushed at its end, and in the middle where it is full.
	checked -- sh -c 'for md in md0 md1; do
		fio --name=t --filename=/dev/$md --size=4m --rw=write --bs=256k --direct=1 --output=/dev/null
		fio --name=t --filename=/dev/$md --size=4m --rw=randwrite --bs=4k --direct=1 --ioengine=libaio \
			--iodepth=128 --iodepth_batch=128 --number_ios=256 --output=/dev/null; done'
	is "$(jq -c '[.findings[] | [.pool.name, .rule, .grade, .reserve, .depth, .site_module, .stranded]] | unique' \
		"$work/report")" '[["md0 bio_set","unsubmitted","not covered",2,2,"raid1",false]]' \
		'md raid1 without a bitmap, and not with one'
	for pool in bio_set sync_set; do
		exhausted $pool
	done
	undo_devices
}

# exhausted POOL: of the array with a bitmap, whose data and bitmap were of one bio_set once: writes of the one waited for
# those of the other, for which nothing was left.
exhausted() {
	local holder

	bioscope pressure --json -d md1 -p "$1" >"$work/pressure" &
	holder=$!
	pids+=("$holder")
	wait_until 120 eval '[ "$(cat /sys/module/bio_pressure/refcnt)" != 0 ]'
	checked -- fio --name=t --filename=/dev/md1 --size=4m --rw=randwrite --bs=4k --direct=1 --ioengine=libaio \
		--iodepth=32 --number_ios=256 --verify=crc32c --output=/dev/null
	is "$status $(found)" '0 ' "with $1 exhausted it goes on, and nothing is found"
	kill -INT $holder
	wait $holder
	holds "all that was asked of $1 was refused" json "$work/pressure" '.pressure | .refused > 0 and .missed == 0'
}

# quiet DRIVER FILE-SYSTEM
quiet() {
	modprobe "$2"
	null_disk nullb0 memory_backed=1 discard=1 size=600
	null_disk nullb1 memory_backed=1 discard=1 size=600
	holds "$1 is set up" "on_$1"
	udevadm settle
	but_for_losses bioscope check --json --suppress "$known" -- bash -c 'all_day "$@"' bash "$2" "$disk" $data \
		>"$work/report" 2>"$work/err"
	is $? 0 "$1, $2 on it: nothing is found that is not known"
	json "$work/report" '.findings | all(.suppressed_by)' || {
		found | sed 's/^/# /'
		jq -c '.findings[] | select(.suppressed_by == null) | .stack, .first_stack' "$work/report" | sed 's/^/# /'
		tail -n 5 "$work/err" | sed 's/^/# /'
	}
	note "known: $(jq -r '[.findings[] | "\(.pool.name) \(.site)"] | unique | join(", ")' "$work/report")"
	undo_devices
}

modprobe -a dm-mod dm-crypt dm-thin-pool raid1 bcache bio_pressure
raids
quiet linear ext4
quiet crypt xfs
quiet thin btrfs
quiet raid1 ext4
quiet bcache xfs
quiet linear f2fs
holds 'f2fs has several bios of its bio_set at once, and more in reserve' json "$work/report" '.findings |
	any(.pool.name == "f2fs_bioset") and all(.pool.name != "f2fs_bioset" or (.grade == "covered" and .depth <= .reserve))'
plan_done
