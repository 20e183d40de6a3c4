# SPDX-License-Identifier: GPL-2.0
# TAP, and what every test needs: waiting for something, a directory of its own in $work. Whoever
# sources this removes that one at its end.
# shellcheck shell=bash

tests=0
work=$(mktemp -d)

# A function that is not there is a failure, also in $(...), whose output is no TAP.
exec 9>&1
command_not_found_handle() {
	echo "not ok - $1 is a command" >&9
	return 127
}

note() { printf '# %s\n' "$*"; }

# ok STATUS DESCRIPTION: one check, passed if STATUS is 0.
ok() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
	fi
}

# is GOT WANTED DESCRIPTION
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || note "got \"$1\", wanted \"$2\""
}

# holds DESCRIPTION COMMAND...: passed if COMMAND succeeds.
holds() {
	local what=$1 status=0

	shift
	"$@" >"$work/out" 2>&1 || status=$?
	ok $status "$what"
	[ $status = 0 ] || sed 's/^/# /' "$work/out" | tail -n 20
}

# skip WHY DESCRIPTION
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $2 # SKIP $1"
}

# skip_all WHY: the test ends here, as one that is skipped.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

plan_done() { echo "1..$tests"; }

# json FILE FILTER: the filter is true for the JSON in FILE; if not, that is shown.
json() { jq -e "$2" "$1" >/dev/null || { jq -c . "$1" | cut -c1-2000 && return 1; }; }

# poll INTERVAL SECONDS COMMAND...: until it succeeds, or the time is up.
poll() {
	local interval=$1 end=$((SECONDS + $2))

	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep "$interval"
	done
}

wait_until() { poll 0.05 "$@"; }

# The same, for a command that costs something.
until_true() { poll 0.5 "$@"; }
