#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Events: one for each thing that happened, in order, and what could not be told is counted.
# tier: main
# budget: 110
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# traced OPTION... -- COMMAND...: until nothing is lost; its events go to $work/events; sets clones and failed
# to the truth.
traced() { unless_lost traced_once "$@"; }

traced_once() {
	local before failed_before ended

	before=$(counter clones_allocated) failed_before=$(counter clones_failed)
	bioscope trace --json -d stackb0 -p bs "$@" >"$work/events" 2>"$work/err"
	ended=$?
	clones=$(($(counter clones_allocated) - before))
	failed=$(($(counter clones_failed) - failed_before))
	return $ended
}

# lives_status: what fits the messages in $work/err, of pools that come and go. What a program was left out of that
# tells them is lost, too.
lives_status() {
	sed -E 's/left out by the kernel: (set|mempool)_/not counted: \1_/' "$work/err" >"$work/noted"
	noted_status "$work/noted"
}

# number NAME: events of that name.
number() { jq -s "[.[] | select(.event == \"$1\")] | length" "$work/events"; }

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

# Pressure begins and ends while it is traced.
dips_seen() {
	local before ended

	before=$(counter clones_allocated)
	begin_report trace --json --stacks -d stackb0 -p bs 2>"$work/err"
	squeezed "${fio[@]}" --iodepth=8
	end_report
	ended=$?
	clones=$(($(counter clones_allocated) - before))
	mv "$work/report" "$work/events"
	return $ended
}

dips() {
	local skipped

	with_bs new_device pool_size=2
	unless_lost dips_seen
	is "$status" 0 'dips: nothing was lost'
	is "$(number dip)" "$clones" "dips: each of $clones clones took an element"
	holds 'dips: how many are left is 0 or 1' in_all \
		'[.[] | select(.event == "dip") | .left] | unique == [0, 1]'
	holds 'dips: by fio, with a stack' in_all 'all(.[] | select(.event == "dip"); .comm == "fio" and
		.pool == "stackb0 bs" and (.stack | any(test("bio_alloc_bioset"))))'
	# Whose they were is not known of those frees of which the kernel left the program out.
	skipped=$(awk '/left out by the kernel: refill/ { n = $(NF - 1) } END { print n + 0 }' "$work/err")
	holds "dips: and gave it back, but for those of $skipped that the kernel left out" \
		eval "[ $(($(number refill) + skipped)) -ge $clones ] && [ $(number refill) -le $clones ]"
	holds 'dips: after which there are 1 or 2' in_all \
		'[.[] | select(.event == "refill") | .there] | unique == [1, 2]'
	is "$(jq -sc '[.[] | select(.event == "pressure" or .event == "lifted") | [.event, .rate_ppm, .refused]]' \
		"$work/events")" "[[\"pressure\",1000000,null],[\"lifted\",null,$clones]]" \
		'dips: pressure began before, and ended after it refused each'
	[ "$(number wait)" -gt 0 ]
	ok $? 'dips: there were waits'
	is "$(number waited)" "$(jq -s '[.[] | select(.event == "wait" and .cycle == 1)] | length' \
		"$work/events")" 'dips: each that began ended'
	[ "$(number dry)" -ge "$(number wait)" ]
	ok $? 'dips: who waited found nothing'
	# An element that comes back in an interrupt stands behind the event that this has interrupted.
	holds 'dips: they are in order' in_all '[.[] | select(.event != "refill") | [.cpu, .time_s]] | group_by(.[0]) |
		all(.[]; [.[][1]] | . == sort)'
	holds 'dips: and of now' in_all '(now - .[-1].time_s) | . > -1 and . < 600'
}

some() {
	squeezed traced --events waited --min 1ms -- "${fio[@]}" --iodepth=8
	holds 'some: with --events and --min there is nothing else' in_all \
		'length > 0 and all(.[]; .event == "waited" and .took_s >= 0.001)'
	squeezed traced -d nullb0 -p bio_split -- "${fio[@]}"
	is "$(wc -l <"$work/events")" 0 'some: nor of other pools with -d and -p'
	bioscope trace --events dip,nosuch 2>"$work/err"
	is $? 2 'some: a name that is none is a usage error'
	holds 'some: which says what there is' grep 'list of events "dip,nosuch" .* dip, dry, wait' "$work/err"
}

text() {
	press 1000000
	bioscope trace -d stackb0 -p bs --events dip -- dd if=/dev/stackb0 of=/dev/null bs=4k count=3 \
		iflag=direct status=none >"$work/text"
	lift
	is "$(grep -cE '^[0-9:]{8}\.[0-9]{6} dip +stackb0 bs +dd +[0-9]+ +[0-9]+  1 of 2 left$' "$work/text")" 3 \
		'text: a line for each'
	is "$(wc -l <"$work/text")" 4 'text: and a head'
}

failures() {
	with_bs new_device pool_size=1 gfp=nowait lower=/dev/nullb1
	squeezed traced --events failed -- "${fio[@]}" --iodepth=4 --continue_on_error=all
	[ "$failed" -gt 0 ]
	ok $? 'failures: there were some'
	is "$(number failed)" "$failed" "failures: each of $failed is told"
}

rescues_seen() {
	local ended latency

	rm -f "$work/ready" "$work/over"
	bioscope latency --json -d stackb0 -p bs -- sh -c 'touch "$1"; until [ -e "$2" ]; do sleep 0.1; done' \
		sh "$work/ready" "$work/over" >"$work/report" 2>"$work/latency.err" &
	latency=$!
	wait_until 300 test -e "$work/ready"
	squeezed traced_once --events punt,rescue,rescued -- "${fio[@]}" --bs=32k --number_ios=100
	ended=$?
	touch "$work/over"
	wait $latency || ended=$?
	return $ended
}

rescues() {
	with_bs new_device pool_size=2 chunk_kb=4 submit_order=batch rescuer=1
	unless_lost rescues_seen
	[ "$(number punt)" -gt 0 ]
	ok $? 'rescues: there were punts'
	is "$(jq -c '.pools[0] | [.punts, .punted_bios, .rescuer_runs, .rescuer_runs]' "$work/report")" \
		"[$(number punt),$(jq -s 'map(.bios // 0) | add' "$work/events"),$(number rescue),$(number rescued)]" \
		'rescues: punts, their bios and runs are those that latency counts'
	holds 'rescues: by a worker' in_all \
		'all(.[] | select(.event != "punt"); .comm | test("kworker|bioset"))'
	holds 'rescues: which takes its time' in_all 'all(.[] | select(.event == "rescued"); .took_s > 0)'
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
fio=(fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --direct=1
	--number_ios=300 --output=/dev/null)
dips
some
text
failures
rescues
lives
stall
who
plan_done
