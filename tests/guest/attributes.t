#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# stack_blk's attributes: values that are none, changes while it is powered, attributes and lower
# devices that do not go together. Each refusal has its errno and says why in the log.
# tier: full
# budget: 35
# uses: modules
. "$(dirname "$0")/lib.sh"

bad_values() {
	local status what

	mkdir "$config/t"
	echo /dev/nullb0 >"$config/t/lower"
	while read -r status what; do
		ok "$status" "$what"
	done < <(python3 "$(dirname "$0")/attributes.py" "$config/t" || echo '1 attributes.py ends well')
}

# refused ERROR TEXT DESCRIPTION KEY=VALUE...: power on with these and else defaults fails with that
# error, and the log's line has TEXT.
refused() {
	local error=$1 text=$2 what=$3 pair lines

	shift 3
	no_device
	mkdir "$config/t"
	for pair in lower=/dev/nullb0 "$@"; do
		echo "${pair#*=}" >"$config/t/${pair%%=*}"
	done
	lines=$(dmesg | wc -l)
	{ echo 1 >"$config/t/power"; } 2>"$work/err"
	is "$(grep -o "$error" "$work/err")" "$error" "$what is refused: $error"
	holds 'the log says why' eval "dmesg | tail -n +$((lines + 1)) | grep -F 'stack_blk: t: ' | grep -F '$text'"
	is "$(cat "$config/t/power")" 0 'and it stays off'
}

together() {
	refused 'Invalid argument' 'a stripe needs a chunk' 'a stripe without a chunk' layout=stripe
	refused 'Invalid argument' 'multiple of the 4096 byte blocks' 'a chunk of half a block' \
		lower=/dev/nullb1 chunk_kb=2
	refused 'Invalid argument' 'per_bio must be another' 'kmalloc with front_pad' \
		clone_source=kmalloc
	refused 'Invalid argument' 'submit_order must be each' 'a bio split off, and all clones at once' \
		split=chain submit_order=batch
	refused 'Invalid argument' 'submit_order must be each' 'a bio split off, and no clone submitted' \
		split=limits submit_order=hold
	refused 'Invalid argument' 'clone_source must be bioset' 'kmalloc with bio_vecs of their own' \
		clone_source=kmalloc per_bio=kzalloc bvecs=own
	refused 'Invalid argument' 'smaller than a chunk' 'a chunk larger than a lower device' \
		layout=stripe chunk_kb=8192 lower='/dev/ram0 /dev/ram1'
	refused 'Invalid argument' 'named twice' 'a lower device twice' lower='/dev/ram0 /dev/ram0'
	refused 'Invalid argument' 'at most 16 devices' 'a 17th lower device' \
		lower="$(echo /dev/ram{0..16})"
	new_device lower="$(echo /dev/ram{0..15})"
	is "$(wc -l <"$truth/lowers")" 16 '16 are taken'
	no_device
	mkdir "$config/t"
	{ echo 1 >"$config/t/power"; } 2>"$work/err"
	holds 'no lower device is refused: No such device' grep 'No such device' "$work/err"
}

# A new directory has what the file defaults says, of every knob.
defaults() {
	local name value wrong=

	no_device
	mkdir "$config/t"
	while read -r name value; do
		[ "$(cat "$config/t/$name")" = "$value" ] || wrong+=" $name"
	done <"$config/defaults"
	is "$wrong" '' 'each knob of a new directory is as the file defaults says'
	is "$(cut -d' ' -f1 "$config/defaults")" "$(cut -d' ' -f1 "$config/features")" 'which has all knobs'
}

in_use() {
	mkfs.ext4 -q /dev/ram0
	mount /dev/ram0 /mnt
	refused 'resource busy' 'in use by something else' 'a mounted lower device' lower=/dev/ram0
	umount /mnt
	mkdir "$config/u"
	echo /dev/nullb0 >"$config/u/lower"
	echo 1 >"$config/u/power"
	udevadm settle
	refused 'resource busy' 'in use by something else' 'a lower device that another device has'
	refused 'resource busy' 'in use by something else' 'one of several that another has' \
		lower='/dev/ram0 /dev/ram1 /dev/nullb0'
	new_device lower='/dev/ram0 /dev/ram1'
	ok $? 'those that were opened before it are free again'
	no_device
	rmdir "$config/u"
}

unfit() {
	null_disk nullb2 zoned=1 zone_size=64
	refused 'Invalid argument' 'zoned devices are not supported' 'a zoned device' lower=/dev/nullb2
	echo 0 >/sys/kernel/config/nullb/nullb2/power
	modprobe loop max_loop=1
	udevadm settle
	refused 'Invalid argument' 'the device has no capacity' 'a device without capacity' lower=/dev/loop0
	no_device
	modprobe -r loop
	modprobe scsi_debug dif=1 dix=1 dev_size_mb=16
	udevadm settle
	disk=$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)
	refused 'Invalid argument' 'integrity profile are not supported' \
		'a device with an integrity profile' "lower=/dev/$disk"
	no_device
	modprobe -r scsi_debug
}

load
null_disk nullb1 blocksize=4096
modprobe brd rd_nr=17 rd_size=4096
bad_values
defaults
together
in_use
unfit
no_device
plan_done
