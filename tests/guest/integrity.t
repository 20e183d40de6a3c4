#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Data that went through stack_blk is the data that comes back, and it is where the layout says, with and
# without pressure on the bio_set: for every two of layout, per_bio and submit_order, or, in
# integrity_all.t, for all three.
# tier: core
# budget: 80
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

io=(--rw=randwrite --bsrange=4k-128k --size=4m --io_size=4m --ioengine=libaio --iodepth=8 --direct=1
	--fsync=16 --verify=crc32c --verify_fatal=1)
verify=(fio --output="$work/fio" --name=t "${io[@]}")

# One line: what the I/O that came was not right for the device, nothing if all was.
counted_faults() {
	local fault

	udevadm settle # looks at a disk that was written
	for fault in bios_failed clones_failed inflight kzalloc_dirty; do
		[ "$(counter $fault)" = 0 ] || echo "$fault=$(counter $fault)"
	done
	[ "$(counter clones_completed)" = "$(counter clones_allocated)" ] || echo 'clones are lost'
}

# faults [FIO-OPTION...]: one line, what an I/O did wrong, nothing if it was right.
faults() {
	timeout 300 "${verify[@]}" "$@" ||
		{ echo "fio: $(tail -n 3 "$work/fio" | tr '\n' ' ')" && return; }
	counted_faults
}

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

# What a reserve has to be for progress while the slab refuses all.
enough() {
	case $1 in
	each) echo pool_size=1 rescuer=0 ;;
	batch) echo pool_size=2 rescuer=1 ;;
	hold) echo pool_size=16 rescuer=0 ;; # as many as the pieces of one I/O, and one task submits
	esac
}

# chosen I J K: whether the I-th layout, J-th per_bio and K-th submit_order are tried together; of these
# combinations, those whose sum is a multiple of three have each pair of values once.
chosen() { [ "${all:-}" = 1 ] || [ $((($1 + $2 + $3) % 3)) = 0 ]; }

# combine I: a device of the I-th layout for each per_bio and submit_order chosen, each over three disks of
# its own; their names, what they are, and the addresses of their bio_sets are in devices, whats and sets.
combine() {
	local per_bio=(front_pad mempool kzalloc) orders=(each batch hold) layout=${layouts[$1]} j k dir n=0 pair

	devices=() whats=() sets=()
	for j in 0 1 2; do
		for k in 0 1 2; do
			chosen "$1" $j $k || continue
			dir=$config/c$n
			mkdir "$dir"
			# shellcheck disable=SC2046 # two words
			for pair in layout="$layout" per_bio="${per_bio[j]}" submit_order="${orders[k]}" chunk_kb=16 \
				$(enough "${orders[k]}") \
				lower="/dev/ram$((3 * n)) /dev/ram$((3 * n + 1)) /dev/ram$((3 * n + 2))"; do
				echo "${pair#*=}" >"$dir/${pair%%=*}"
			done
			with_bs sh -c "echo 1 >$dir/power"
			devices+=("$(cat "$dir/device")")
			whats+=("$layout, ${per_bio[j]}, ${orders[k]}")
			sets+=("$bs")
			n=$((n + 1))
		done
	done
	udevadm settle
}

# All of a layout at once where nothing is in the way, because it takes fio longer to start than to do
# this; then one after the other under pressure, which only one bio_set can be.
matrix() {
	local i jobs n truth dir

	for i in "${!layouts[@]}"; do
		combine "$i"
		jobs=()
		for n in "${!devices[@]}"; do
			jobs+=(--name="${whats[n]}" --filename="/dev/${devices[n]}" "${io[@]}")
		done
		timeout 600 fio --minimal --output="$work/together" "${jobs[@]}"
		for n in "${!devices[@]}"; do
			truth=/sys/block/${devices[n]}/stack_blk
			# The fields are: version, of fio, name, group, error.
			holds "${whats[n]}: what was written is read" \
				grep -E "^[0-9]+;[^;]*;${whats[n]};[0-9]+;0;" "$work/together"
			is "$(counted_faults)" '' "${whats[n]}: the device saw nothing wrong"
			bs=${sets[n]}
			press 1000000
			is "$(faults --filename="/dev/${devices[n]}")" '' "${whats[n]}: all refused, too"
			lift
		done
		udevadm settle
		for dir in "$config"/c*/; do
			rmdir "$dir"
		done
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
modprobe brd rd_nr=27 rd_size=16384
load memory_backed=1 size=32
null_disk nullb1 memory_backed=1 size=32
null_disk nullb2 memory_backed=1 size=32
layouts=(linear mirror stripe)
for layout in "${layouts[@]}"; do
	placed "$layout"
done
matrix
others
not_cut
no_device
plan_done
