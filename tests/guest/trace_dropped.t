#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A reader of `bioscope trace' that does not read: what is told and what was dropped is all that happened.
# tier: full
# budget: 150
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

allocated() { [ "$(counter clones_allocated)" -gt "$1" ]; }

load completion_nsec=10000
with_bs device pool_size=2
before=$(counter clones_allocated)
bioscope trace --json -d stackb0 -p bs --events dip >"$work/events" 2>"$work/err" &
tracer=$!
pids+=("$tracer")
wait_until 300 grep -q poll "/proc/$tracer/wchan"
kill -STOP $tracer
press 1000000
background fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --direct=1 \
	--iodepth=2 --time_based --runtime=3000 --output=/dev/null --thread
# There is room for 65536 events.
wait_until 600 allocated $((before + 70000))
drop "${pids[-1]}"
lift
kill -CONT $tracer
kill -INT $tracer
wait $tracer
is $? 4 'the exit status says that something is missing'
dropped=$(sed -n 's/.*not counted: dropped_events //p' "$work/err")
[ "${dropped:-0}" -gt 0 ]
ok $? 'and stderr how much'
is "$(jq -s 'map(.events // 0) | add' "$work/events")" "$dropped" 'it is told where it happened, too'
is $(($(grep -c '"event":"dip"' "$work/events") + dropped)) $(($(counter clones_allocated) - before)) \
	'events and dropped ones are all clones'
plan_done
