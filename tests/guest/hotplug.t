#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# While the tracer runs, processors go and come back, and modules with pools go: nothing is lost without
# being counted, and what is gone is not shown as if it were there.
# tier: full
# budget: 240
# vm: -c 4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# trace COMMAND...: bioscope with that command in the background, until traced. Its JSON is in
# $work/COMMAND, what it says in $work/COMMAND.err.
trace() {
	rm -f "$work/traced" "$work/attached.$1"
	bioscope "$@" --json -- sh -c 'touch "$1"; until [ -e "$2" ]; do sleep 0.1; done' sh \
		"$work/attached.$1" "$work/traced" >"$work/$1" 2>"$work/$1.err" &
	tracers+=($!)
	wait_until 300 test -e "$work/attached.$1"
}

# traced: both end, well.
traced() {
	local pid status=0

	touch "$work/traced"
	for pid in "${tracers[@]}"; do
		wait "$pid" || status=$?
	done
	tracers=()
	return $status
}

# of COMMAND FILTER: a value from all reports of that tracer together, oldest first.
of() { jq -sc "$2" "$work/$1"; }

# sum COMMAND NAME: allocations of the pools of that name.
sum() { of "$1" "[.[].pools[] | select(.name == \"$2\") | .allocations] | add"; }

lost() { of "$1" '[.[].lost.allocations] | add'; }

# accounts COMMAND TOTAL CLONES WHAT: that tracer counted them, or says how many it did not. (7.x does not run
# a program for a task while another one is preempted in it on that processor, and none of a kprobe while one is
# preempted in bpf(2).) What is missing may be of another bio_set, that of direct I/O.
accounts() {
	local lost

	lost=$(lost "$1")
	[ "$2" -le "$3" ] && [ $(($2 + lost)) -ge "$3" ]
	ok $? "$4: $1 has $2 counted and $lost missing of all pools, of $3 clones"
}

# of_both CLONES READS: what stat has of both bio_sets is all, with what it says is missing; and no more is, but of the
# others' few allocations, and of the reads in flight when fio was told to end, 8 of each job, which it has not counted.
of_both() {
	local truth=$(($1 + $2)) both others all

	both=$(($(sum stat 'stackb0 bs') + $(sum stat blkdev_dio_pool)))
	others=$(($(of stat '[.[].pools[].allocations] | add') - both))
	all=$((both + $(lost stat)))
	[ $all -ge $truth ] && [ $all -le $((truth + 24 + others)) ]
	ok $? "processors: stat has $both of both and $((all - both)) missing, of $1 clones and $2 reads, and $others of others"
}

# told STATUS WHAT: if it is not 0, something is said to be lost.
told() {
	[ "$1" = 0 ] || [ "$(($(missing add "$work/stat") + $(missing add "$work/latency")))" != 0 ]
	ok $? "$2: the exit statuses say whether something was lost"
}

goes_on() { [ "$(counter clones_allocated)" -gt $((before + 50)) ]; }

# io_goes_on: clones are allocated from now on.
io_goes_on() {
	before=$(counter clones_allocated)
	wait_until 300 goes_on
}

# online N 0|1: takes that processor away or brings it back, while I/O goes on before and after.
online() { io_goes_on && echo "$2" >"/sys/devices/system/cpu/cpu$1/online" && io_goes_on; }

# Each job is bound to a processor that goes.
processors() {
	local n status=0 clones

	with_bs device pool_size=2
	clones=$(counter clones_allocated)
	trace stat --exact -i 500ms
	trace latency -d stackb0 -p bs
	press 500000
	ok $? 'processors: every second attempt at the slab is refused'
	background fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio \
		--iodepth=8 --direct=1 --numjobs=3 --cpus_allowed=1-3 --cpus_allowed_policy=split \
		--time_based --runtime=600 --group_reporting --output="$work/fio" --output-format=json
	job=$!
	for n in 1 2 3 1 2 3; do
		{ online $n 0 && online $n 1; } || status=1
	done
	for n in '1 0' '2 0' '3 0' '1 1' '2 1' '3 1'; do
		# shellcheck disable=SC2086 # two words
		online $n || status=1
	done
	ok $status 'processors: I/O goes on whichever go, and when all are back'
	holds 'processors: and had no error' fio_ends "$work/fio"
	lift
	traced
	status=$?
	told $status processors
	clones=$(($(counter clones_allocated) - clones))
	for n in stat latency; do
		accounts $n "$(sum $n 'stackb0 bs')" $clones processors
	done
	of_both "$clones" "$(jq '.jobs[0].read.total_ios' "$work/fio.json")"
	is "$(of latency '.[-1].waiters')" '[]' 'processors: nobody is left as waiting'
	# Each has its own probes, at the same places.
	for n in stat latency; do
		[ "$(of $n '[.[].pools[] | select(.name == "stackb0 bs") | .ways | .reserve + .wait] | add')" -gt 0 ]
		ok $? "processors: $n has seen the reserve used"
	done
	no_device
}

# live COMMAND: the pools of stackb0 and dm-0 that its last report does not say are gone.
live() {
	of "$1" '[.[-1].pools[] | select((.device | IN("stackb0", "dm-0")) and (.gone | not)) |
		{name, reserve, level, front_pad_bytes}]'
}

# reads NUMBER DISK
reads() { dd if="/dev/$2" of=/dev/null bs=4k count="$1" iflag=direct status=none; }

modules() {
	local n

	dmsetup create lin --table "0 131072 linear /dev/nullb0 0"
	udevadm settle
	device lower=/dev/mapper/lin pool_size=2
	trace stat --exact -i 1h
	trace latency
	reads 11 stackb0
	no_device
	holds 'modules: stack_blk can be unloaded while it is traced' modprobe -r stack_blk
	dmsetup remove lin
	udevadm settle
	holds 'modules: and dm_mod' modprobe -r dm_mod
	traced
	is $? 0 'modules: nothing was lost'
	for n in stat latency; do
		is "$(sum $n 'stackb0 bs')" 11 "modules: $n has what stack_blk allocated"
		is "$(sum $n 'dm-0 io_bs')" 11 "modules: $n has what dm-linear allocated"
		is "$(live $n)" '[]' "modules: $n has no pool of theirs that is not gone"
	done
}

# shown LIST: which of stackb0's bio_sets, oldest first, are gone, in the last line of stat.
shown() {
	[ "$(tail -n 1 "$work/stat" | jq -c '[.pools[] | select(.name == "stackb0 bs") | .gone]')" = "$1" ]
}

# Allocations of pools like stackb0's. udev reads a disk as soon as it is there, which may be before the
# tracer has found out whose the pool is, so the name is no way to add them up.
like_its_own='[.[].pools[] | select(.reserve == 2 and .front_pad_bytes > 0) | .allocations] | add'

# What the tracer does not know when it starts, three times at what may be the same address.
comes_and_goes() {
	local n gone='' clones=0

	trace stat --exact -i 500ms
	trace latency
	for n in 1 2 3; do
		modprobe stack_blk
		device lower=/dev/nullb0 pool_size=2
		reads $((10 * n)) stackb0
		wait_until 300 shown "[${gone}false]"
		ok $? "comes and goes: the device that came $n. is there, those before are gone"
		clones=$((clones + $(counter clones_allocated)))
		[ $n = 3 ] && break
		no_device
		modprobe -r stack_blk
		gone+=true,
	done
	traced
	told $? 'comes and goes'
	for n in stat latency; do
		accounts $n "$(of $n "$like_its_own")" $clones 'comes and goes'
	done
	note "stat: $(of stat '[.[].pools[] | select(.allocations > 0) | {name, module, gone, allocations}]')"
	note "latency: $(of latency '[.[].pools[] | select(.allocations > 0) | {name, module, gone, allocations}]')"
	no_device
}

load
tracers=()
processors
modules
comes_and_goes
plan_done
