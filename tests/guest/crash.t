#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What was made durable on stack_blk is there after a crash: of each lower device dm-log-writes logs what a
# flush or FUA has made durable, and what a file system of just that has is looked at.
# tier: full
# budget: 100
# uses: modules
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")

# The size of the file system; each moment is a copy of it.
sectors=$((24 << 11))

# logged N SECTORS: of so many lower devices whatever is written is logged; they are in $lowers, their logs in
# $logs.
logged() {
	local n

	lowers=() logs=()
	for ((n = 0; n < $1; n++)); do
		dmsetup create logged$n --table "0 $2 log-writes /dev/ram$n /dev/ram$((n + 3))"
		lowers+=("/dev/mapper/logged$n") logs+=("/dev/ram$((n + 3))")
	done
	udevadm settle
}

# crashed N SECTORS LAYOUT KEY=VALUE...: a disk of that layout on N lower devices of that size.
crashed() {
	local what="$3 of $1${4:+, ${*:4}}" begin=$SECONDS disk

	logged "$1" "$2"
	new_device layout="$3" chunk_kb=16 lower="${lowers[*]}" "${@:4}"
	is "$(queue stackb0 write_cache) $(queue stackb0 fua)" 'write back 1' "$what: it has a cache, as they do"
	mkfs.ext4 -q -F -J size=4 -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 /dev/stackb0 $((sectors / 2))k
	mount -o commit=600 /dev/stackb0 "$work/mnt"
	holds "$what: files are written" python3 "$here/crash.py" work "$work/mnt" "${lowers[@]}"
	umount "$work/mnt"
	is "$(counter bios_failed)" 0 "$what: no I/O failed"
	no_device
	for disk in "${lowers[@]}"; do
		dmsetup remove --retry "$disk"
	done
	udevadm settle
	holds "$what: what was durable is there, whenever it crashes" \
		python3 "$here/crash.py" check "$3" 16384 $(($2 * 512)) /dev/ram6 "${logs[@]}"
	note "$what took $((SECONDS - begin)) s: $(<"$work/out") moments"
}

need_modules
modprobe -a stack_blk dm-log-writes ext4
modprobe brd rd_nr=7 rd_size=49152
mkdir "$work/mnt"
crashed 1 $sectors linear submit_order=each
crashed 1 $sectors linear submit_order=batch rescuer=1 defer=workqueue
crashed 2 $((sectors / 2)) linear submit_order=each
crashed 3 $((sectors / 3)) stripe submit_order=each
crashed 2 $sectors mirror submit_order=each
plan_done
