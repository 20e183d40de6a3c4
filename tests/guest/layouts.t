#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Sixteen lower devices of unequal sizes and blocks: what was written to each layout is where dm looks for it,
# to the last sector and over every border, and what a layout does not use is as it was.
# tier: full
# budget: 140
# uses: modules
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")

# Sizes in sectors: of partitions and of parts of a disk, some of which are no multiple of 4 KiB.
partitions=(1009 2018 1500 4099 1023 3333 2047 1201)
parts=(5000 1111 2222 1025 3001 999 4444 1777)
# Disks with these blocks, and sizes of parts of such, multiples of these blocks and mostly not of larger ones.
blocks=(4096 512 2048 1024)
block_parts=('1000 4008 2040' '1003 1999 3005' '1004 2996 2012' '1002 2006 3998')

named() { python3 "$here/named.py" "$@"; }

# take_apart NAME DISK SECTORS...: parts of it, one behind the other, become $disks as well.
take_apart() {
	local name=$1 disk=$2 start=0 n=0 sectors

	for sectors in "${@:3}"; do
		dmsetup create "$name$n" --table "0 $sectors linear $disk $start"
		disks+=("/dev/mapper/$name$n")
		start=$((start + sectors)) n=$((n + 1))
	done
}

# odd: $disks have blocks of 512 bytes. Partitions begin one sector behind the one before.
odd() {
	local sectors start=2048 n

	disks=()
	for sectors in "${partitions[@]}"; do
		echo "start=$start, size=$sectors"
		start=$((start + sectors + 1))
	done | sfdisk --quiet --label gpt /dev/ram0
	udevadm settle
	for n in "${!partitions[@]}"; do
		disks+=("/dev/ram0p$((n + 1))")
	done
	take_apart part /dev/ram1 "${parts[@]}"
}

# mixed: $disks have blocks of four sizes, and discard.
mixed() {
	local n

	disks=()
	for n in "${!blocks[@]}"; do
		null_disk "nullb$n" memory_backed=1 discard=1 size=4 blocksize="${blocks[n]}"
		null_disk "nullb$((n + 4))" memory_backed=1 discard=1 size=$((n + 1)) blocksize="${blocks[n]}"
		# shellcheck disable=SC2086 # words
		take_apart "block$n" "/dev/nullb$n" ${block_parts[n]}
		disks+=("/dev/nullb$((n + 4))")
	done
}

gone() {
	local disk

	udevadm settle
	for disk in "${disks[@]}"; do
		[[ $disk != /dev/mapper/* ]] || dmsetup remove --retry "$disk"
	done
}

# share LAYOUT CHUNK_KB BLOCK: what stack_blk(4) says of sizes: in $used what is used of each of $disks, in $starts
# where it begins on a linear one, in $capacity how large the disk is; all in sectors.
share() {
	local unit=$(($3 / 512)) disk least

	[ "$1" != stripe ] || unit=$(($2 * 2))
	used=() starts=() capacity=0
	for disk in "${disks[@]}"; do
		used+=($(($(blockdev --getsz "$disk") / unit * unit)))
		starts+=("$capacity")
		capacity=$((capacity + used[-1]))
	done
	[ "$1" != linear ] || return
	least=$(printf '%s\n' "${used[@]}" | sort -n | head -n 1)
	used=("${used[@]/*/$least}")
	capacity=$least
	[ "$1" = mirror ] || capacity=$((least * ${#disks[@]}))
}

# borders LAYOUT CHUNK_KB: of the lower devices, or of some of the chunks: of different ones, if chunks go to
# sixteen in turn.
borders() {
	if [ "$1" = linear ]; then
		echo "${starts[@]:1}"
	else
		seq $((2 * $2)) $((7 * 2 * $2)) $((capacity - 1))
	fi
}

# reference LAYOUT CHUNK_KB: dm's table of it.
reference() {
	local n

	if [ "$1" = stripe ]; then
		echo "0 $capacity striped ${#disks[@]} $((2 * $2)) $(printf '%s 0 ' "${disks[@]}")"
		return
	fi
	for n in "${!disks[@]}"; do
		echo "${starts[n]} ${used[n]} linear ${disks[n]} 0"
	done
}

# as_with_dm LAYOUT CHUNK_KB: the data of the disk, which is gone, is where dm looks for it, all of it.
as_with_dm() {
	reference "$@" | dmsetup create --readonly reference && cmp /dev/mapper/reference "$work/image"
}

# on_each_leg: all of the disk, which was a mirror.
on_each_leg() {
	local disk

	for disk in "${disks[@]}"; do
		dd if="$disk" bs=1M iflag=direct status=none | cmp -n $((capacity * 512)) - "$work/image" || return 1
	done
}

# off: the lower devices are free again.
off() { echo 0 >"$config/t/power" && udevadm settle; }

# placed WHAT LAYOUT CHUNK_KB
placed() {
	if [ "$2" = mirror ]; then
		holds "$1: all legs have it" on_each_leg
	else
		holds "$1: it is where dm looks for it" as_with_dm "$2" "$3"
		udevadm settle
		dmsetup remove --retry reference
	fi
}

# named_all: each sector of $disks has its own name, none is written.
named_all() {
	named fill "${disks[@]}"
	written=()
}

# laid_out KIND BLOCK LAYOUT KEY=VALUE...: over $disks, which become a disk with these blocks.
laid_out() {
	local kind=$1 block=$2 layout=$3 what="$1, $3" chunk_kb begin=$SECONDS n across wanted=()

	new_device layout="$layout" lower="${disks[*]}" "${@:4}"
	chunk_kb=$(cat "$config/t/chunk_kb")
	share "$layout" "$chunk_kb" "$block"
	is "$(queue stackb0 logical_block_size)" "$block" "$what: it has the largest of all blocks"
	is "$(blockdev --getsz /dev/stackb0)" "$capacity" "$what: it is as large as it says"
	is "$(awk '{ print $3 }' "$truth/lowers" | xargs)" "${used[*]}" "$what: and what it uses of each"
	[ "$layout" != linear ] ||
		is "$(awk '{ print $2 }' "$truth/lowers" | xargs)" "${starts[*]}" "$what: and where each begins"
	mapfile -t across < <(borders "$layout" "$chunk_kb" | xargs -n 1)
	holds "$what: it ends where it ends" named end /dev/stackb0 "$block"
	holds "$what: it is written" named write /dev/stackb0 "$block" "$work/image" "${across[@]}"
	holds "$what: it is read" named read /dev/stackb0 "$block" "$work/image" "${across[@]}"
	is "$(counter bios_failed)" 0 "$what: no I/O failed"
	off
	placed "$what" "$layout" "$chunk_kb"
	if [ "$kind" = mixed ]; then
		device
		holds "$what: parts of it are discarded" named discard /dev/stackb0 "$block" "$work/image" 60
		holds "$what: the others are read" named read /dev/stackb0 "$block" "$work/image"
		off
		placed "$what, parts discarded" "$layout" "$chunk_kb"
	fi
	for n in "${!disks[@]}"; do
		[ "${used[n]}" -le "${written[n]:-0}" ] || written[n]=${used[n]}
		wanted+=("${disks[n]}" "${written[n]}")
	done
	holds "$what: what it does not use is as it was" named has "${wanted[@]}"
	no_device
	note "$what took $((SECONDS - begin)) s: $capacity sectors, ${#across[@]} borders"
}

# A lower device that is smaller than a block has no sector of a linear disk, and gets none when it grows: what
# is behind it would move.
too_small() {
	dmsetup create small --table '0 7 linear /dev/nullb1 0'
	new_device lower='/dev/mapper/block00 /dev/mapper/small /dev/mapper/block01'
	is "$(awk '{ print $2, $3 }' "$truth/lowers" | xargs)" '0 1000 1000 0 1000 4008' \
		'nothing is on a device that is smaller than a block'
	holds 'it is written around that' named write /dev/stackb0 4096 "$work/image" 1000
	dmsetup load small --table '0 80 linear /dev/nullb1 0'
	dmsetup resume small
	holds 'which grows' sh -c "echo 1 >$config/t/rescan"
	is "$(awk '{ print $2, $3 }' "$truth/lowers" | xargs)" '0 1000 1000 0 1000 4008' 'nothing moves'
	holds 'what was written is read' named read /dev/stackb0 4096 "$work/image" 1000
	no_device
	disks+=(/dev/mapper/small)
}

need_modules
modprobe -a dm_mod stack_blk
modprobe null_blk nr_devices=0
modprobe brd rd_nr=2 rd_size=16384
odd
named_all
laid_out odd 512 mirror chunk_kb=12 submit_order=batch rescuer=1
laid_out odd 512 stripe chunk_kb=12 submit_order=each
laid_out odd 512 linear chunk_kb=20 submit_order=each
gone
mixed
named_all
laid_out mixed 4096 mirror chunk_kb=20
laid_out mixed 4096 stripe chunk_kb=20 submit_order=batch rescuer=1
laid_out mixed 4096 linear chunk_kb=20 submit_order=batch rescuer=1
too_small
gone
plan_done
