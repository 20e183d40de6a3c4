#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# However a command ends, nothing of it stays: no BPF program, map or link, no pressure.
. "$(dirname "$0")/lib.sh"

leftovers() {
	bpftool prog list --json | jq -r '.[].name // empty' | sort
	bpftool map list --json | jq -r '.[].name // empty' | sort
	bpftool link list --json | jq -r '.[].id' | wc -l
}

# nothing_left: waits for the kernel to be done with taking things down.
nothing_left() {
	local i

	for i in $(seq 100); do
		[ "$(leftovers)" = "$before" ] && return 0
		sleep 0.1
	done
	diff <(echo "$before") <(leftovers) | sed 's/^/# /'
	return 1
}

# attached: programs of ours are there.
attached() {
	local i

	for i in $(seq 200); do
		bpftool prog list --json | jq -e '.[] | select(.name == "alloc_enter")' >/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# held: pressure was begun and not lifted yet.
held() {
	local i

	for i in $(seq 200); do
		[ "$(dmesg | grep -c 'bio_pressure: refusing')" -gt \
			"$(dmesg | grep -c 'bio_pressure: lifted')" ] && return 0
		sleep 0.1
	done
	return 1
}

# ends NAME SIGNAL COMMAND...: starts it, sends the signal, looks at what is left.
ends() {
	local name=$1 signal=$2 pid status

	shift 2
	"$@" >"$work/report" 2>"$work/err" &
	pid=$!
	attached
	ok $? "$name runs"
	if [ "$name" = pressure ]; then
		held
		ok $? 'and holds the pool'
	fi
	sleep 1
	kill "-$signal" $pid
	wait $pid
	status=$?
	if [ "$signal" = KILL ]; then
		is $status 137 "$name is killed"
	else
		is $status 0 "$name ends well on SIG$signal"
	fi
	nothing_left
	ok $? "$name, SIG$signal: no program, map or link is left"
}

io_goes_on() {
	local count

	count=$(counter bios)
	sleep 7 # a waiter looks again after 5 s at the latest
	[ "$(counter bios)" -gt $((count + 100)) ]
}

load nr_devices=1
before=$(leftovers)
device pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
ends stat KILL bioscope stat -i 200ms
ends latency KILL bioscope latency
ends export KILL bioscope export
ends stat INT bioscope stat -i 200ms
ends latency TERM bioscope latency
ends export INT bioscope export

# A device that stalls under pressure shows best that the pressure is gone.
device submit_order=batch rescuer=0
background quick_fio --bs=16k --runtime=120
sleep 1
ends pressure KILL bioscope pressure -d stackb0 -p bs -t 100
io_goes_on
ok $? 'pressure killed with SIGKILL is lifted: stalled I/O goes on'
dmesg | grep -q 'bio_pressure: lifted'
ok $? 'and the kernel says so'
ends pressure INT bioscope pressure -d stackb0 -p bs -t 100
io_goes_on
ok $? 'pressure ended with SIGINT is lifted'
bioscope pressure -d stackb0 -p bs -t 8 >"$work/report" 2>&1
is $? 0 'pressure can be held again, and ends with its time'
grep -q STALLED "$work/report"
ok $? 'it showed the stall'
io_goes_on
ok $? 'and the pressure is lifted'
is "$(counter bios_failed)" 0 'no I/O failed in all that'

bioscope latency -- sh -c 'exit 7' >/dev/null
is $? 7 "the command's own status is passed on"
bioscope latency -- sh -c 'kill -TERM $$' >/dev/null
is $? 143 'a signal becomes 128 + its number'
bioscope latency -- /no/such/command >/dev/null 2>&1
is $? 127 'a command that is not there is 127'
nothing_left
ok $? 'and after all of them nothing is left'
plan_done
