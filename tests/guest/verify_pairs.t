#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Some combinations of stack_blk's ways to allocate and submit, in which each two values of any two of its knobs are,
# with each of its pools exhausted: verify says what the contract of bio_alloc_bioset() does.
# tier: main
# budget: 220
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verify.sh"
. "$(dirname "$0")/verify_matrix.sh"

need_modules
modprobe -a stack_blk bio_pressure
pairs >"$work/combinations"
try_all "$work/combinations"
plan_done
