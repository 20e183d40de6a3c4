#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The commands of bioscope-bpftool(7) do what is said there, all of them; and stat --pinned reads what is pinned.
# tier: main
# budget: 90
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
maps=/sys/fs/bpf/bioscope/maps

# example NUMBER: the commands of this one of the page go to the array command, one each.
example() {
	mapfile -t command < <(awk -v RS='```\n' -v n="$1" 'NR == 2 * n { printf "%s", $0 }' \
		"$(dirname "$0")/../../man/bioscope-bpftool.7.scd" | sed 's/ *#.*//')
	next=0
}

# runs WORDS: the next command, which has these words, and ends well; what it prints is in $work/report.
runs() {
	local this=${command[next++]}

	[[ $this == *"$1"* ]] && (cd "$work" && eval "$this") >"$work/report" 2>"$work/err"
	ok $? "the page: $this"
	sed 's/^/# /' "$work/err" | tail -n 5
}

# is_over: no command of the example is left.
is_over() { is $next ${#command[@]} "$1: these are all commands"; }

pinned() {
	local slot before

	example 1
	runs 'bioscope pin'
	runs maps/pools
	holds 'pin: JSON says who the slots are' json "$work/report" \
		'[.[] | select(.value.disk == "stackb0")] | length > 0 and all(.[]; .value.reserve > 0)'
	is "$(jq -c '[.[].value | select(.disk == "stackb0" and .front_pad == 0).kind] | unique' "$work/report")" \
		'["RECORD_POOL_BIO_SPLIT"]' 'pin: and by name of what kind'
	slot=$(jq '[.[] | select(.value.disk == "stackb0" and .value.front_pad > 0)][0].key' "$work/report")
	before=$(counter clones_allocated)
	dd if=/dev/stackb0 of=/dev/null bs=4k count=9 iflag=direct status=none
	runs maps/calls
	is "$(jq -c "[length, ([.[].value.calls[$slot]] | add)]" "$work/report")" \
		"[$(nproc --all),$(($(counter clones_allocated) - before))]" 'pin: JSON says how many were counted, by each processor'
	runs maps/counts
	holds 'pin: and what is rare' json "$work/report" \
		'length > 1000 and all(.[]; .value.failed == 0 and .value.wait == 0)'
	runs maps/lost
	holds 'pin: and what is lost, by name' json "$work/report" 'length == 1 and .[0].value.allocations == 0'
	runs 'link show'
	measured "$(bpftool prog show name alloc_enter --json | jq '.. | .id? // empty')"
	read_by_stat
	lost_to_stat
	ends_with_pin runs 'bioscope unpin'
	is_over pin
}

# measured ID: of the program it is told what it costs.
measured() {
	holds 'pin: a link says whose it is, and where' eval "grep -A 4 -w 'prog $1' $work/report |
		grep -w 'pinned /sys/fs/bpf/bioscope/links/alloc_enter'"
	runs stats_enabled=1
	runs 'stat --pinned'
	holds 'pin: rates are told' grep '^POOL ' "$work/report"
	dd if=/dev/stackb0 of=/dev/null bs=4k count=9 iflag=direct status=none
	runs 'prog show name alloc_enter'
	holds 'pin: how often a program ran is told' grep -E "^$1: tracing .* run_time_ns [1-9][0-9]* run_cnt [1-9]" "$work/report"
	runs stats_enabled=0
}

# What is attached, whosever it is.
links() { bpftool link show --json | jq -c '[.[].id] | sort'; }

# missed NAME: how often the kernel has left out the programs whose names begin so.
missed() {
	bpftool prog show --json | jq --arg name "$1" '[.[] | select(.name | startswith($name)) | .recursion_misses // 0] | add'
}

# Of four reads at a time two find nothing in the reserve until the disk is done, a fifth of a second later.
starved() {
	begin_report stat --pinned --json -i 500ms
	attached=$(links)
	allocated=$(counter clones_allocated) failed=$(counter clones_failed)
	press 1000000
	quick_fio --iodepth=4 --number_ios=8 --continue_on_error=all 2>/dev/null
	lift
	end_report
}

# The device is made anew: its pools were not there when the tracer was pinned.
read_by_stat() {
	local before

	with_bs device lower=/dev/nullb1 pool_size=2 gfp=nowait
	before=$(links)
	unless_lost starved
	is "$attached" "$before" 'stat --pinned attaches nothing'
	failed=$(($(counter clones_failed) - failed))
	allocated=$(($(counter clones_allocated) - allocated + failed))
	is "$(jq -s -c '[.[].pools[] | select(.name == "stackb0 bs")] | [(map(.allocations) | add), (map(.ways.failed) | add)]' \
		"$work/report")" "[$allocated,$failed]" 'stat --pinned: allocations and failures are those of stack_blk'
	[ $failed -gt 0 ]
	ok $? 'stat --pinned: there were some'
	holds 'stat --pinned: what is not measured is null' json "$work/report" \
		'.pools | length > 0 and all(.[]; .ways.cache == null and .allocation == null and .lifetime == null)'
}

# lose NUMBER: so many allocations, says the map of losses from now on.
lose() {
	local bytes

	mapfile -t bytes < <(bpftool map dump pinned $maps/lost | jq --argjson n "$1" '.[0].value | .allocations = $n |
		.[] | range(8) as $i | (. / pow(256; $i) | floor) % 256')
	bpftool map update pinned $maps/lost key 0 0 0 0 value "${bytes[@]}"
}

# busy_reads: by four tasks, which preempt each other in programs where the kernel allows that.
busy_reads() { quick_fio --numjobs=4 --number_ios=300; }

lost_to_stat() {
	local before began over told

	device lower=/dev/nullb0 pool_size=64 gfp=noio
	busy_reads
	lose 3
	before=$(missed alloc_enter)
	begin_report stat --pinned --json
	began=$(missed alloc_enter)
	busy_reads
	lose 5
	over=$(missed alloc_enter)
	end_report
	is $? "$(beside_command 4)" 'stat --pinned: that something was lost ends it with that'
	note "the kernel had left out $before allocations when it began"
	told=$(($(missing .allocations "$work/report") - 2))
	holds "stat --pinned: what was lost before is not told, and what is lost since then is: $told" \
		eval "[ $told -ge $((over - began)) ] && [ $told -le $(($(missed alloc_enter) - before)) ]"
}

# ends_with_pin COMMAND...: which unpins.
ends_with_pin() {
	rm /sys/fs/bpf/bioscope/links/rescue_start
	bioscope stat --pinned --json -i 100ms >"$work/reader" 2>"$work/said" &
	reporter=$!
	pids+=("$reporter")
	wait_until 300 grep -q rescuer_runs "$work/reader"
	rm $maps/counts
	refuses 1 "there is no $maps/counts" bioscope stat --pinned
	bpftool map create $maps/counts type array key 4 value 128 entries 1024 name counts flags 0x400
	refuses 1 "in $maps/counts is not what this version" bioscope stat --pinned
	refuses 2 'are of what is to be attached' bioscope stat --pinned --exact
	kill -0 $reporter
	ok $? 'stat --pinned: one that reads goes on'
	"$@"
	wait $reporter
	is $? 1 'stat --pinned: until nothing is pinned'
	holds 'stat --pinned: what is not attached is null' \
		jq -e -s 'length > 0 and all(.[].pools[]; .rescuer_runs == null and .punts != null)' "$work/reader"
	holds 'and said' grep -F '(rescue_start is missing: not pinned)' "$work/said"
	holds 'which it says' grep -F 'what was pinned is not there any more' "$work/said"
	refuses 1 'nothing is pinned' bioscope stat --pinned
}

# The entries of the bio_set that has two elements and something before its bios: stackb0's.
entries() { jq -c '[.[].value | select(.reserve == 2 and .front_pad > 0)]' "$work/report"; }

# runs_again WORDS: the command of the example that has them.
runs_again() {
	for ((next = 0; next < ${#command[@]}; next++)); do
		[[ ${command[next]} == *"$1"* ]] && runs "$1" && return
	done
}

# counted WHAT: allocations and failures are what stack_blk says.
counted() {
	runs_again bioset_counts
	is "$(entries | jq -c 'map([.allocations, .failures])')" \
		"[[$(counter clones_allocated),$(counter clones_failed)]]" "$1"
}

# job COMMAND...: fails with 4 if a program was left out meanwhile.
job() {
	local before

	before=$(missed count_)
	"$@"
	[ "$(missed count_)" = "$before" ] || return 4
}

given() {
	with_bs device pool_size=2
	quick_fio
}

# Of four at a time two find nothing in the reserve until the disk is done, a fifth of a second later.
given_or_not() {
	with_bs device lower=/dev/nullb1 gfp=nowait
	press 1000000
	quick_fio --iodepth=4 --number_ios=50 --continue_on_error=all 2>/dev/null
	lift
}

no_program() { ! bpftool prog show | grep -w 'name count_[a-z]*'; }

counts() {
	example 2
	runs loadall
	is "$(bpftool link show --json | jq -c '[.[].prog_id] | unique | length')" 2 \
		'count.o: both of its programs are attached'
	unless_lost job given
	counted 'count.o: allocations are equal to those of stack_blk'
	is "$(entries | jq -r '.[].name')" "$bs" 'count.o: it has its address in hex for a name'
	dd if=/dev/zero of=/dev/nullb0 bs=4k count=1 status=none # by the page cache
	runs_again bioset_counts
	holds 'count.o: a bio_set that is a variable has its name' \
		json "$work/report" 'any(.[]; .value.name == "fs_bio_set" and .value.allocations > 0)'
	unless_lost job given_or_not
	counted 'count.o: refused allocations are equal to those of stack_blk'
	[ "$(counter clones_failed)" -gt 0 ]
	ok $? 'count.o: there were some'
	no_device
	runs_again bioset_counts
	is "$(entries)" '[]' 'count.o: a bio_set that is gone is not listed'
	runs bioset_lost
	is "$(jq -c '[.[].value.allocations]' "$work/report")" '[0]' 'count.o: nothing was lost'
	runs 'prog show name count_alloc'
	holds 'count.o: its program is told of' grep -wE '^[0-9]+: tracing +name count_alloc' "$work/report"
	runs 'rm -r'
	is_over count.o
	is "$(ls /sys/fs/bpf)" '' 'count.o: bpffs is empty'
	wait_until 300 no_program
	ok $? 'count.o: and its programs are gone'
	example 3
	runs 'gen skeleton'
	is_over skeleton
	holds 'count.o: a skeleton has its maps' grep -w bioset_counts "$work/count.skel.h"
}

load
null_disk nullb1 completion_nsec=200000000
device
pinned
no_device
counts
example 4
is ${#command[@]} 0 'these are all examples'
plan_done
