#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Events: one for each thing that happened, in order, and what could not be told is counted.
# tier: main
# budget: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/trace.sh"

# Pressure begins and ends while it is traced.
dips_seen() {
	local before ended

	before=$(counter clones_allocated)
	begin_report trace --json --stacks -d stackb0 -p bs 2>"$work/err"
	squeezed "${fio[@]}" --iodepth=8
	end_report
	ended=$?
	clones=$(($(counter clones_allocated) - before))
	mv "$work/report" "$work/events"
	return $ended
}

dips() {
	local skipped

	with_bs new_device pool_size=2
	unless_lost dips_seen
	is "$status" 0 'dips: nothing was lost'
	is "$(number dip)" "$clones" "dips: each of $clones clones took an element"
	holds 'dips: how many are left is 0 or 1' in_all \
		'[.[] | select(.event == "dip") | .left] | unique == [0, 1]'
	holds 'dips: by fio, with a stack' in_all 'all(.[] | select(.event == "dip"); .comm == "fio" and
		.pool == "stackb0 bs" and (.stack | any(test("bio_alloc_bioset"))))'
	# Whose they were is not known of those frees of which the kernel left the program out.
	skipped=$(awk '/left out by the kernel: refill/ { n = $(NF - 1) } END { print n + 0 }' "$work/err")
	holds "dips: and gave it back, but for those of $skipped that the kernel left out" \
		eval "[ $(($(number refill) + skipped)) -ge $clones ] && [ $(number refill) -le $clones ]"
	holds 'dips: after which there are 1 or 2' in_all \
		'[.[] | select(.event == "refill") | .there] | unique == [1, 2]'
	is "$(jq -sc '[.[] | select(.event == "pressure" or .event == "lifted") | [.event, .rate_ppm, .refused]]' \
		"$work/events")" "[[\"pressure\",1000000,null],[\"lifted\",null,$clones]]" \
		'dips: pressure began before, and ended after it refused each'
	[ "$(number wait)" -gt 0 ]
	ok $? 'dips: there were waits'
	is "$(number waited)" "$(jq -s '[.[] | select(.event == "wait" and .cycle == 1)] | length' \
		"$work/events")" 'dips: each that began ended'
	[ "$(number dry)" -ge "$(number wait)" ]
	ok $? 'dips: who waited found nothing'
	# An element that comes back in an interrupt stands behind the event that this has interrupted.
	holds 'dips: they are in order' in_all '[.[] | select(.event != "refill") | [.cpu, .time_s]] | group_by(.[0]) |
		all(.[]; [.[][1]] | . == sort)'
	holds 'dips: and of now' in_all '(now - .[-1].time_s) | . > -1 and . < 600'
}

text() {
	press 1000000
	bioscope trace -d stackb0 -p bs --events dip -- dd if=/dev/stackb0 of=/dev/null bs=4k count=3 \
		iflag=direct status=none >"$work/text"
	lift
	is "$(grep -cE '^[0-9:]{8}\.[0-9]{6} dip +stackb0 bs +dd +[0-9]+ +[0-9]+  1 of 2 left$' "$work/text")" 3 \
		'text: a line for each'
	is "$(wc -l <"$work/text")" 4 'text: and a head'
}

rescues() {
	with_bs new_device pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
	unless_lost rescues_traced
	rescues_told
}

load completion_nsec=5000000
dips
text
rescues
plan_done
