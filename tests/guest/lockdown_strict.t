#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Where lockdown forbids that the kernel's memory is read, commands that trace say so, and what to do, and end as ones
# that cannot.
# tier: full
# budget: 60
# vm: --append lockdown=confidentiality
. "$(dirname "$0")/lib.sh"
why='lockdown=confidentiality forbids reading kernel memory; boot with lockdown=integrity, or without it'

holds 'the kernel is locked down: confidentiality' grep -F '[confidentiality]' /sys/kernel/security/lockdown
refuses 3 "$why" bioscope doctor
for command in list 'stat -t 1' 'check -t 1' 'latency -t 1' 'trace -t 1' 'export -t 1' 'kzalloc -t 1' \
	'pressure -p fs_bio_set -t 1' pin; do
	# shellcheck disable=SC2086 # words
	refuses 3 "$why" bioscope $command
done
is "$(ls /sys/fs/bpf)" '' 'nothing is pinned'
plan_done
