#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What stack_blk.bench finds meets its targets, on the newest kernel: its figures are instructions, so how
# fast or busy the machine is does not matter. (tracer.bench takes too long for a test, see `make bench`.)
. "$(dirname "$0")/../setup/lib.sh"
. "$top/tests/tap.sh"
trap 'rm -rf "$work"' EXIT
benchmark=stack_blk
holds "$benchmark runs" "$top/tests/bench/run" -q -o "$work" -k "$(kernel_series | tail -n 1)" "$benchmark"
holds "$benchmark: each figure is one, and instructions of I/O are within 5 % in all rounds" \
	json "$work/$benchmark.json" '
	.schema == "bioscope.bench/2" and (.kernels | length) == 1 and
	(.kernels[0].results | length > 1 and
		all(.[]; .least > 0 and .most >= .least and
			(.unit != "instructions per I/O" or .most < .least * 1.05)))'
while IFS=$'\t' read -r name value what at_most; do
	holds "$name: $value $what, at most $at_most" jq -en "$value <= $at_most"
done < <(jq -r '.kernels[].results[] | .name as $name | .targets // [] | .[] |
	[$name, .value, .what, .at_most] | @tsv' "$work/$benchmark.json")
plan_done
