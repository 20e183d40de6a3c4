#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# A kernel that does not have or take one of the tracer's programs: the others go on, counts are what they
# were, and what is not seen is said, and null, in every report.
# tier: full
# budget: 100
. "$(dirname "$0")/lib.sh"

job=(dd if=/dev/stackb0 of=/dev/null bs=4k count=20 iflag=direct status=none)
latency=(bioscope latency --json -d stackb0 -p bs)
lean='disks,lifetime,way cache'

# nulls REPORT: where it has null: of the pool, of its ways, and at the top.
nulls() {
	jq -r '[(.pools[0] | to_entries[] | select(.value == null and .key != "module") | .key),
		(.pools[0].ways | to_entries[] | select(.value == null) | "way " + .key),
		(to_entries[] | select(.value == null) | .key)] | sort | join(",")' "$1"
}

# without PROGRAMS UNSEEN NULLS [OPTION...]: a report made without PROGRAMS names UNSEEN, has NULLS, and counts.
without() {
	local programs=$1 unseen=$2 nulls=$3 options=("${@:4}")

	[[ "${options[*]}" != *--lean* ]] || nulls=$(tr , '\n' <<<"$nulls,$lean" | sort | paste -sd,)
	unless_lost eval '"${latency[@]}" --without "$programs" "${options[@]}" -- "${job[@]}" \
		>"$work/report" 2>"$work/err"'
	is "$status" 0 "without $programs: it ends well"
	is "$(jq -r '[.unseen[].program] | join(" ")' "$work/report")" "$unseen" "without $programs: that is said"
	is "$(nulls "$work/report")" "$nulls" "without $programs: null is ${nulls:-nothing}"
	is "$(jq '.pools[0].allocations' "$work/report")" 20 "without $programs: it counts"
	is "$(grep -c '^bioscope: not seen: ' "$work/err")" "$(wc -w <<<"$unseen")" \
		"without $programs: and on standard error"
}

# Programs that only see something beside the count: what is lost with them, and what is of no use then.
details() {
	local punts=punt_enter,punt_enter_kprobe,punt_locks rescues=rescue_start,rescue_start_tp
	local ends=rescue_end,rescue_end_tp exits=alloc_exit,alloc_exit_kprobe

	without "$exits" "${exits/,/ }" 'allocation,way cache,way failed'
	is "$(jq '.pools[0].ways.unknown' "$work/report")" 0 'calls that may wait have not failed'
	without "$punts" "${punts//,/ }" 'punted_bios,punts,rescuer_wakeup' --lean
	without "$rescues" "${rescues/,/ }" \
		'rescuer_run,rescuer_runs,rescuer_wakeup,workqueue_rescuer_runs' --lean
	without "$ends" "${ends/,/ }" rescuer_run --lean
	without reserve_locked reserve_locked 'holders,lowest,unknown_holders,way reserve' --lean
	without wait_begin wait_begin 'stalled,wait,waiters,waiting,waiting_longest_s,way wait' --lean
	without wait_end 'wait_end wait_begin' \
		'stalled,wait,waiters,waiting,waiting_longest_s,way wait' --lean
	without reserve_enter 'wait_end wait_begin reserve_locked reserve_enter' \
		'holders,lowest,stalled,unknown_holders,wait,waiters,waiting,waiting_longest_s,way reserve,way wait' --lean
	without life_end 'life_end life_begin' lifetime
	without layer_done 'layer_done layer_chained layer_split layer_remapped layer_queued' disks
}

# What another program does for is not missed.
stand_ins() {
	local counts

	for counts in alloc_count alloc_count,alloc_enter; do
		unless_lost eval 'bioscope stat --json -d stackb0 -p bs --without "$counts" -- "${job[@]}" \
			>"$work/report" 2>"$work/err"'
		is "$status $(cat "$work/err")" '0 ' "without $counts: stat has nothing to say of it"
		is "$(jq -s 'map(.pools[0].allocations) | add' "$work/report")" 20 "without $counts: it counts"
	done
	# By kprobes all failures are seen from the start.
	bioscope stat --exact --json -d stackb0 -p bs --without alloc_exit -- "${job[@]}" >"$work/report" 2>"$work/err"
	is "$? $(cat "$work/err")" '0 ' 'without alloc_exit: stat --exact has nothing to say of it'
	is "$(jq -sc 'map(.pools[0].ways | .failed, has("unknown")) | unique' "$work/report")" '[false,0]' \
		'without alloc_exit: stat --exact knows that none has failed'
	bioscope stat --without alloc_count,alloc_enter,alloc_enter_kprobe -t 1 >"$work/out" 2>"$work/err"
	is $? 3 'without any program that counts: status 3'
	holds 'and it is said' grep -q 'allocations cannot be counted' "$work/err"
	bioscope stat --without nosuch -t 1 2>"$work/err"
	is $? 2 'a program that there is not: status 2'
	holds 'and its name' grep -q '"nosuch"' "$work/err"
}

# types_without FIELD: types of this kernel in which no structure has a member of that name.
types_without() {
	python3 - "$1" "$work/types" <<'END'
import sys

field, to = sys.argv[1].encode(), sys.argv[2]
types = open("/sys/kernel/btf/vmlinux", "rb").read()
assert types.count(b"\0" + field + b"\0") == 1
open(to, "wb").write(types.replace(b"\0" + field + b"\0", b"\0" + b"x" * len(field) + b"\0"))
END
}

# With types that are not this kernel's, the verifier finds that a program reads what is not there.
refused() {
	types_without __bi_cnt
	unless_lost eval '"${latency[@]}" --btf "$work/types" -- "${job[@]}" >"$work/report" 2>"$work/err"'
	is "$status" 0 'a program is refused: it ends well'
	is "$(jq -r '.unseen[] | "\(.program) \(.state)"' "$work/report" | xargs)" \
		'life_end refused life_begin missing' 'a program is refused: that is said'
	holds 'a program is refused: and why' json "$work/report" '.unseen[0].reason | length > 0'
	is "$(nulls "$work/report")" lifetime 'a program is refused: null is lifetime'
	is "$(jq '.pools[0].allocations' "$work/report")" 20 'a program is refused: it counts'
	bioscope doctor --btf "$work/types" >"$work/doctor"
	is $? 0 'a program is refused: doctor finds that tracing is possible'
	holds 'a program is refused: and which' grep -Eq '^-- +life_end +refused ' "$work/doctor"
	types_without bio_list
	bioscope stat --btf "$work/types" -t 1 >"$work/out" 2>"$work/err"
	is $? 3 'all that count are refused: status 3'
	holds 'all that count are refused: which, and why' \
		grep -Eq 'cannot be counted: alloc_enter_kprobe is refused: .*bio_list' "$work/err"
}

load
device pool_size=2 rescuer=1 percpu_cache=1
"${latency[@]}" -- "${job[@]}" >"$work/report"
is "$(nulls "$work/report")" '' 'with all that there is nothing is null'
is "$(jq -c .unseen "$work/report")" '[]' 'and nothing is missed'
details
stand_ins
refused
plan_done
