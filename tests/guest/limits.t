#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What the queue of a stack_blk disk says about itself is what dm-linear's over the same lower devices does:
# each of its files, over disks of several kinds.
# tier: full
# budget: 40
# uses: modules
. "$(dirname "$0")/lib.sh"

# What is set by whoever runs the disk, or is about requests, which neither has. Older kernels say of dm that
# it has no iostats.
set_by_others='read_ahead_kb|nr_requests|scheduler|nomerges|rq_affinity|wbt_lat_usec|io_timeout|iostats'

# files DISK: each file of its queue and what it says.
files() {
	grep -rH '' "/sys/block/$1/queue" 2>/dev/null | sed "s|^/sys/block/$1/queue/||" |
		grep -vE "^($set_by_others):" | sort
}

# as_dm WHAT DISK...: a stack_blk disk and dm-linear, one after the other, on these.
as_dm() {
	local what=$1 disk sectors start=0 table=

	shift
	for disk; do
		sectors=$(blockdev --getsz "/dev/$disk")
		table+="$start $sectors linear /dev/$disk 0"$'\n'
		start=$((start + sectors))
	done
	dmsetup create reference <<<"$table"
	udevadm settle
	files dm-0 >"$work/dm"
	dmsetup remove --retry reference
	new_device lower="$(printf '/dev/%s ' "$@")"
	files stackb0 >"$work/ours"
	no_device
	holds "$what: each of $(wc -l <"$work/dm") files says what dm-linear's does" diff "$work/dm" "$work/ours"
	[ "$(wc -l <"$work/dm")" -gt 25 ]
	ok $? "$what: and there are some"
}

# scsi WHAT PARAMETER...: on a disk of scsi_debug.
scsi() {
	local what=$1

	shift
	modprobe scsi_debug dev_size_mb=32 sector_size=512 "$@"
	udevadm settle
	as_dm "$what" "$(basename /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/*)"
	udevadm settle
	rmmod scsi_debug
}

load memory_backed=1 discard=1 size=64
null_disk nullb1 size=64 blocksize=4096
null_disk nullb2 size=64 cache_size=8 memory_backed=1
null_disk nullb3 size=64 virt_boundary=1
null_disk nullb4 size=64 max_sectors=64
as_dm 'a disk that discards' nullb0
as_dm 'blocks of 4 KiB' nullb1
as_dm 'a cache' nullb2
as_dm 'a virtual boundary' nullb3
as_dm 'small requests' nullb4
as_dm 'one that discards, one that does not' nullb0 nullb3
as_dm 'blocks of two sizes' nullb0 nullb1
as_dm 'one with a cache, one without' nullb2 nullb4
echo 0 >/sys/block/nullb0/queue/discard_max_bytes
as_dm 'one that is not to discard' nullb0
scsi 'a SCSI disk' opt_blks=0
scsi 'a SCSI disk with unmap' lbpu=1
scsi 'a SCSI disk with write same' lbpws=1 lbpws10=1
scsi 'a SCSI disk with physical blocks of 4 KiB' physblk_exp=3 opt_blks=64
! modinfo -p scsi_debug | grep '^atomic_wr:' >/dev/null || scsi 'a SCSI disk with atomic writes' atomic_wr=1
plan_done
