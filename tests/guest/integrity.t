#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Data that went through stack_blk is the data that comes back, with and without pressure on its
# bio_set, for every order that can make progress.
. "$(dirname "$0")/lib.sh"

verify=(fio --name=t --filename=/dev/stackb0 --rw=randwrite --bsrange=4k-128k --size=16m
	--ioengine=libaio --iodepth=8 --direct=1 --verify=crc32c --verify_fatal=1 --output=/dev/null)

# written CONFIGURATION RUNNER...: writes and verifies, by way of RUNNER.
written() {
	local what=$1

	shift
	"$@" >"$work/report" 2>"$work/err"
	ok $? "$what: fio verifies what it wrote"
	[ -s "$work/err" ] && sed 's/^/# /' "$work/err"
	is "$(counter bios_failed)" 0 "$what: no I/O failed"
	is "$(counter clones_completed)" "$(counter clones_allocated)" "$what: every clone completed"
	is "$(counter inflight)" 0 "$what: nothing is in flight"
	dd if=/dev/stackb0 of="$work/upper" bs=1M count=16 iflag=direct status=none
	dd if=/dev/nullb0 of="$work/lower" bs=1M count=16 iflag=direct status=none
	cmp -s "$work/upper" "$work/lower"
	ok $? "$what: the lower device has the same data"
}

pressed() { bioscope pressure -d stackb0 -p bs --rate "$1" -- "${verify[@]}" || [ $? = 4 ]; }

filesystem() {
	mkfs.ext4 -q /dev/stackb0 && mount /dev/stackb0 /mnt &&
		cp -r /usr/share/perl5 /mnt/data && umount /mnt && mount /dev/stackb0 /mnt &&
		diff -r /usr/share/perl5 /mnt/data && umount /mnt && e2fsck -fn /dev/stackb0
}

load nr_devices=1 memory_backed=1 discard=1 gb=1
for configuration in 'each 0 0' 'each 0 4' 'batch 1 4'; do
	read -r order rescuer chunk <<<"$configuration"
	device pool_size=2 submit_order="$order" rescuer="$rescuer" chunk_kb="$chunk"
	written "$order, chunks of $chunk KiB" "${verify[@]}"
	written "$order, chunks of $chunk KiB, 100 % refused" pressed 100%
done
written 'batch, 50 % refused' pressed 50%
holds 'ext4 is made, filled, mounted again and clean, 50 % refused' \
	bioscope pressure -d stackb0 -p bs --rate 50% -- bash -ec "$(declare -f filesystem); filesystem"
plan_done
