#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# kernels: ends
# However a command ends, nothing of it stays: no BPF program, map or link, no pressure.
. "$(dirname "$0")/lib.sh"

# Names of programs and maps, and how many links there are.
leftovers() {
	bpftool prog list --json | grep -o '"name":"[^"]*"' | sort
	bpftool map list --json | grep -o '"name":"[^"]*"' | sort
	bpftool link list --json | grep -o '"id":' | wc -l
}

nothing_new() { [ "$(leftovers)" = "$before" ]; }

# nothing_left: waits for the kernel to be done with taking things down.
nothing_left() {
	until_true 20 nothing_new && return 0
	diff <(echo "$before") <(leftovers) | sed 's/^/# /'
	return 1
}

# The last of the programs of the table is loaded, all are attached soon.
loaded() { bpftool prog list --json | grep -q '"name":"alloc_enter"'; }

# pressed: pressure was begun and not lifted yet.
pressed() {
	dmesg | awk '/bio_pressure: refusing/ { n++ } /bio_pressure: lifted/ { n-- } END { exit !(n > 0) }'
}

# ends NAME SIGNAL COMMAND...: starts it, sends the signal, looks at what is left.
ends() {
	local name=$1 signal=$2 pid status

	shift 2
	"$@" >"$work/report" 2>"$work/err" &
	pid=$!
	until_true 60 loaded
	ok $? "$name runs"
	if [ "$name" = pressure ]; then
		until_true 60 pressed
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

more_bios() { [ "$(counter bios)" -gt "$1" ]; }

# A waiter looks again after 5 s at the latest.
io_goes_on() { wait_until 7 more_bios $(($(counter bios) + 100)); }

load
before=$(leftovers)
device pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
ends stat KILL bioscope stat -i 200ms
ends latency KILL bioscope latency
ends export KILL bioscope export
ends stat INT bioscope stat -i 200ms
ends latency TERM bioscope latency
ends export INT bioscope export

# A device that stalls under pressure shows best that the pressure is gone. It need not be busy for
# that: what fio takes of the processors the tracer waits for.
device submit_order=batch rescuer=0
background quick_fio --bs=16k --rate_iops=200 --runtime=300
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
bioscope export -- sh -c 'exit 7' 2>/dev/null
is $? 7 'by export, too'
bioscope latency -- sh -c 'kill -TERM $$' >/dev/null
is $? 143 'a signal becomes 128 + its number'
bioscope latency -- /no/such/command >/dev/null 2>&1
is $? 127 'a command that is not there is 127'
nothing_left
ok $? 'and after all of them nothing is left'
plan_done
