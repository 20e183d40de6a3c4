#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# All of bio_pressure where the kernel poisons what lies in a reserve, and looks whether somebody wrote to it.
# tier: full
# budget: 150
# vm: --append mempool_debug
grep -qw mempool_debug_setup /proc/kallsyms || {
	echo "1..0 # SKIP $(uname -r) cannot be told to check what lies in mempools"
	exit 0
}
grep -qw mempool_debug /proc/cmdline || {
	printf '%s\n' "not ok 1 - mempool_debug is on the kernel's command line" 1..1
	exit 0
}
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure_parts.sh"

run_parts "${all_parts[@]}"
