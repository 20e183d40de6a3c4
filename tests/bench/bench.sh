# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by benchmarks: what an I/O takes. Guest time is guest instructions: 1 s is a billion of them.

# measure NAME PATH [FIO-OPTION...]: reads from it, one line of JSON in $work/results.
measure() {
	local name=$1 path=$2

	shift 2
	fio --name=bench --filename="$path" --rw=randread --norandommap --bs=4k --size=256m \
		--ioengine=io_uring --iodepth=32 --direct=1 --time_based \
		--ramp_time="${BENCH_RAMP:-500ms}" --runtime="${BENCH_TIME:-1s}" --output="$work/fio" --output-format=json "$@" || return 1
	jq --arg name "$name" '.jobs[0] | if .error != 0 then error("fio failed") else
		{ name: $name, value: (.read.runtime * 1e6 / .read.total_ios | round) } end' \
		"$work/fio" >>"$work/results"
}

# rounds COMMAND: the first time that a thing is used costs more, and slabs that others have used: hence several.
rounds() {
	local n

	for ((n = 0; n < ${BENCH_ROUNDS:-3}; n++)); do
		"$1"
	done
}

# medians NAME: of all rounds, and what is added to that of this name.
medians() {
	jq -s --arg kernel "$(uname -r)" --arg base "$1" 'map(.name) as $names | group_by(.name) |
		map({ key: .[0].name, value: (map(.value) | sort) }) | from_entries |
		map_values({ median: .[length / 2 | floor], least: .[0], most: .[-1] }) as $all |
		{ kernel: $kernel, results: [
			reduce $names[] as $n ([]; if index([$n]) then . else . + [$n] end) | .[] |
			{ name: ., unit: "instructions per I/O", value: $all[.].median, least: $all[.].least,
			  most: $all[.].most, added: ($all[.].median - $all[$base].median) }] }' "$work/results"
}
