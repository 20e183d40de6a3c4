#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel that has no BTF: with its types in a file, counts are as exact by kprobes.
# tier: full
# budget: 150
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/counts.sh"

types=$work/types.btf

bioscope() {
	local command=$1

	shift
	command bioscope "$command" --btf "$types" "$@"
}

hide_btf() {
	cp /sys/kernel/btf/vmlinux "$types"
	mount -t tmpfs none /sys/kernel/btf
	[ ! -e /sys/kernel/btf/vmlinux ]
	ok $? 'this kernel has no BTF any more'
}

without_file() {
	command bioscope list >"$work/out" 2>"$work/err"
	is $? 3 'without a file of types, list ends with status 3'
	holds 'and says what to do' grep -q -e '--btf' "$work/err"
	command bioscope doctor >"$work/doctor"
	is $? 3 'so does doctor'
	holds 'which says so, too' grep -q 'kernel BTF .*missing .*--btf' "$work/doctor"
}

bad_file() {
	echo none >"$work/bad"
	command bioscope list --btf "$work/bad" 2>"$work/err"
	is $? 3 'a file that is no BTF: status 3'
	holds 'and its name' grep -q "$work/bad" "$work/err"
}

# state_of PROBE: as doctor says.
state_of() { jq -r ".checks[] | select(.name == \"$1\") | .state" "$work/doctor"; }

doctor() {
	local probe

	bioscope doctor --json >"$work/doctor"
	is $? 0 'with it, doctor finds that tracing is possible'
	is "$(state_of alloc_exit)" missing 'not by BTF'
	for probe in alloc_enter alloc_exit set_destroyed mempool_exited mempool_destroyed; do
		is "$(state_of ${probe}_kprobe)" attached "but by ${probe}_kprobe"
	done
	is "$(state_of rescue_start_tp)" attached 'rescuers are seen'
	is "$(jq -r '.checks[] | select(.name == "layer_done") | .ok' "$work/doctor")" false 'disks are not'
	holds 'no event of ours is left in tracefs' no_events
}

no_events() { ! grep bioscope /sys/kernel/tracing/kprobe_events; }

# More tasks wait than a kretprobe by default sees to their return: 2 for each processor, at least 10.
many_waiters() {
	local tasks=40

	device pool_size=2 chunk_kb=0 submit_order=each rescuer=0
	measure bioscope pressure --json -d stackb0 -p bs -- \
		"${fio[@]}" --ioengine=psync --numjobs=$tasks --thread --number_ios=50
	is "$(all_ways)" "$clones" "$tasks tasks wait in turn: all $clones clones are counted"
	is "$(lost)" 0 'and nothing was lost'
	[ "$(value ways.wait)" -gt $tasks ]
	ok $? "$(value ways.wait) of them after a wait"
}

# What a tracer leaves that is killed is taken away by the next one.
killed() {
	background "$(type -P bioscope)" stat --btf "$types"
	wait_until 300 grep -q bioscope /sys/kernel/tracing/kprobe_events
	ok $? 'a tracer has its event in tracefs'
	kill -KILL "${pids[-1]}"
	wait "${pids[-1]}" 2>"$work/killed"
	holds 'which is left when it is killed' grep -q bioscope /sys/kernel/tracing/kprobe_events
	bioscope latency -t 1 >"$work/out"
	holds 'and gone after the next one' no_events
}

load
hide_btf
without_file
bad_file
doctor
healthy
split
refused
half_refused
rescued
many_waiters
killed
plan_done
