# SPDX-License-Identifier: GPL-2.0
# Shared by the guest tests that press a bio_set without bioscope: bio_pressure by its own interface.
# shellcheck shell=bash

tracing=/sys/kernel/tracing
here=$(dirname "${BASH_SOURCE[0]}")

# ctl ACTION...: see bio_pressure.pl.
ctl() { perl "$here/bio_pressure.pl" "$@"; }

# with_bs COMMAND...: runs it; then $bs is the address of the first bio_set that it made. Powering on
# makes the one for clones before that of the disk.
with_bs() {
	local status=0

	[ -d $tracing/instances/bioset ] || {
		mkdir $tracing/instances/bioset
		echo 'p:bioset/init bioset_init bs=$arg1:x64' >>$tracing/kprobe_events
	}
	: >$tracing/instances/bioset/trace
	echo 1 >$tracing/instances/bioset/events/bioset/init/enable
	"$@" || status=$?
	echo 0 >$tracing/instances/bioset/events/bioset/init/enable
	bs=$(sed -n 's/.* bs=\(0x[0-9a-f]*\).*/\1/p' $tracing/instances/bioset/trace | head -n 1)
	[ -n "$bs" ] && return $status
}

# hold ACTION...: ctl in the background, until killed; its pid is in $holder. Returns when it got to
# its end, and fails if an action was refused.
hold() {
	: >"$work/held"
	perl "$here/bio_pressure.pl" "$@" hold >"$work/held" &
	holder=$!
	pids+=("$holder")
	wait_until 300 grep -q held "$work/held" && ! grep -q '^E' "$work/held"
}

# press PPM: refuses that share of the attempts at the slab for $bs, until lift.
press() { hold "arm:$bs:$1:600000"; }

# drop PID: kill -9, with all that it has started, and wait until it is gone.
drop() {
	kill_tree "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# lift: ends pressure; what it did is in $work/pressed.
lift() {
	kill "$holder"
	wait "$holder"
	grep '^{' "$work/held" | tail -n 1 >"$work/pressed"
}

# pressed FIELD: a number of what pressure did.
pressed() { jq ".$1" "$work/pressed"; }

# How many tasks sleep in an allocation from a mempool. The stack of a task that runs is not looked at:
# where functions have kretprobes the unwinder warns of that (rethook_find_ret_addr()).
sleepers() {
	local dir stat stack n=0

	for dir in /proc/[0-9]*/task/[0-9]*; do
		{ read -r stat <"$dir/stat"; } 2>/dev/null || continue
		[[ $stat == *') D '* ]] || continue
		{ mapfile -t stack <"$dir/stack"; } 2>/dev/null || continue
		[[ ${stack[*]} != *mempool_alloc* ]] || n=$((n + 1))
	done
	echo $n
}

# stalled BEFORE: more than BEFORE clones of stackb0 were allocated, none is any more, and a task sleeps
# in an allocation.
stalled() {
	local count

	count=$(counter clones_allocated)
	[ "$count" -gt "$1" ] && sleep 6 && [ "$(counter clones_allocated)" = "$count" ] &&
		[ "$(sleepers)" -gt 0 ]
}
