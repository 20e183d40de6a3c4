#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# However a command ends, told to by either signal, with its time, at a stall, or with its COMMAND, nothing of it
# stays, and its status is what became of it.
# tier: full
# budget: 110
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/endings.sh"

begin
started INT export
started TERM stat -i 200ms
all_end
slow_io
presses TERM
bioscope pressure -d stackb0 -p bs -t 1 >"$work/report" 2>&1
is $? "$(noted_status "$work/report")" 'pressure can be held again, and ends with its time'
bioscope pressure --until-stall -d stackb0 -p bs -t 300 >"$work/report" 2>&1
is $? "$(noted_status "$work/report")" 'and until I/O stalls'
grep -q STALLED "$work/report"
ok $? 'it showed the stall'
io_goes_on
ok $? 'and the pressure is lifted'
is "$(counter bios_failed)" 0 'no I/O failed in all that'

bioscope latency -- sh -c 'exit 7' >/dev/null
is $? 7 "the command's own status is passed on"
bioscope export -- sh -c 'exit 7' 2>/dev/null
is $? 7 'by export, too'
bioscope latency -- /no/such/command >/dev/null 2>&1
is $? 127 'a command that is not there is 127'
nothing_left
ok $? 'and after all of them nothing is left'
plan_done
