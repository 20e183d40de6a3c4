#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Each pool of drivers and file systems that are in the kernel, exhausted one after the other, whatever its
# element function is: they go on, and the data is what was written.
# tier: full
# budget: 200
# vm: -c 4
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/disks.sh"

# static_pool NAME: pools of a bio_set that is in the kernel's image, if this kernel has one of that name.
static_pool() {
	local address

	address=$(awk -v name="$1" '$3 == name { print "0x" $1; exit }' /proc/kallsyms)
	[ -z "$address" ] || pools+=("bio:$address" "bvec:$address")
}

verified() {
	timeout 300 fio --name=t --filename="$1" --rw=randwrite --bsrange=4k-128k --size=8m --io_size=4m \
		--ioengine=libaio --iodepth=4 --direct=1 --verify=crc32c --verify_fatal=1 --verify_state_save=0 \
		--output="$work/fio" >/dev/null 2>&1
}

# each_pool WHAT PATH LEAST: a job that writes and verifies, under pressure on each of $pools in turn, of which it uses
# that many at the least: as many as on the kernel where it uses the fewest.
each_pool() {
	local pool kind address function used=0

	for pool in "${pools[@]}"; do
		IFS=: read -r kind address function <<<"$pool"
		[ "$(ctl "arm:$address:1000000:1000:pool=$kind" why | xargs)" != \
			'EINVAL not held: the bio_set has no bvec_pool (error -22)' ] || continue
		hold "arm:$address:1000000:600000:pool=$kind" ||
			{ ok 1 "$1: $kind ${function:-}: is held" && continue; }
		verified "$2"
		ok $? "$1: $kind ${function:-}: every byte is as it was written"
		lift
		[ "$(pressed '.spared + .missed')" = 0 ]
		ok $? "$1: $kind ${function:-}: $(pressed .refused) refused, none spared or missed"
		[ "$(pressed .refused)" = 0 ] || used=$((used + 1))
	done
	holds "$1: $used of its ${#pools[@]} pools were used" [ "$used" -ge "$3" ]
}

# on_file_system KIND: its module, and a file of it.
on_file_system() {
	modprobe "$1" && mkfs."$1" -q -f /dev/nullb0 && mkdir -p "$work/mnt" &&
		mount -t "$1" /dev/nullb0 "$work/mnt" && touch "$work/mnt/file"
}

crypt() {
	dmsetup create crypt --table '0 131072 crypt capi:ecb(cipher_null) - 0 /dev/nullb0 0'
	udevadm settle
}

modprobe bio_pressure
modprobe null_blk nr_devices=0
null_disk nullb0 memory_backed=1 size=512
null_disk nullb1 memory_backed=1 size=512

pools_of dmsetup create linear --table '0 131072 linear /dev/nullb0 0'
udevadm settle
each_pool dm-linear /dev/mapper/linear 1
dmsetup remove --retry linear

modprobe dm-crypt
pools_of crypt
each_pool dm-crypt /dev/mapper/crypt 4
dmsetup remove --retry crypt

modprobe -a raid1 raid10
for level in 1 10; do
	for bitmap in none internal; do
		pools_of raid $level md0 $bitmap /dev/nullb0 /dev/nullb1
		each_pool "raid$level, bitmap $bitmap" /dev/md0 4
		no_raid /dev/nullb0 /dev/nullb1
	done
done

modprobe bcache
pools_of make_bcache nullb0 nullb1
each_pool bcache /dev/bcache0 4
undo_devices 2>/dev/null
null_disk nullb0 memory_backed=1 size=512

for fs in xfs btrfs; do
	pools_of on_file_system $fs
	static_pool iomap_ioend_bioset
	static_pool fs_bio_set
	each_pool $fs "$work/mnt/file" 2
	umount "$work/mnt"
done
plan_done
