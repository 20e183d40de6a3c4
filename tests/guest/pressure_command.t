#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bioscope pressure: what its options do, what it says, and what it ends with.
# tier: full
# budget: 150
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

pressure_json() { bioscope pressure --json -d stackb0 -p bs "$@" >"$work/report" 2>"$work/err"; }

# filtered OPTION... -- COMMAND...: what pressure by the command refused, spared, and left alone.
filtered() {
	unless_lost pressure_json "$@" >&2
	jq -c '.pressure | [.refused, .seen - .refused, .excluded]' "$work/report"
}

options() {
	local hundred=("${fio[@]}" --filename=/dev/stackb0 --number_ios=100 --output="$work/fio") first

	is "$(filtered --times 30 -- "${hundred[@]}")" '[30,70,0]' '--times: so many are refused'
	is "$(filtered --interval 10 -- "${hundred[@]}")" '[10,90,0]' '--interval: every tenth is'
	first=$(filtered --rate 50% --seed 7 -- "${hundred[@]}")
	is "$(filtered --rate 50% --seed 7 -- "${hundred[@]}")" "$first" '--seed: the same again'
	is "$(filtered --pid $$ -- "${hundred[@]}")" '[100,0,0]' '--pid: of a tree all of it'
	sleep 3600 &
	pids+=($!)
	is "$(filtered --pid $! -- "${hundred[@]}")" '[0,0,100]' 'and nothing else'
	drop "${pids[-1]}"
	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2 gfp=nowait
	is "$(filtered --may-sleep -- "${hundred[@]}")" '[0,0,100]' '--may-sleep: not what may not'
	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2
	bioscope pressure -d stackb0 -p bs -- sh -c '"$@"; exit 3' sh "${hundred[@]}" >"$work/report" 2>"$work/err"
	is $? 3 'a COMMAND that fails gives its status'
	holds 'and there is a report' grep -q 'pressure on stackb0 bs: 100 of 100 allocations refused' "$work/report"
	bioscope pressure -d stackb0 -p bs -- sh -c '"$@"; kill -9 $$' sh "${hundred[@]}" >"$work/report" 2>"$work/err"
	is $? 137 'one that is killed, 128 + 9'
	holds 'and there is a report' grep -q 'pressure on stackb0 bs: 100 of 100 allocations refused' "$work/report"
}

# said STATUS WHAT OPTION...: bioscope pressure ends with that, and says that.
said() {
	local status=$1 what=$2

	shift 2
	bioscope pressure -d stackb0 -p bs "$@" >"$work/report" 2>"$work/err"
	is $? "$status" "$what: it ends with $status"
	grep -q "$what" "$work/err"
	ok $? 'and says so'
}

verdicts() {
	said 111 'was used, and nothing was refused' --interval 1000000 -- "${fio[@]}" --filename=/dev/stackb0 \
		--number_ios=100 --output="$work/fio"
	said 111 'the time was over before COMMAND ended' -t 1 -- sleep 600
	said 0 'nobody used stackb0 bs meanwhile' -- true
	press 1000000
	said 111 'another descriptor holds this pool' -- true
	lift
	said 2 'at most 10m' -t 11m
	said 111 'went away while it was held' -- sh -c "echo 0 >$config/first/power"
	destroy first
	with_bs create first lower=/dev/nullb0 pool_size=2
}

load
with_bs create first lower=/dev/nullb0 pool_size=2
options
verdicts
destroy first
plan_done
