#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Whoever holds what everybody waits for is named: one of each kind is planted.
# tier: full
# budget: 340
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verify.sh"

# planted KNOB...: of the bio_set of a device that has these.
planted() {
	new_device "$@"
	verify --single -p "${pool:-bs}" --junit "$work/junit" stackb0
}

# circle HELD-AS FUNCTION TASK POOL: the first that stalls is a circle of that alone.
circle() {
	holds "$1: a circle of who waits for the pool in it, each with an element of it" stalled \
		".circle.end == \"closed\" and (.circle.links | length > 0 and
			all(.held_as == \"$1\" and .waits_for == \"$4\" and (.comm | startswith(\"$3\"))) and
			all(.stack | index(\"mempool_alloc_noprof\") or index(\"mempool_alloc\")) and
			all(.taken_by.stack | index(\"$2\")))"
	holds "$1: who has taken it is who waits next" next_has_it
	holds "$1: and goes on when the pressure is lifted" recovers
}

# Each job holds a bio that it has not submitted, and waits for the next: two elements, four jobs.
unsubmitted() {
	planted scenario=B4
	is "$status $(verdicts)" '1 stackb0 bs: STALL' 'who holds several unsubmitted stalls'
	circle unsubmitted stack_blk_clone_alloc verify- 'stackb0 bs'
	holds 'JUnit has it' grep -F '<failure message="STALL" type="STALL">' "$work/junit"
	holds 'well-formed' python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$work/junit"
}

# They are submitted, below submit_bio(), and wait on the list of who waits for the next.
parked() {
	planted scenario=B5-no-rescuer
	is "$status $(verdicts)" '1 stackb0 bs: STALL' 'who has several on its list stalls'
	circle parked stack_blk_clone_alloc verify- 'stackb0 bs'
	planted scenario=B5
	is "$status $(verdicts)" '0 stackb0 bs: PROGRESS' 'but not where there is a rescuer'
}

# No job waits itself: a worker does, for them.
worker() {
	planted scenario=B4 defer=workqueue
	is "$status $(verdicts)" '1 stackb0 bs: STALL' 'a worker that holds several unsubmitted stalls'
	circle unsubmitted stack_blk_clone_alloc kworker 'stackb0 bs'
}

# Not the bio_set's element, but that of another mempool.
took() {
	local pool=state_pool

	planted scenario=B6 kmalloc_fail_nth=0
	is "$status $(verdicts)" '1 stackb0 state_pool: STALL' 'who takes another from a mempool stalls'
	circle took stack_blk_clone_alloc verify- 'stackb0 state_pool'
}

# Four read, two of which have the elements, from a device below which another is suspended before, but not in the
# run without pressure.
suspended_reads() {
	! held || dmsetup suspend slow
	for _ in 1 2 3 4; do
		dd if=/dev/stackb0 of=/dev/null bs=64k count=8 iflag=direct &
	done
	wait
}

# The pressure has been lifted, and only then can all end.
resumed() { wait_until 300 held && wait_until 300 eval '! held' && dmsetup resume slow; }

# The elements are in bios that a suspended device has: nothing of that is the pool's fault. It is resumed when
# the pressure has been lifted, or else not all would end.
disk() {
	no_device
	dmsetup create slow --table '0 131072 linear /dev/nullb0 0'
	new_device lower=/dev/mapper/slow
	background resumed
	export -f held suspended_reads
	verify --single -p bs stackb0 -- bash -c suspended_reads
	is "$status $(verdicts 'stackb0 bs')" "$(beside_command 1) stackb0 bs: BLOCKED" \
		'a device that is suspended is not the fault of the pool'
	holds 'it is told who has the elements' json "$work/report" '.trials[] | select(.pools[0].name == "stackb0 bs") |
		.recovered and .waiting == 2 and .circle.end == "disk" and .circle.links[0].taken_by.comm == "dd"'
	dmsetup suspend slow
	verify --single -p bs stackb0
	is $status 1 'one that is suspended before is not tested'
	holds 'and that is said' grep -F 'stackb0 is stuck without any pressure' "$work/err"
	dmsetup resume slow
	no_device
	dmsetup remove slow
}

# Four read, two of which have the elements: their clones are done by the device below, and not freed by stack_blk.
lost_reads() {
	! held || echo 100 >$config/t/lose_inject/probability
	for _ in 1 2 3 4; do
		dd if=/dev/stackb0 of=/dev/null bs=64k count=8 iflag=direct &
	done
	wait
}

released() { wait_until 300 held && wait_until 300 eval '! held' && echo 2 >$config/t/lose_inject/release; }

completed() {
	new_device lose_inject/times=2
	background released
	export -f held lost_reads
	export config
	verify --single -p bs stackb0 -- bash -c lost_reads
	is "$status $(verdicts 'stackb0 bs')" "$(beside_command 1) stackb0 bs: STALL" \
		'who does not free what is completed stalls'
	holds 'it is told who has taken what is completed' json "$work/report" \
		'.trials[] | select(.pools[0].name == "stackb0 bs") |
		.recovered and .waiting == 2 and .circle.end == "completed" and .circle.links[0].taken_by.comm == "dd"'
}

# One keeps both elements, and waits for its child, which waits for a third. They are of no disk.
keeps_all() {
	local break=/sys/module/rule_breaker/parameters/break

	dd if=/dev/nullb1 of=/dev/null bs=64k count=8 iflag=direct
	echo 'keep 2' >$break
	! held || bash -c "echo 'keep 1' >$break"
	echo 'free 1' >$break
}

task() {
	null_disk nullb1 memory_backed=1 size=64
	insmod "$(test_module rule_breaker)"
	export -f keeps_all
	verify --single nullb1 -- bash -c keeps_all
	is "$status $(verdicts set)" "$(beside_command 1) set: STALL" 'who keeps all there is stalls the next one'
	holds 'it is told who has taken it, and that this one waits for no pool' stalled \
		'.recovered and .waiting == 1 and .circle.end == "task" and (.circle.links | length == 1 and
			all(.comm == .taken_by.comm and .tid != .taken_by.tid and
			(.taken_by.stack | index("rule_breaker_break"))))'
	rmmod rule_breaker
}

load memory_backed=1 size=64 max_sectors=512
for part in unsubmitted parked worker took disk completed task; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
plan_done

