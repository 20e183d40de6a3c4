#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Who waits, and whether that is a stall: a pool that serves slowly is none, one to which nothing comes back is,
# and thousands who wait are told one by one, without a pass over the kernel's symbols for each.
# tier: full
# budget: 200
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# The disk takes 200 ms for each of the two bios that there are, a hundred tasks want one: who is unlucky
# waits for more than the 5 s that it sleeps at a time, and is woken all the while.
slow() {
	with_bs new_device lower=/dev/nullb1 pool_size=2
	press 1000000
	background fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --direct=1 --numjobs=100 --thread \
		--time_based --runtime=3000 --output=/dev/null
	wait_until 300 eval '[ "$(sleepers)" -gt 90 ]'
	bioscope latency --json -d stackb0 -p bs -t 25 >"$work/report"
	note "$(jq -c '.pools[0] | {ways, waiting, waiting_longest_s, stalled}' "$work/report")"
	holds 'slow: tasks wait for longer than they sleep at a time' \
		json "$work/report" '.pools[0] | .waiting > 10 and .waiting_longest_s > 5'
	holds 'slow: who does so has slept several times' json "$work/report" \
		'[.waiters[] | select(.waited_s > 5)] | length > 0 and all(.[]; .sleeps > 1 and .stuck_s < 5)'
	holds 'slow: that is no stall' json "$work/report" \
		'(.pools[0].stalled | not) and all(.waiters[]; .stalled | not)'
	drop "${pids[-1]}"
	lift
}

# Both bios are at a disk that does nothing: all others sleep for one, in the same place.
many() {
	local readers=$1

	deaf
	begin_report latency --json -d stackb0 -p bs
	deaf_readers "$readers"
	sleep 6 # which is what a stall takes
	end_report
	# Another one, for which all of them have waited since before it was there.
	bioscope latency --json -d stackb0 -p bs -t 1ms >"$work/late"
	bioscope latency --json -d stackb0 -p bs -t 11 >"$work/later"
	heard_again
	drop "${pids[-1]}"
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
	is "$(jq -c '[.waiters[].tid] | sort' "$work/late")" "$(jq -c '[.waiters[].tid] | sort' "$work/report")" \
		'before: one that begins only then knows the same'
	holds 'before: and that it does not know since when' \
		json "$work/late" '[.waiters[] | select(.before)] | length > 0 and all(.[]; .comm == "python3")'
	is "$(jq -c '[.waiters[].tid] | sort' "$work/later")" "$(jq -c '[.waiters[].tid] | sort' "$work/report")" \
		'before: it goes on with them when they sleep again'
	holds 'before: and knows then where they do, and that they are stalled' json "$work/later" \
		'all(.waiters[]; .before and .stalled and .waited_s > 10 and .sleeps > 0 and
			(.stack | any(test("mempool_alloc"))))'
	holds 'many: as many are blocked by a pool' json "$work/later" ".blocked.pool.tasks > $((readers / 2))"
	holds 'before: what took nobody knows how long is not counted' json "$work/later" \
		'.pools[0].wait.count == 0 and .pools[0].allocations == 0'
}

# The disk does one thing at a time, and each takes 5 s: one reader waits for that, the others for a tag.
below() {
	stop_udev # or it waits, too
	null_disk nullb2 irqmode=2 completion_nsec=5000000000 hw_queue_depth=1 submit_queues=1
	background python3 "$(dirname "$0")/readers.py" /dev/nullb2 4
	wait_until 60 eval 'bioscope latency --json -t 1ms >"$work/report"; json "$work/report" ".blocked.submit.tasks == 3"'
	ok $? 'below: those that wait for the driver are told'
	holds 'below: and where, and for how long' \
		json "$work/report" '.blocked.submit | .where == "blk_mq_get_tag" and .longest_s > 0 and .longest_s < 60'
	holds 'below: who waits for the disk is not among them' json "$work/report" '.blocked.io.tasks >= 1'
	holds 'below: nobody waits for a pool' json "$work/report" '.blocked.pool.tasks == 0 and .waiters == []'
	bioscope latency -t 1ms >"$work/text"
	holds 'below: in one line' grep -qE '^blocked: 0 for a pool, 3 below submit_bio\(\) \(one for .*, in blk_mq_get_tag\), [1-9]' \
		"$work/text"
	drop "${pids[-1]}"
}

# Who reads from dm-crypt when it has no bio left leaves it to a worker to wait for one, which takes one read after
# the other; there may be one on each processor.
workers() {
	local sectors reader texter

	modprobe dm-crypt
	sectors=$(blockdev --getsz /dev/nullb3)
	dmsetup create under --table "0 $sectors linear /dev/nullb3 0"
	dmsetup create crypt --table "0 $sectors crypt capi:ecb(cipher_null) - 0 /dev/mapper/under 0"
	udevadm settle
	bs=$(bioscope list --json --addresses -d /dev/mapper/crypt -p crypt.bs | jq -r '.pools[0].address')
	dmsetup suspend --nolockfs under
	press 1000000
	begin_report latency --json -d /dev/mapper/crypt
	# shellcheck disable=SC2016 # is expanded by that shell
	bioscope latency -d /dev/mapper/crypt -- sh -c 'touch "$0/too"; until [ -e "$0/counted" ]; do sleep 0.1; done' \
		"$work" >"$work/text" &
	texter=$!
	pids+=("$texter")
	wait_until 300 test -e "$work/too"
	background python3 "$(dirname "$0")/readers.py" /dev/mapper/crypt 70
	reader=$(pgrep -f readers.py)
	wait_until 300 eval '[ "$(sleepers)" -ge 1 ]'
	end_report
	wait "$texter"
	bioscope latency -d /dev/mapper/crypt -t 1ms >"$work/late"
	holds 'workers: none of those who wait is one who reads' json "$work/report" \
		".waiters | length >= 1 and length <= $(nproc) and
			all(.[]; .pid != $reader and (.comm | startswith(\"kworker\")))"
	is "$(jq '[.holders[] | select(.pool | test("crypt.bs$"))] | length' "$work/report")" 64 \
		'workers: 64 bios are where they wait for one'
	# Who found none left it to a worker; since 7.3 all do.
	holds 'workers: each works for another one, who has none of them himself' json "$work/report" \
		'[.holders[].tid] as $held | (.waiters | map(.submitter.tid) | unique | length) == (.waiters | length) and
			all(.waiters[]; .submitter.comm == "python3" and ([.submitter.tid] | inside($held) | not))'
	is "$(jq '.waiters[].submitter.tid' "$work/report" | while read -r tid; do
		[ ! -d "/proc/$reader/task/$tid" ] || echo "$tid"
	done | wc -l)" "$(jq '.waiters | length' "$work/report")" 'workers: who are of that process'
	is "$(grep -oE 'for a bio of python3 \(task [0-9]+\)' "$work/text" | grep -oE '[0-9]+\)$' | tr -d ')' | sort | xargs)" \
		"$(jq '.waiters[].submitter.tid' "$work/report" | sort | xargs)" 'workers: and so says the text'
	is "$(grep -cE '^(waiting|STALLED): kworker' "$work/late") $(grep -c 'for a bio of' "$work/late")" \
		"$(jq '.waiters | length' "$work/report") 0" \
		'workers: of what was before it begins nobody knows for whom'
	dmsetup resume under
	lift
	drop "${pids[-1]}"
	dmsetup remove crypt
	dmsetup remove under
}

load
null_disk nullb1 irqmode=2 completion_nsec=200000000
null_disk nullb3
slow
many 200
workers
below
plan_done
