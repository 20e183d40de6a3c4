#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What a tracer takes of memory where there are 64 possible processors and 256 pools: of its own,
# while it waits, at most 12 MiB; and of the kernel, for maps and programs, at most 8 MiB, but that latency, which
# follows bios, takes more.
# tier: full
# budget: 100
# vm: -c 64 --append maxcpus=2
. "$(dirname "$0")/lib.sh"

disks=84 # of three pools each

# used_disks: as many dm devices, of which each gets a read. udev would look at each of them.
used_disks() {
	local n

	stop_udev
	for ((n = 0; n < disks; n++)); do
		dmsetup create --noudevsync --noudevrules "m$n" --table "0 8 linear /dev/nullb0 0"
	done
	wait_until 60 test -b "/dev/dm-$((disks - 1))"
}

read_all() {
	local n

	for ((n = 0; n < disks; n++)); do
		dd if=/dev/dm-$n of=/dev/null bs=4k count=1 iflag=direct status=none
	done
}

# resident PID: KiB of its own. The pages of maps are counted with the kernel's: a kernel that maps them all at once, as
# 6.1 (bpf_map_mmap() by remap_vmalloc_range()), counts them as resident as well, others only what was read.
resident() { awk '/^[0-9a-f]+-/ { map = $6 == "anon_inode:bpf-map" } /^Rss:/ && !map { sum += $2 } END { print sum }' "/proc/$1/smaps"; }

sleeps() { grep -q poll "/proc/$1/wchan"; }

# takes RESIDENT KERNEL COMMAND...: at most so many KiB, after all pools were used, and reports were made of them.
takes() {
	local own=$1 kernel=$2 pid is_own is_kernel

	shift 2
	bioscope "$@" >"$work/out" 2>"$work/err" &
	pid=$!
	pids+=("$pid")
	wait_until 300 sleeps $pid
	read_all
	[ "$1" != export ] || curl -sf http://127.0.0.1:9756/metrics >"$work/metrics"
	wait_until 300 sleeps $pid
	is_own=$(resident $pid)
	is_kernel=$(bpf_memory $pid)
	holds "$1: $is_own KiB resident, at most $own" test "${is_own:-0}" -gt 0 -a "${is_own:-0}" -le "$own"
	holds "$1: $is_kernel KiB of the kernel, at most $kernel" \
		test "${is_kernel:-0}" -gt 0 -a "${is_kernel:-0}" -le "$kernel"
	kill -INT $pid
	wait $pid
	! grep uncounted_durations "$work/err"
	ok $? "$1: there was room for all durations"
}

is "$(cat /sys/devices/system/cpu/possible)" 0-63 '64 processors are possible'
null_disk nullb0
modprobe dm_mod
used_disks
takes 12288 8192 stat -i 2s
takes 12288 10240 latency
takes 12288 8192 latency --lean
takes 12288 8192 export
plan_done
