#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel that is locked down as with secure boot, lockdown=integrity: what needs no module of ours works.
# tier: full
# budget: 90
# vm: --append lockdown=integrity
. "$(dirname "$0")/lib.sh"
securityfs=/sys/kernel/security

null_disk nullb0
udevadm settle
holds 'the kernel is locked down: integrity' grep -F '[integrity]' $securityfs/lockdown
holds 'doctor says that it can be traced' bioscope doctor
bioscope stat --exact --json -i 60s -p blkdev_dio_pool -- fio --name=t --filename=/dev/nullb0 --rw=randread --bs=4k \
	--ioengine=libaio --direct=1 --number_ios=100 >"$work/report"
is $? 0 'stat traces'
is "$(jq '.pools[] | select(.name == "blkdev_dio_pool") | .allocations' "$work/report")" 100 'and counts'
for command in list 'check -t 1' 'latency -t 1' 'trace -t 1' 'kzalloc -t 1'; do
	# shellcheck disable=SC2086 # words
	holds "$command runs" but_for_losses bioscope $command
done
unshare --mount bash -c 'umount "$0" && bioscope doctor' $securityfs >"$work/doctor"
is $? 0 'doctor does without securityfs'
holds 'but says that it does not know' grep -E '^-- +lockdown +unknown +securityfs is not mounted' "$work/doctor"
plan_done
