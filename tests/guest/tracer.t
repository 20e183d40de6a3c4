#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What the tracer shows beside counts: who holds what is missing, stalls, mempools outside bio_sets, pools
# of bio_vecs; that it gives up its privileges; and that bpftool can go on with it.
# tier: main
# budget: 100
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# The reads of the fio job; no more at a time than the reserve has elements.
reads() {
	fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --direct=1 \
		--time_based --runtime=3000 --output="$work/fio" "$@"
}

# While reads begin, until both elements are on their way to a disk that does nothing.
hold_both() {
	local status

	dmsetup suspend --nolockfs lower
	begin_report latency --json -d stackb0 -p bs
	background reads --iodepth=2
	wait_until 300 eval '[ "$(xargs </sys/block/stackb0/inflight)" = "2 0" ]'
	end_report
	status=$?
	dmsetup resume lower
	drop "${pids[-1]}"
	return $status
}

holders() {
	no_device
	dmsetup create lower --table "0 $(blockdev --getsz /dev/nullb1) linear /dev/nullb1 0"
	with_bs device lower=/dev/mapper/lower pool_size=2
	press 1000000
	unless_lost hold_both
	is "$status" 0 'holders: nothing was lost'
	holds 'holders: fio has both elements, and its bios are at the lower disk' json "$work/report" \
		'.duration_s as $all | .holders | length == 2 and all(.[]; .comm == "fio" and .state == "submitted" and
			.pool == "stackb0 bs" and .held_s > 0 and .held_s < $all)'
	holds 'holders: where they were allocated' \
		json "$work/report" 'all(.holders[]; .stack | any(test("bio_alloc_bioset")))'
	holds 'holders: the reserve was empty' json "$work/report" '.pools[0].lowest == 0'
	lift
	device lower=/dev/nullb0 pool_size=2
	bioscope latency --json -d stackb0 -p bs -- dd if=/dev/stackb0 of=/dev/null bs=4k count=5 \
		iflag=direct status=none >"$work/report"
	holds 'holders: nobody holds anything of a reserve that is full' \
		json "$work/report" '.holders == [] and .pools[0].level == 2'
}

more_lines() { [ "$(wc -l <"$work/lines")" -gt "$1" ]; }

# The state of a clone comes from another mempool, of which the first allocation holds all there is.
other_mempool() {
	new_device scenario=B6 kmalloc_fail_nth=0
	rm -f "$work/lines"
	bioscope stat --json -i 200ms >"$work/lines" 2>"$work/err" &
	pids+=($!)
	wait_until 300 test -s "$work/lines"
	echo 1 >"$config/t/kmalloc_fail_nth"
	background reads --iodepth=4 --bs=64k
	wait_until 300 grep -q STALL "$work/err"
	wait_until 300 more_lines $(($(wc -l <"$work/lines") + 10))
	kill -INT "${pids[-2]}"
	wait "${pids[-2]}"
	tail -n 1 "$work/lines" >"$work/report"
	holds 'another mempool: it is there, with its name' \
		json "$work/report" '.pools | any(.name == "stackb0 state_pool" and .level == 0)'
	holds 'another mempool: its wait is a stall' json "$work/report" \
		'[.waiters[] | select(.stalled)] | length > 0 and all(.[]; .pool == "stackb0 state_pool")'
	holds 'another mempool: with the cgroup of who waits' json "$work/report" '.waiters[0].cgroup == "/"'
	holds 'another mempool: and is there in each report, also while it looks again after 5 s' \
		jq -ces 'map(.waiters | length) | ., (.[index(map(select(. > 0))[:1]):] | length > 10 and all(. > 0))' \
		"$work/lines"
	is "$(grep -c 'STALL: .* has slept for stackb0 state_pool ' "$work/err")" \
		"$(jq '.waiters | length' "$work/report")" 'another mempool: told once for each who waits'
	echo 0 >"$config/t/kmalloc_fail_nth"
	drop "${pids[-1]}"
}

bio_vecs() {
	local job=(fio --name=t --filename=/dev/nullb0 --rw=read --ioengine=libaio --direct=1 --iodepth=4
		--number_ios=20 --output="$work/fio")

	bioscope latency --json -p blkdev_dio_pool.bvec_pool -- "${job[@]}" --bs=64k >"$work/report"
	is "$(jq '.pools[0].ways.slab' "$work/report")" 20 \
		'bio_vecs: 20 reads of 16 pages are 20 allocations of the bvec_pool'
	bioscope latency --json -p blkdev_dio_pool.bvec_pool -- "${job[@]}" --bs=4k >"$work/report"
	is "$(jq '.pools[0].allocations' "$work/report")" 0 'bio_vecs: reads of one page are none'
}

# capabilities PID: what its threads could do, in hex.
capabilities() { sed -n 's/^Cap\(Eff\|Prm\):\t0*//p' "/proc/$1/task/"*/status | sort -u | xargs; }

privileges() {
	local pid count

	device lower=/dev/nullb0
	bioscope stat --json -i 500ms >"$work/lines" 2>"$work/err" &
	pid=$!
	pids+=("$pid")
	wait_until 300 test -s "$work/lines"
	is "$(capabilities $pid)" '' 'privileges: no capability is left'
	count=$(wc -l <"$work/lines")
	dd if=/dev/stackb0 of=/dev/null bs=4k count=7 iflag=direct status=none
	wait_until 300 more_lines $((count + 2))
	kill -INT $pid
	wait $pid
	is "$(cat "$work/err")" '' 'privileges: and it has no complaint'
	is "$(jq -s '[.[].pools[] | select(.name == "stackb0 bs") | .allocations] | add' "$work/lines")" 7 \
		'privileges: it went on counting'
	bioscope export 2>"$work/err" &
	pid=$!
	pids+=("$pid")
	wait_until 300 grep -q serving "$work/err"
	wait_until 60 curl -sf -o "$work/metrics" http://127.0.0.1:9756/metrics
	is "$(find /proc/$pid/task -mindepth 1 -maxdepth 1 | wc -l) $(capabilities $pid)" '2 ' \
		'privileges: nor has the thread of export any'
	kill -INT $pid
	wait $pid
}

# looked_at: how many links look at returns of bio_alloc_bioset().
looked_at() {
	bpftool link show --json | jq --argjson id "$(bpftool prog show --json |
		jq '.[] | select(.name == "alloc_exit").id')" '[.[] | select(.prog_id == $id)] | length'
}

ways() { jq -s "[.[].pools[].ways.$1] | add // 0" "$work/lines"; }

# Failures are looked at only once there can be any.
failures() {
	local n before failed told skipped pid jobs=()

	null_disk nullb5 completion_nsec=2000000
	with_bs new_device pool_size=1 gfp=nowait lower=/dev/nullb5
	rm -f "$work/lines"
	bioscope stat --json -i 200ms -d stackb0 -p bs >"$work/lines" 2>"$work/err" &
	pid=$!
	pids+=("$pid")
	wait_until 300 test -s "$work/lines"
	is "$(looked_at)" 0 'failures: nothing looks at returns yet'
	python3 "$here/direct_io.py" /dev/stackb0 4096 1 >"$work/io"
	holds 'failures: after a call that may fail it does' wait_until 60 eval '[ "$(looked_at)" = 1 ]'
	is "$(capabilities "$pid")" '' 'failures: which takes no capability'
	# The next report but one began after the tracer was told.
	wait_until 60 more_lines $(($(wc -l <"$work/lines") + 2))
	before=$(counter clones_failed)
	press 1000000
	for n in 1 2 3 4; do
		python3 "$here/direct_io.py" /dev/stackb0 4096 100 >"$work/io.$n" &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	lift
	failed=$(($(counter clones_failed) - before))
	kill -INT "$pid"
	wait "$pid"
	[ "$failed" -gt 0 ]
	ok $? "failures: $failed clones could not be had"
	# Where tasks are preempted in programs, some runs of the one that looks at returns are left out.
	told=$(ways failed) skipped=$(jq -s '[.[].skipped.alloc_exit // 0] | add' "$work/lines")
	holds "failures: each is told, but of at most $skipped who could not be" \
		[ "$told" -le "$failed" -a "$failed" -le $((told + skipped)) ]
	is "$(ways unknown)" 1 'failures: of the first call it is not known'
	new_device lower=/dev/nullb0 pool_size=2
}

# dump MAP FILTER: a pinned map through jq.
dump() { bpftool map dump pinned "/sys/fs/bpf/bioscope/maps/$1" --json | jq -c "$2"; }

pinned() {
	local slot

	holds 'pin: it leaves the tracer' bioscope pin
	holds 'pin: a second time it says what is there' sh -c '! bioscope pin 2>&1 | grep -v "is there already"'
	dd if=/dev/stackb0 of=/dev/null bs=4k count=11 iflag=direct status=none
	slot=$(dump pools '[.[] | select(.formatted.value.front_pad > 0 and .formatted.value.reserve == 2) |
		.formatted.key][0]')
	is "$(dump calls "[.[].formatted.value.calls[$slot]] | add")" 11 'pin: bpftool reads what was counted since'
	is "$(bpftool prog show --json | jq '[.[] | select(.name == ("alloc_enter", "alloc_exit"))] | length')" 2 \
		'pin: bpftool knows the programs'
	holds 'unpin: it takes everything away' bioscope unpin
	is "$(ls /sys/fs/bpf)" '' 'unpin: bpffs is empty'
	bioscope unpin 2>/dev/null
	is $? 1 'unpin: a second time there is nothing'
	chmod 700 /sys/fs/bpf
	refuses 3 'cannot look into /sys/fs/bpf/bioscope: Permission denied; run with sudo' \
		setpriv --reuid=65534 --clear-groups --bounding-set=-all --inh-caps=-all bioscope unpin
	chmod 1777 /sys/fs/bpf
}

load
null_disk nullb1
holders
bio_vecs
privileges
failures
pinned
other_mempool
plan_done
