# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced, after pressure.sh, by tests of `bioscope trace' that compare events of stackb0's bio_set with the truth.

fio=(fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --direct=1
	--number_ios=300 --output=/dev/null)

# traced_once OPTION... -- COMMAND...: its events go to $work/events; sets clones and failed to the truth.
traced_once() {
	local before failed_before ended

	before=$(counter clones_allocated) failed_before=$(counter clones_failed)
	bioscope trace --json -d stackb0 -p bs "$@" >"$work/events" 2>"$work/err"
	ended=$?
	clones=$(($(counter clones_allocated) - before))
	failed=$(($(counter clones_failed) - failed_before))
	return $ended
}

# number NAME: events of that name, of which each has its line.
number() { grep -c "\"event\":\"$1\"" "$work/events"; }

# in_all FILTER: it is true for the array of events.
in_all() { jq -es "$1" "$work/events" >/dev/null || { tail -n 5 "$work/events" && return 1; }; }

# squeezed COMMAND...: while every attempt at the slab is refused.
squeezed() {
	local ended

	press 1000000
	"$@"
	ended=$?
	lift
	return $ended
}

# rescues_traced: reads, each of more pieces than there are elements.
rescues_traced() { squeezed traced_once --events punt,rescue,rescued -- "${fio[@]}" --bs=32k --number_ios=100; }

rescues_told() {
	[ "$(number punt)" -gt 0 ]
	ok $? 'rescues: there were punts'
	is "$(number rescued)" "$(number rescue)" 'rescues: each run that began ended'
	holds 'rescues: by a worker' in_all \
		'all(.[] | select(.event != "punt"); .comm | test("kworker|bioset"))'
	holds 'rescues: which takes its time' in_all 'all(.[] | select(.event == "rescued"); .took_s > 0)'
}
