#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Violations of the contract, without any pressure: each that is planted is found, with how often, how bad, and where
# from, and nothing is found in what keeps it.
# tier: main
# budget: 110
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rules.sh"

# A disk for each; kmalloc_fail_nth would stall some.
scenarios=(B1 B4 B5 B5-no-rescuer B5-worker B6 B8)
knobs=(pool_size=64 pool_size=4)

# Twenty reads of four pieces each, from all disks, one after the other; so that disks have the numbers of rows.
reads() {
	local disk

	for disk in /dev/stackb?; do
		fio --name=t --filename="$disk" --size=1m --rw=randread --bs=16k --direct=1 --ioengine=libaio \
			--number_ios=20 --output=/dev/null || return 1
	done
}
export -f reads

# make_disks: stackb0 and so on, in the order of the scenarios and knobs.
make_disks() {
	local n=0 scenario knob

	for scenario in "${scenarios[@]}"; do
		null_disk nullb$n
		bioscope stack create "s$n" /dev/nullb$n "scenario=$scenario" kmalloc_fail_nth=0 || return 1
		n=$((n + 1))
	done
	for knob in "${knobs[@]}"; do
		null_disk nullb$n
		bioscope stack create "s$n" /dev/nullb$n chunk_kb=4 submit_order=batch "$knob" || return 1
		n=$((n + 1))
	done
	udevadm settle
}

acted_out() {
	local clone=stack_blk_clone_alloc

	checked -- bash -c reads
	is "$status" "$(beside_command 1)" 'there are findings'
	is "$(found)" "unsubmitted, not covered, stackb1 bs, 60 times, 4 at once, stranded, by $clone
unsubmitted, not covered, stackb3 bs, 60 times, 4 at once, by $clone
unsubmitted, not covered, stackb8 bs, 60 times, 4 at once, by $clone
mempool, not covered, stackb5 state_pool, 60 times, 4 at once, by $clone
unsubmitted, saved by the rescuer, stackb2 bs, 60 times, 4 at once, by $clone
unsubmitted, saved by the rescuer, stackb5 bs, 60 times, 4 at once, by $clone
unsubmitted, covered, stackb7 bs, 60 times, 4 at once, by $clone" 'each scenario has what it acts out, and nothing else'
	is "$(jq -c '[.findings[].covers_tasks]' "$work/report")" '[null,null,null,null,null,null,21]' \
		'for how many tasks a reserve is large enough'
	is "$(jq -c '.findings[1] | [.task.comm, .device, .first_site, .site_module, .reserve, .rescuer]' "$work/report")" \
		'["fio","nullb3","stack_blk_clone_alloc","stack_blk",2,false]' 'who, for which disk, where from'
	holds 'both stacks lead to the driver' json "$work/report" \
		'.findings[1] | all(.stack, .first_stack; index("stack_blk_process") and index("bpf_prog") == null)'
}

# Without a COMMAND, until it is told to end; of one pool.
live() {
	bioscope check -d stackb3 -p bs >"$work/text" 2>"$work/live" &
	job=$!
	holds 'a finding is told as soon as it is seen' wait_until 120 live_news
	kill -INT $job
	wait $job
	is $? 1 'without COMMAND the status is 1'
	is "$(grep -c '^NOT COVERED' "$work/text") $(grep -c '^ *stack_blk_process' "$work/text")" '1 2' \
		'the text has both stacks'
	is "$(tail -n 1 "$work/text")" '1 finding: 1 not covered' 'and sums up'
	refuses 2 'no pool is of device "none"' bioscope check -d none
}

live_news() { reads && grep -q '^bioscope: not covered: stackb3 bs: .*(stack_blk_clone_alloc)$' "$work/live"; }

# What is known is left out, and the other forms of the report.
forms() {
	printf '# known\nunsubmitted "stackb* bs" stack_blk_next\nleak * *\n' >"$work/known"
	checked --suppress "$work/known" --junit "$work/junit" -- bash -c 'reads; exit 7'
	is "$status" 7 'the status of COMMAND goes before ours'
	is "$(jq -c '[.suppressed, ([.findings[].suppressed_by] | unique)]' "$work/report")" '[6,[null,2]]' \
		'what is known is no finding'
	is "$(found)" 'mempool, not covered, stackb5 state_pool, 60 times, 4 at once, by stack_blk_clone_alloc' \
		'what is not still is'
	holds 'a line that was of no use is told' grep -q 'line 3' "$work/err"
	is "$(junit_counts "$work/junit")" 'tests 10 failures 1 skipped 6' 'JUnit has it as a failure, and what is known as skipped'
	printf 'unsubmitted stackb0\n' >"$work/known"
	refuses 112 'line 1' bioscope check --suppress "$work/known" -- true
	refuses 2 'cannot read' bioscope check --suppress "$work/none"
	refuses 2 'cannot write' bioscope check --junit "$work/none/junit"
}

# What no driver at hand does. What is kept at the end is not old enough.
others() {
	local rule=rule_breaker

	insmod "$(test_module $rule)"
	breaks=/sys/module/$rule/parameters/break
	checked -- sh -c "echo rescuer 5 >$breaks; echo wait 3 >$breaks
		echo keep 2 >$breaks; echo leave 1 >$breaks; echo free 1 >$breaks; echo keep 3 >$breaks"
	is "$(found)" "rescuer, not covered, set, 5 times, 1 at once, by rule_breaker_rescue
leak, not covered, set, 2 times, 1 at once, from rule_breaker_keep
wait, not covered, -, 3 times, 0 at once, by rule_breaker_wait" \
		'an allocation in the own rescue work, a wait with bios on the own list, bios that are left'
	is "$(jq -r '.findings[2].first_site' "$work/report")" rule_breaker_wait 'and where what was waited for is from'
	echo free 1 >"$breaks"
	checked --age 1ms -- sh -c "echo keep 3 >$breaks; sleep 0.1"
	is "$(found)" "leak, not covered, set, 3 times, 1 at once, from rule_breaker_keep" \
		'bios that are neither submitted nor freed'
	rmmod $rule
}

need_modules
modprobe stack_blk
make_disks
acted_out
live
forms
bioscope stack remove --all
undo_devices
others
plan_done
