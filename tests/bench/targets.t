#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What stack_blk.bench finds meets its targets, on the newest kernel: its figures are instructions, so how
# fast or busy the machine is does not matter. (tracer.bench takes too long for a test, see `make bench`.)
. "$(dirname "$0")/../setup/lib.sh"
. "$top/tests/tap.sh"
trap 'rm -rf "$work"' EXIT
benchmark=stack_blk
holds "$benchmark runs, and no figure is worse than tests/bench/targets has it" \
	"$top/tests/bench/run" -q -o "$work" -k "$(kernel_series | tail -n 1)" "$benchmark"
holds "$benchmark: each figure is one, and instructions of I/O are within 5 % in all rounds" \
	json "$work/$benchmark.json" '
	.schema == "bioscope.bench/3" and (.kernels | length) == 1 and
	(.kernels[0].results | length > 1 and
		all(.[]; .least > 0 and .most >= .least and
			(.unit != "instructions per I/O" or .most < .least * 1.05)))'
holds "$benchmark: something is asked of it" \
	json "$work/$benchmark.json" '[.kernels[0].results[].targets // [] | .[]] | length > 0'
judged() {
	echo "bench | 9.9 | a | value | $1" >"$work/targets"
	cat >"$work/result" <<-'END'
		{ "benchmark": "bench", "kernels": [{ "series": "9.9", "results": [{ "name": "a", "value": 100 }] }] }
	END
	"$top/tests/bench/judge" "$work/targets" "$work/result" 2>"$work/err"
	echo "$? $(jq -r '.kernels[0].results[0].targets[0].state' "$work/result")"
}
is "$(judged '100 | 100')" '0 met' 'judge: a figure that is met'
is "$(judged '120 | 95')" '1 worse' 'judge: one that is more than 5 % worse than recorded, though met'
is "$(judged '120 | 96')" '0 met' 'judge: one that is less than that'
is "$(judged '99 | 100')" '1 failed' 'judge: one that is over its target'
is "$(judged '99 missed | 100')" '0 missed' 'judge: one of which that is known'
is "$(judged '- | 96')" '0 met' 'judge: one that has a record only'
is "$(judged '- | 95')" '1 worse' 'judge: one that has a record only, and is worse'
is "$(judged '99 missed | 90')" '1 worse' 'judge: one of which that is known, and worse'
is "$(judged '120 | -') $(judged '99 | -')" '0 met 1 failed' 'judge: one that has no record'
sed -i 's/^bench/another/' "$work/targets"
! "$top/tests/bench/judge" "$work/targets" "$work/result" 2>"$work/err"
ok $? 'judge: a benchmark of which nothing is asked'
plan_done
