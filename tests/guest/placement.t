#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Data that went through stack_blk is where the layout says; also what the worker submits, clones without a
# bio_set, those of a per-CPU cache, and bios that may not wait.
# tier: full
# budget: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/integrity.sh"

# What dm says is the data of the same layout over the same devices.
reference() {
	local sectors

	sectors=$(blockdev --getsz /dev/nullb0)
	case $1 in
	linear)
		for n in 0 1 2; do
			echo "$((n * sectors)) $sectors linear /dev/nullb$n 0"
		done
		;;
	stripe) echo "0 $((3 * sectors)) striped 3 32 /dev/nullb0 0 /dev/nullb1 0 /dev/nullb2 0" ;;
	mirror) echo "0 $sectors linear /dev/nullb$2 0" ;;
	esac
}

# same_as_dm LAYOUT [LEG]: the data is where dm would have it. The disk has to go first.
same_as_dm() {
	reference "$@" | dmsetup create --readonly reference
	cmp -n 4194304 /dev/mapper/reference "$work/data"
	ok $? "$1: the data is where dm looks for it${2:+, leg $2}"
	udevadm settle
	dmsetup remove --retry reference
}

# placed LAYOUT: across the borders of the lower devices, too.
placed() {
	local leg

	new_device "layout=$1" chunk_kb=16 lower='/dev/nullb0 /dev/nullb1 /dev/nullb2'
	[ "$1" = mirror ] || is "$(blockdev --getsz /dev/stackb0)" $((3 * $(blockdev --getsz /dev/nullb0))) \
		"$1: it is as large as all lower devices"
	"${verify[@]}" --filename=/dev/stackb0 --offset=30m --size=8m --io_size=8m
	is $? 0 "$1: fio verifies what it wrote around the end of the first"
	dd if=/dev/urandom of=/dev/stackb0 bs=64k count=64 oflag=direct status=none
	dd if=/dev/stackb0 of="$work/data" bs=64k count=64 iflag=direct status=none
	no_device
	for leg in 0 1 2; do
		same_as_dm "$1" $leg
		[ "$1" = mirror ] || break
	done
}

# The orders again, from the worker; and clones without a bio_set.
others() {
	local order

	for order in each batch hold; do
		new_device layout=stripe submit_order=$order defer=workqueue chunk_kb=16 \
			lower='/dev/ram0 /dev/ram1 /dev/ram2'
		is "$(faults --filename=/dev/stackb0)" '' "from the worker, $order: what was written is read"
	done
	for per_bio in mempool kzalloc; do
		new_device clone_source=kmalloc per_bio=$per_bio chunk_kb=16 lower=/dev/ram0
		is "$(faults --filename=/dev/stackb0)" '' "clones by kmalloc(), $per_bio: what was written is read"
	done
	new_device percpu_cache=1 lower=/dev/ram0
	is "$(faults --filename=/dev/stackb0)" '' 'from the per-CPU cache: what was written is read'
}

# A bio that may not wait is done or not done, never in part: of one that would be cut nothing is begun.
not_cut() {
	local order before

	for order in each batch hold; do
		new_device layout=stripe submit_order=$order chunk_kb=16 lower='/dev/nullb0 /dev/nullb1'
		before=$(counter clones_allocated)
		is "$(python3 "$here/direct_io.py" nowait /dev/stackb0 65536 20)" '{"EAGAIN": 20}' \
			"$order: what may not wait is not cut"
		is "$(counter clones_allocated)" "$before" "$order: and nothing of it is begun"
		is "$(python3 "$here/direct_io.py" nowait /dev/stackb0 16384 20)" '{"done": 20}' \
			"$order: what is whole is done"
		is "$(counter bios_failed)" 0 "$order: which is no failure"
	done
}

modprobe dm_mod
modprobe brd rd_nr=3 rd_size=16384
load memory_backed=1 size=32
null_disk nullb1 memory_backed=1 size=32
null_disk nullb2 memory_backed=1 size=32
for layout in linear mirror stripe; do
	placed "$layout"
done
others
not_cut
no_device
plan_done
