#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Who waits, and whether that is a stall: a pool that serves slowly is none, one to which nothing comes back is,
# and thousands who wait are told one by one, without a pass over the kernel's symbols for each.
# tier: full
# budget: 150
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# The disk takes 200 ms for each of the two bios that there are, a hundred tasks want one: who is unlucky
# waits for more than the 5 s that it sleeps at a time, and is woken all the while.
slow() {
	device lower=/dev/nullb1 pool_size=2
	bioscope pressure --json -d stackb0 -p bs -t 25 -- fio --name=t --filename=/dev/stackb0 --rw=randread \
		--bs=4k --direct=1 --numjobs=100 --thread --time_based --runtime=600 --output=/dev/null \
		>"$work/report" 2>"$work/err"
	note "$(jq -c '.pools[0] | {ways, waiting, waiting_longest_s, stalled}' "$work/report")"
	holds 'slow: tasks wait for longer than they sleep at a time' \
		json "$work/report" '.pools[0] | .waiting > 10 and .waiting_longest_s > 5'
	holds 'slow: who does so has slept several times' json "$work/report" \
		'[.waiters[] | select(.waited_s > 5)] | length > 0 and all(.[]; .sleeps > 1 and .stuck_s < 5)'
	holds 'slow: that is no stall' json "$work/report" \
		'(.pools[0].stalled | not) and all(.waiters[]; .stalled | not)'
	is "$(grep -c STALL "$work/err")" 0 'slow: and none was told of'
}

# Both bios are at a disk that does nothing: all others sleep for one, in the same place.
many() {
	local readers=$1 sectors

	no_device
	sectors=$(blockdev --getsz /dev/nullb0)
	dmsetup create lower --table "0 $sectors linear /dev/nullb0 0"
	device lower=/dev/mapper/lower pool_size=2
	dmsetup suspend --nolockfs lower
	bioscope pressure --json -d stackb0 -p bs -t 40 -- bash -c 'python3 "$0" /dev/stackb0 "$1" & wait' \
		"$(dirname "$0")/readers.py" "$readers" >"$work/report" 2>"$work/err"
	dmsetup resume lower
	pkill -KILL -f readers.py
	wait_until 60 eval '! pgrep -f readers.py >/dev/null'
	is "$(jq '.pools[0].waiting' "$work/report")" $((readers - 2)) 'many: all wait but the two who got one'
	is "$(jq '.waiters | length' "$work/report")" $((readers - 2)) 'many: each is told'
	is "$(jq '[.waiters[].tid] | unique | length' "$work/report")" $((readers - 2)) 'many: and only once'
	holds 'many: all are stalled, and have slept again' \
		json "$work/report" '.pools[0].stalled and all(.waiters[]; .stalled and .stuck_s >= 5 and .sleeps > 1)'
	holds 'many: with where they sleep, and who they are' json "$work/report" \
		'all(.waiters[]; .comm == "python3" and (.stack | any(test("mempool_alloc"))))'
	holds 'many: the two have their bios at the disk below' json "$work/report" \
		'.holders | length == 2 and all(.[]; .comm == "python3" and .state == "submitted")'
	is "$(jq '[.waiters[].pid, .holders[].pid] | unique | length' "$work/report")" 1 \
		'many: all are threads of one process'
}

load
null_disk nullb1 irqmode=2 completion_nsec=200000000
slow
many 500
plan_done
