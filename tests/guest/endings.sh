# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests of how commands end: what is left in the kernel of them.

# Names of programs and maps, and how many links there are.
leftovers() {
	bpftool prog list --json | grep -o '"name":"[^"]*"' | sort
	bpftool map list --json | grep -o '"name":"[^"]*"' | sort
	bpftool link list --json | grep -o '"id":' | wc -l
}

nothing_new() { [ "$(leftovers)" = "$before" ]; }

# nothing_left: waits for the kernel to be done with taking things down.
nothing_left() {
	until_true 300 nothing_new && return 0
	diff <(echo "$before") <(leftovers) | sed 's/^/# /'
	return 1
}

# The last of the programs of the table is loaded by that many tracers, all are attached soon.
loaded() { [ "$(bpftool prog list --json | grep -o '"name":"alloc_exit"' | wc -l)" = "$1" ]; }

# pressed: pressure was begun and not lifted yet.
pressed() {
	dmesg | awk '/bio_pressure: refusing/ { n++ } /bio_pressure: lifted/ { n-- } END { exit !(n > 0) }'
}

# lifted SIGNAL: the last that the kernel says of pressure. Who is killed has just closed it.
lifted() {
	local how='asked to'

	[ "$1" != KILL ] || how=closed
	dmesg | grep 'bio_pressure: ' | tail -n 1 |
		grep -E "lifted, $how: refused [1-9][0-9]* of [1-9][0-9]* allocations"
}

# started SIGNAL COMMAND...: in the background, to be ended by that signal.
started() {
	local signal=$1

	shift
	bioscope "$@" >"$work/report.$1" 2>&1 &
	tracers+=("$! $signal $1")
	pids+=($!)
}

# all_end: all that were started get their signals, end, and leave nothing.
all_end() {
	local tracer pid signal name status

	until_true 300 loaded ${#tracers[@]}
	ok $? "running: ${tracers[*]}"
	for tracer in "${tracers[@]}"; do
		read -r pid signal _ <<<"$tracer"
		kill "-$signal" "$pid"
	done
	for tracer in "${tracers[@]}"; do
		read -r pid signal name <<<"$tracer"
		wait "$pid"
		status=$?
		if [ "$signal" = KILL ]; then
			is $status 137 "$name is killed"
		else
			is $status "$(noted_status "$work/report.$name")" "$name ends well on SIG$signal"
		fi
	done
	tracers=()
	nothing_left
	ok $? 'no program, map or link is left'
}

more_bios() { [ "$(counter bios)" -gt "$1" ]; }

# A waiter looks again after 5 s at the latest.
io_goes_on() { wait_until 300 more_bios $(($(counter bios) + 100)); }

# presses SIGNAL: pressure holds the pool until the signal comes.
presses() {
	started "$1" pressure -d stackb0 -p bs -t 300
	until_true 300 pressed
	ok $? 'pressure is held'
	all_end
	io_goes_on
	ok $? "pressure ended by SIG$1 is lifted: stalled I/O goes on"
	holds 'and the kernel says so, and what it did, which a killed bioscope cannot' lifted "$1"
}

# begin: nothing of bioscope is there yet.
begin() {
	load
	before=$(leftovers)
	tracers=()
	device pool_size=2 chunk_kb=4 submit_order=batch rescuer=0
}

# A device that stalls under pressure shows best that the pressure is gone. It need not be busy for
# that: what fio takes of the processors the tracer waits for.
slow_io() {
	background quick_fio --bs=16k --rate_iops=200 --time_based --runtime=3000 --number_ios=0
	wait_until 300 more_bios 100
}
