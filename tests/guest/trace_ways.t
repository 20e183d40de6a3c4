#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Events that are rarer, rescues beside what another tracer counts, only those that are asked for, and of whom.
# tier: full
# budget: 150
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/trace.sh"

# traced OPTION... -- COMMAND...: until nothing is lost.
traced() { unless_lost traced_once "$@"; }

# lives_status: what fits the messages in $work/err, of pools that come and go. What a program was left out of that
# tells them is lost, too.
lives_status() {
	sed -E 's/left out by the kernel: (set|mempool)_/not counted: \1_/' "$work/err" >"$work/noted"
	noted_status "$work/noted"
}

some() {
	squeezed traced --events waited --min 1ms -- "${fio[@]}" --iodepth=8
	holds 'some: with --events and --min there is nothing else' in_all \
		'length > 0 and all(.[]; .event == "waited" and .took_s >= 0.001)'
	squeezed traced -d nullb0 -p bio_split -- "${fio[@]}"
	is "$(wc -l <"$work/events")" 0 'some: nor of other pools with -d and -p'
	bioscope trace --events dip,nosuch 2>"$work/err"
	is $? 2 'some: a name that is none is a usage error'
	holds 'some: which says what there is' grep 'list of events "dip,nosuch" .* dip, dry, wait.* refill, pressure' "$work/err"
}

failures() {
	with_bs new_device pool_size=1 gfp=nowait lower=/dev/nullb1
	squeezed traced --events failed -- "${fio[@]}" --iodepth=4 --continue_on_error=all
	[ "$failed" -gt 0 ]
	ok $? 'failures: there were some'
	is "$(number failed)" "$failed" "failures: each of $failed is told"
}

# Beside another tracer, which counts.
rescues_seen() {
	local ended latency

	rm -f "$work/ready" "$work/over"
	bioscope latency --json -d stackb0 -p bs -- sh -c 'touch "$1"; until [ -e "$2" ]; do sleep 0.1; done' \
		sh "$work/ready" "$work/over" >"$work/report" 2>"$work/latency.err" &
	latency=$!
	wait_until 300 test -e "$work/ready"
	rescues_traced
	ended=$?
	touch "$work/over"
	wait $latency || ended=$?
	return $ended
}

rescues() {
	with_bs new_device pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
	unless_lost rescues_seen
	rescues_told
	is "$(jq -c '.pools[0] | [.punts, .punted_bios, .rescuer_runs, .rescuer_runs]' "$work/report")" \
		"[$(number punt),$(jq -s 'map(.bios // 0) | add' "$work/events"),$(number rescue),$(number rescued)]" \
		'rescues: punts, their bios and runs are those that latency counts'
}

# Of bio_sets that come and go each is told twice, under one name.
lives() {
	begin_report trace --json --events created,gone 2>"$work/err"
	insmod "$(test_module bioset_churn)" passing=50
	rmmod bioset_churn
	end_report
	is $? "$(beside_command "$(lives_status)")" 'lives: nothing else was lost than is said'
	jq -s 'map(select(.pool | test("bioset_churn")))' "$work/report" >"$work/lives"
	is "$(jq -c 'group_by(.event) | map([.[0].event, length])' "$work/lives")" '[["created",50],["gone",50]]' \
		'lives: of 50 bio_sets each is told when it is made, and when it goes'
	holds 'lives: by insmod' json "$work/lives" 'all(.[]; .comm == "insmod" and .reserve > 0)'
}

# Two tasks have all bios there are, at a disk that does nothing, and nothing comes back to the other three.
stall() {
	deaf
	begin_report trace --json -d stackb0 -p bs --task python3
	deaf_readers 5
	wait_until 300 eval '[ "$(grep -c "\"stall\"" "$work/report")" -ge 3 ]'
	end_report
	holds 'stall: it is told of each that waits' json <(jq -s . "$work/report") \
		'map(select(.event == "stall") | .tid) - map(select(.event == "wait") | .tid) == [] and
			(map(select(.event == "stall") | .tid) | unique | length) == 3'
	holds 'stall: when its sleep ran its time' json <(jq -s . "$work/report") \
		'all(.[] | select(.event == "stall"); .took_s > 4.9 and .comm == "python3")'
	heard_again
	drop "${pids[-1]}"
	no_device
	dmsetup remove lower
	with_bs device lower=/dev/nullb0 pool_size=2
}

dips_of() { bioscope trace -d stackb0 -p bs --events dip "$@" >"$work/text" 2>"$work/err"; }

# of_one READ: who waits for that reads, and so does another one.
of_one() {
	rm -f "$work/go"
	background sh -c "until [ -e $work/go ]; do sleep 0.1; done; exec $1"
	dips_of --task "${pids[-1]}" -- sh -c "$1; touch $work/go; while [ -d /proc/${pids[-1]} ]; do sleep 0.1; done"
}

# Of one read without and one within a cgroup.
who() {
	local group=/sys/fs/cgroup/traced read='dd if=/dev/stackb0 of=/dev/null bs=4k count=1 iflag=direct status=none'

	mkdir -p $group/below
	press 1000000
	unless_lost dips_of --relative --cgroup traced -- \
		sh -c "$read; echo \$\$ >$group/below/cgroup.procs; $read; exec $read"
	is "$(grep -c ' dip ' "$work/text")" 2 'who: only what is in the cgroup, or below it'
	holds 'who: in seconds since the start' awk '/ dip / && ($1 !~ /^[0-9]+\.[0-9]{6}$/ || $1 > 600) { exit 1 }' "$work/text"
	unless_lost dips_of --task cat -- sh -c "$read; $read"
	is "$(grep -c ' dip ' "$work/text")" 0 'who: of no task of that name'
	unless_lost dips_of --task $$ -- sh -c "$read"
	is "$(grep -c ' dip ' "$work/text")" 0 'who: nor of that number'
	unless_lost of_one "$read"
	is "$(grep -c ' dip ' "$work/text")" 1 'who: but of the one that has it'
	lift
	bioscope trace --cgroup nosuch 2>"$work/err"
	is $? 2 'who: a cgroup that is none is a usage error'
	rmdir $group/below $group
}

load completion_nsec=5000000
null_disk nullb1 completion_nsec=20000000
with_bs new_device pool_size=2
some
failures
rescues
lives
stall
who
plan_done
