#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Data that went through stack_blk is the data that comes back, with and without pressure on the bio_set: for
# every two of layout, per_bio and submit_order, or, in integrity_all.t, for all three.
# tier: core
# budget: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/integrity.sh"

layouts=(linear mirror stripe)

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

modprobe brd rd_nr=27 rd_size=16384
load
matrix
plan_done
