#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A command that is told to end does: nothing of it stays, and its status is what became of it.
# tier: main
# budget: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/endings.sh"

begin
started INT stat -i 200ms
started TERM latency
all_end
slow_io
presses INT
is "$(counter bios_failed)" 0 'no I/O failed in all that'
plan_done
