#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# However a command is ended, nothing of it stays: no BPF program, map or link, no pressure.
# tier: core
# budget: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/endings.sh"

begin
started KILL stat -i 200ms
started KILL latency
started KILL export
all_end
slow_io
presses KILL
is "$(counter bios_failed)" 0 'no I/O failed in all that'
plan_done
