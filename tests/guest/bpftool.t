#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What README says of bpftool: its commands do what is said there.
# tier: main
# budget: 65
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# example WORDS: the commands of README's example with these words go to the array command, one each.
example() {
	mapfile -t command < <(awk -v RS= -v words="$1" '/^    / && index($0, words)' \
		"$(dirname "$0")/../../README.md" | sed 's/^ *//; s/ *#.*//; s/^sudo //')
}

# runs NUMBER: that command, which ends well; what it prints is in $work/report.
runs() {
	eval "${command[$1]}" >"$work/report" 2>"$work/err"
	ok $? "README: ${command[$1]}"
	sed 's/^/# /' "$work/err" | tail -n 5
}

pinned() {
	local slot before

	example /sys/fs/bpf/bioscope/maps
	is ${#command[@]} 5 'pin: the example is five commands'
	runs 0
	runs 1
	holds 'pin: JSON says who the slots are' json "$work/report" \
		'[.[] | select(.value.disk == "stackb0")] | length > 0 and all(.[]; .value.reserve > 0)'
	slot=$(jq '[.[] | select(.value.disk == "stackb0" and .value.front_pad > 0)][0].key' "$work/report")
	before=$(counter clones_allocated)
	dd if=/dev/stackb0 of=/dev/null bs=4k count=9 iflag=direct status=none
	runs 2
	is "$(jq -c "[length, ([.[].value.calls[$slot]] | add)]" "$work/report")" \
		"[$(nproc --all),$(($(counter clones_allocated) - before))]" 'pin: JSON says how many were counted, by each processor'
	runs 3
	holds 'pin: and what is rare' json "$work/report" 'length > 1000 and all(.[]; .value.way[4] == 0)'
	runs 4
}

# The entries of the bio_set that has two elements and something before its bios: stackb0's.
entries() { jq -c '[.[].value | select(.reserve == 2 and .front_pad > 0)]' "$work/report"; }

# counted WHAT: allocations and failures are what stack_blk says.
counted() {
	runs 1
	is "$(entries | jq -c 'map([.allocations, .failures])')" \
		"[[$(counter clones_allocated),$(counter clones_failed)]]" "$1"
}

# missed: how often the kernel has left out one of count.o's programs.
missed() {
	bpftool prog show --json | jq '[.[] | select(.name | startswith("count_")) | .recursion_misses // 0] | add'
}

# job COMMAND...: fails with 4 if a program was left out meanwhile.
job() {
	local before

	before=$(missed)
	"$@"
	[ "$(missed)" = "$before" ] || return 4
}

given() {
	with_bs device pool_size=2
	quick_fio
}

# Of four at a time two find nothing in the reserve until the disk is done, half a second later.
given_or_not() {
	with_bs device lower=/dev/nullb1 gfp=nowait
	press 1000000
	quick_fio --iodepth=4 --number_ios=50 --continue_on_error=all 2>/dev/null
	lift
}

no_program() { ! bpftool prog show | grep -w 'name count_[a-z]*'; }

counts() {
	example count.o
	is ${#command[@]} 4 'count.o: the example is four commands'
	runs 0
	is "$(bpftool link show --json | jq -c '[.[].prog_id] | unique | length')" 2 \
		'count.o: both of its programs are attached'
	unless_lost job given
	counted 'count.o: allocations are equal to those of stack_blk'
	is "$(entries | jq -r '.[].name')" "$bs" 'count.o: it has its address in hex for a name'
	dd if=/dev/zero of=/dev/nullb0 bs=4k count=1 status=none # by the page cache
	runs 1
	holds 'count.o: a bio_set that is a variable has its name' \
		json "$work/report" 'any(.[]; .value.name == "fs_bio_set" and .value.allocations > 0)'
	unless_lost job given_or_not
	counted 'count.o: refused allocations are equal to those of stack_blk'
	[ "$(counter clones_failed)" -gt 0 ]
	ok $? 'count.o: there were some'
	no_device
	runs 1
	is "$(entries)" '[]' 'count.o: a bio_set that is gone is not listed'
	runs 2
	is "$(jq -c '[.[].value.allocations]' "$work/report")" '[0]' 'count.o: nothing was lost'
	runs 3
	is "$(ls /sys/fs/bpf)" '' 'count.o: bpffs is empty'
	wait_until 300 no_program
	ok $? 'count.o: and its programs are gone'
}

load
null_disk nullb1 completion_nsec=500000000
device
pinned
no_device
counts
plan_done
