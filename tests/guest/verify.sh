# SPDX-License-Identifier: GPL-2.0
# What bioscope verify finds.
# shellcheck shell=bash

# verify ARGUMENT...: its report, JSON, is in $work/report, its messages in $work/err, its status in $status.
verify() {
	status=0
	bioscope verify --json --seed 1 "$@" >"$work/report" 2>"$work/err" || status=$?
	sed 's/^/# /' "$work/err"
}

# verdicts [POOL]: one a line, of each trial, or of that of one pool.
verdicts() {
	jq -r --arg pool "$1" '.trials[] | "\([.pools[].name] | sort | join(" + ")): \(.verdict)" |
		select($pool == "" or startswith($pool + ": "))' "$work/report" | sort
}

# stalled FILTER: that is true of the first trial that stalls.
stalled() { json "$work/report" "[.trials[] | select(.verdict == \"STALL\")][0] | $1"; }

# What waits is woken when the pressure is lifted, after 5 s at the latest.
recovers() { json "$work/report" 'all(.trials[] | select(.begun); .recovered)'; }

# next_has_it: in the circle of the first that stalls, each waits for what the next one has taken.
next_has_it() {
	stalled '.circle | .back_to as $back | .links as $l | all(range($l | length);
		$l[.].taken_by.tid == $l[if . + 1 < ($l | length) then . + 1 else $back end].tid)'
}

# Whether a pool is held.
held() { [ "$(cat /sys/module/bio_pressure/refcnt)" != 0 ]; }
free() { ! held && ! pgrep '^verify-' >/dev/null; }

# ended_by SIGNAL STATUS [OPTION...]: while all jobs are stuck.
ended_by() {
	local signal=$1 want=$2 status

	shift 2
	background bioscope verify --single -p bs "$@" stackb0
	wait_until 120 held
	sleep 1
	kill "-$signal" "${pids[-1]}"
	wait "${pids[-1]}" 2>/dev/null
	status=$?
	is $status "$want" "verify ends by SIG$signal"
	holds 'with it the pressure ends, and all I/O' wait_until 60 free
	holds 'the device can be read' timeout 60 dd if=/dev/stackb0 of=/dev/null bs=64k count=1 iflag=direct
}
