#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# stack_blk as a member of the block layer: what it says about itself, and that it follows its lower
# devices.
# tier: full
# budget: 60
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# What linear devices of dm do not show; for the rest there is limits.t.
limits() {
	new_device lower='/dev/nullb0 /dev/nullb1'
	is "$(queue stackb0 discard_max_bytes)" 0 'it does not discard, for one of them cannot'
	is "$(blockdev --getss /dev/stackb0)" 4096 'the larger of two block sizes'
	new_device layout=stripe chunk_kb=1048576 lower='/dev/nullb2 /dev/nullb3 /dev/nullb4 /dev/nullb5'
	is "$(queue stackb0 optimal_io_size)" 0 'a row of 4 GiB is none that can be said'
	new_device layout=stripe chunk_kb=64 lower='/dev/nullb0 /dev/nullb1'
	is "$(queue stackb0 minimum_io_size)/$(queue stackb0 optimal_io_size)" 65536/131072 \
		'a stripe says what its chunk and its row are'
}

tree() {
	is "$(cat "$config/t/device")" stackb0 'it says its name'
	is "$(lsblk -no NAME -s /dev/stackb0 | tr -cd 'a-z0-9\n' | xargs)" 'stackb0 nullb0 nullb1' \
		'lsblk shows what it is on'
	is "$(lsblk -no NAME /dev/nullb1 | tr -cd 'a-z0-9\n' | xargs)" 'nullb1 stackb0' \
		'and that it is on it'
	holds 'nobody else gets what it is on' python3 -c 'import errno, os, sys
try:
	os.open("/dev/nullb0", os.O_RDWR | os.O_EXCL)
except OSError as error:
	sys.exit(error.errno != errno.EBUSY)
sys.exit("opened")'
	no_device
	is "$(lsblk -no NAME /dev/nullb1)" nullb1 'and no longer, once it is off'
}

# Of 16 tasks 15 wait for the only clone, each read for about fifteen others that take 20 ms.
waits_are_shown() {
	local before after job

	null_disk nullb9 completion_nsec=20000000
	with_bs new_device pool_size=1 lower=/dev/nullb9
	press 1000000
	read -ra before </sys/block/stackb0/stat
	background fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=psync --direct=1 \
		--thread --numjobs=16 --group_reporting --time_based --runtime=3000 --output="$work/fio" \
		--output-format=json
	job=$!
	holds 'who waits for a clone is in flight' wait_until 300 \
		eval '[ "$(xargs </sys/block/stackb0/inflight)" = "16 0" ]'
	wait_until 300 eval '[ "$(counter bios)" -gt 300 ]'
	holds 'fio reads on' fio_ends "$work/fio"
	lift
	read -ra after </sys/block/stackb0/stat
	holds "iostat has all the time that reads took, $((after[3] - before[3])) ms, within 5 %" \
		json "$work/fio.json" "(.jobs[0].read.clat_ns | .mean * .N / 1e6) as \$took |
			$((after[3] - before[3])) / \$took | . > 0.95 and . < 1.05"
}

accounted() {
	local before after

	new_device chunk_kb=4 lower='/dev/nullb0 /dev/nullb1' layout=stripe
	read -ra before </sys/block/stackb0/stat
	clones=$(counter clones_allocated)
	dd if=/dev/zero of=/dev/stackb0 bs=256k count=4 oflag=direct status=none
	dd if=/dev/stackb0 of=/dev/null bs=256k count=2 iflag=direct status=none
	read -ra after </sys/block/stackb0/stat
	is $((after[6] - before[6])) 2048 'iostat counts the sectors written'
	is $((after[2] - before[2])) 1024 'and read'
	is "${after[8]}" 0 'nothing is in flight'
	is $(($(counter clones_allocated) - clones)) 384 '1.5 MiB became 384 clones of 4 KiB'
	is $((after[4] - before[4])) 256 'each counts as an I/O, as with dm'
	waits_are_shown
}

read_only() {
	blockdev --setro /dev/nullb1
	new_device lower='/dev/nullb0 /dev/nullb1'
	is "$(blockdev --getro /dev/stackb0)" 1 'a read-only lower makes it read-only'
	holds 'it can be read' dd if=/dev/stackb0 of=/dev/null bs=64k count=1 iflag=direct
	holds 'not written' eval '! dd if=/dev/zero of=/dev/stackb0 bs=64k count=1 oflag=direct'
	blockdev --setrw /dev/nullb1
	echo 1 >"$config/t/rescan"
	is "$(blockdev --getro /dev/stackb0)" 0 'rescan notices that it no longer is'
	holds 'it can be written, too' dd if=/dev/zero of=/dev/stackb0 bs=64k oflag=direct conv=nocreat \
		count=1 seek=$(($(blockdev --getsize64 /dev/stackb0) / 65536 - 1))
	blockdev --setro /dev/nullb1
	echo 1 >"$config/t/rescan"
	is "$(blockdev --getro /dev/stackb0)" 1 'and that it is again'
	blockdev --setrw /dev/nullb1
}

partitions() {
	new_device lower=/dev/nullb0
	printf '%s\n' 'label: gpt' 'size=16MiB' 'size=32MiB' | sfdisk -q /dev/stackb0
	udevadm settle
	is "$(lsblk -bno SIZE /dev/stackb0p1 /dev/stackb0p2 | xargs)" '16777216 33554432' \
		'partitions on it are there'
	dd if=/dev/urandom of="$work/data" bs=1M count=4 status=none
	dd if="$work/data" of=/dev/stackb0p2 bs=64k oflag=direct status=none
	dd if=/dev/stackb0 bs=1M skip=17 count=4 iflag=direct status=none | cmp - "$work/data"
	ok $? 'and where they should be'
	device
	holds 'they are there again after power off and on' [ -b /dev/stackb0p2 ]
	sfdisk -q --delete /dev/stackb0
	wipefs -qa /dev/stackb0
}

resized() {
	local before

	no_device
	dmsetup create grow --table '0 65536 linear /dev/nullb0 0'
	new_device lower='/dev/nullb1 /dev/mapper/grow'
	background fio --name=t --filename=/dev/stackb0 --rw=randrw --bs=16k --ioengine=libaio \
		--iodepth=8 --direct=1 --size=64m --time_based --runtime=3000 --output="$work/fio" \
		--output-format=json
	job=$!
	holds 'I/O has begun' wait_until 300 eval '[ "$(counter bios)" -gt 1000 ]'
	sectors=$(blockdev --getsz /dev/nullb1)
	dmsetup load grow --table '0 131072 linear /dev/nullb0 0'
	dmsetup resume grow
	is "$(blockdev --getsz /dev/stackb0)" $((sectors + 65536)) 'a lower that grows changes nothing yet'
	echo 1 >"$config/t/rescan"
	is "$(blockdev --getsz /dev/stackb0)" $((sectors + 131072)) 'rescan makes it as large'
	holds 'what is new can be read' dd if=/dev/stackb0 of=/dev/null bs=4k iflag=direct count=16 \
		skip=$(((sectors + 131072) / 8 - 16))
	dmsetup load grow --table '0 32768 linear /dev/nullb0 0'
	dmsetup resume --noflush grow
	echo 1 >"$config/t/rescan"
	is "$(blockdev --getsz /dev/stackb0)" $((sectors + 32768)) 'or as small'
	before=$(counter bios)
	holds 'I/O goes on' wait_until 300 eval '[ "$(counter bios)" -gt $((before + 100)) ]'
	holds 'and had no error' fio_ends "$work/fio"
	device lower='/dev/mapper/grow /dev/nullb1'
	dmsetup load grow --table '0 16384 linear /dev/nullb0 0'
	dmsetup resume --noflush grow
	{ echo 1 >"$config/t/rescan"; } 2>"$work/err"
	grep -q Invalid "$work/err"
	ok $? 'one that becomes smaller with a neighbour behind it is refused'
	is "$(blockdev --getsz /dev/stackb0)" $((sectors + 32768)) 'and changes nothing'
	device layout=mirror
	dmsetup load grow --table '0 4 linear /dev/nullb0 0'
	dmsetup resume --noflush grow
	! { echo 1 >"$config/t/rescan"; } 2>"$work/err"
	ok $? 'a leg of a mirror that becomes smaller than a block is refused'
	holds 'the log says so' eval "dmesg | tail -n 1 | grep 'a lower device became smaller than a chunk, or a block'"
	is "$(blockdev --getsz /dev/stackb0) $(awk '{ print $3 }' "$truth/lowers" | xargs)" '16384 16384 16384' \
		'and changes nothing'
	no_device
	udevadm settle
	dmsetup remove --retry grow
}

# Limits follow, too: of the two disks only one can discard.
limits_change() {
	local before

	no_device
	dmsetup create under --table '0 65536 linear /dev/nullb0 0'
	new_device lower=/dev/mapper/under
	before=$(queue stackb0 discard_max_bytes)
	dmsetup load under --table '0 65536 linear /dev/nullb1 0'
	dmsetup resume under
	echo 1 >"$config/t/rescan"
	is "$([ "$before" -gt 0 ] && queue stackb0 discard_max_bytes)" 0 'a lower that no longer discards'
	dmsetup load under --table '0 65536 linear /dev/nullb0 0'
	dmsetup resume under
	echo 1 >"$config/t/rescan"
	is "$(queue stackb0 discard_max_bytes)" "$before" 'and does again'
	no_device
	udevadm settle
	dmsetup remove --retry under
}

# cache MODE: that of the SCSI disk.
cache() { echo "temporary $1" | tee "/sys/block/$disk/device/scsi_disk/"*/cache_type >/dev/null; }

more_bios() { [ "$(counter bios)" -gt "$1" ]; }

# flushed: how often it was flushed.
flushed() { awk '{ print $16 }' "/sys/block/$disk/stat"; }

# Whether there is a cache is followed, too, while the disk is written.
cache_changes() {
	local disk before

	no_device
	modprobe scsi_debug dev_size_mb=32
	udevadm settle
	disk=$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)
	cache 'write through'
	new_device lower="/dev/$disk"
	is "$(queue stackb0 write_cache)" 'write through' 'without a cache below there is none'
	background fio --name=t --filename=/dev/stackb0 --rw=randwrite --bs=4k --ioengine=libaio --iodepth=4 \
		--direct=1 --time_based --runtime=3000 --fsync=16 --output="$work/fio" --output-format=json
	job=$!
	holds 'I/O has begun' wait_until 300 eval '[ "$(counter bios)" -gt 100 ]'
	before=$(flushed)
	cache 'write back'
	is "$(queue "$disk" write_cache) $(queue stackb0 write_cache)" 'write back write through' \
		'a lower device that gets one changes nothing yet'
	holds 'I/O goes on' wait_until 300 more_bios $(($(counter bios) + 100))
	is "$(flushed)" "$before" 'and is not flushed'
	echo 1 >"$config/t/rescan"
	is "$(queue stackb0 write_cache)" 'write back' 'after a rescan there is one'
	holds 'flushes go to it' wait_until 300 eval '[ "$(flushed)" -gt "$before" ]'
	cache 'write through'
	echo 1 >"$config/t/rescan"
	is "$(queue stackb0 write_cache)" 'write through' 'then there is none again'
	holds 'I/O goes on' wait_until 300 more_bios $(($(counter bios) + 100))
	holds 'and had no error' fio_ends "$work/fio"
	no_device
	modprobe -r scsi_debug
}

modprobe dm_mod
load memory_backed=1 discard=1 size=256
null_disk nullb1 memory_backed=1 blocksize=4096 size=64
for disk in nullb2 nullb3 nullb4 nullb5; do
	null_disk $disk
done
limits
tree
accounted
read_only
partitions
resized
limits_change
cache_changes
no_device
plan_done
