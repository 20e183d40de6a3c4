#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bio_pressure on a kernel that is locked down after it was loaded.
# tier: full
# budget: 30
# vm: -c 2
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

load
with_bs create first lower=/dev/nullb0 pool_size=2
press 1000000
mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
echo confidentiality >/sys/kernel/security/lockdown
is "$(ctl "arm:$bs:1000000:1000")" EPERM 'a kernel that is locked down holds no pool'
"${fio[@]}" --filename=/dev/stackb0 --number_ios=100 --output="$work/fio"
lift
is "$(pressed .refused)" 100 'one that was held before stays so until it is lifted'
destroy first
plan_done
