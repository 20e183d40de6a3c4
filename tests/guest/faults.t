#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The faults of stack_blk, to the last one: what is said to go wrong does, and nothing else.
# tier: full
# budget: 75
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
tracing=/sys/kernel/tracing

# inject KIND KEY=VALUE...: sets these and no others.
inject() {
	local dir=$config/t/${1}_inject pair

	shift
	for pair in interval=0 times=0 op=any sector=0 sectors=0 "$@"; do
		echo "${pair#*=}" >"$dir/${pair%%=*}" || return 1
	done
}

injected() { cat "$config/t/${1}_inject/injected"; }

# io COUNT: so many reads and writes of 4 KiB, in turn; what came of them.
io() { python3 "$here/direct_io.py" /dev/stackb0 4096 "$1" | jq -c --sort-keys .; }

allocation() {
	new_device
	inject alloc probability=100 interval=3
	is "$(io 30)" '{"ENOMEM":10,"done":20}' 'every third allocation fails'
	is "$(injected alloc) $(counter clones_failed) $(counter bios_failed)" '10 10 10' 'which is counted'
	inject alloc probability=100 times=5
	is "$(io 30)" '{"ENOMEM":5,"done":25}' 'then five, and no more'
	inject alloc probability=100 op=read
	is "$(io 30)" '{"ENOMEM":15,"done":15}' 'then those for reads'
	inject alloc probability=30
	io 1000 >"$work/share"
	holds 'then 30 %, within six standard deviations' json "$work/share" \
		'.done + .ENOMEM == 1000 and (.ENOMEM - 300 | fabs) < 6 * (210 | sqrt)'
	inject alloc probability=0
	is "$(io 30)" '{"done":30}' 'then none'
	is "$(injected alloc)" "$(counter clones_failed)" 'all in all as many as were injected'
}

# The errors, and what of them a read or write is told, as Python names it.
statuses='ioerr EIO notsupp ENOTSUP timeout ETIMEDOUT nospc ENOSPC transport ENOLINK target EREMOTEIO medium ENODATA
	protection EILSEQ resource ENOMEM again EAGAIN'

status() {
	local name error before

	new_device
	while read -r name error; do
		inject status probability=100 times=1 status="$name"
		is "$(io 3)" "{\"$error\":1,\"done\":2}" "$name is $error"
	done < <(xargs -n 2 <<<"$statuses")
	inject status probability=100 op=write status=nospc
	is "$(io 30)" '{"ENOSPC":15,"done":15}' 'only writes fail'
	inject status probability=100 sector=800 sectors=8 status=medium
	is "$(io 200)" '{"ENODATA":1,"done":199}' 'only the I/O to a block of 4 KiB fails'
	inject status probability=100 sector=804 sectors=8 status=medium
	is "$(io 200)" '{"ENODATA":2,"done":198}' 'only those to two of which each has a part'
	inject status probability=0
	is "$(injected status)" $((10 + 15 + 3)) 'all of which is counted'
	is "$(counter clones_completed)" "$(counter clones_allocated)" 'and each clone has completed'
}

# Only I/O that goes to the lower device is considered, and counts. The I/O is to one after the other.
one_lower() {
	local layout want

	for layout in stripe linear; do
		new_device "lower=/dev/nullb0 /dev/nullb1" layout=$layout chunk_kb=4
		want='{"EIO":5,"done":5}'
		[ $layout = stripe ] || want='{"done":10}'
		inject status probability=100 lower=1 status=ioerr
		is "$(io 10)" "$want" "$layout: all that goes to one lower device fails"
		is "$(injected status)" "$(jq '.EIO // 0' <<<"$want")" "$layout: that is what is counted"
	done
	new_device "lower=/dev/nullb0 /dev/nullb1" layout=stripe chunk_kb=4
	inject status probability=100 lower=1 times=1 status=ioerr
	is "$(io 10) $(injected status)" '{"EIO":1,"done":9} 1' 'one fault of one lower device happens, and no other'
	inject status probability=100 lower=1 interval=2 status=ioerr
	is "$(io 20)" '{"EIO":5,"done":15}' 'every other of those that go there fails'
	inject status probability=0 lower=any
}

mirror() {
	new_device "lower=/dev/nullb0 /dev/nullb1" layout=mirror
	inject status probability=100 op=read lower=1 status=medium
	is "$(io 30)" '{"done":30}' 'reads that fail on a leg of a mirror are repeated on another'
	is "$(counter reads_retried)" 1 'one is: then the leg is out of use'
	is "$(awk '{ print $4 }' "$truth/lowers" | xargs)" 'ok failed' 'that leg'
	inject status probability=0 lower=any
}

# flushes COUNT: so many of the disk, and what came of them.
flushes() {
	python3 -c 'import collections, errno, json, os, sys
disk, result = os.open("/dev/stackb0", os.O_RDWR), collections.Counter()
for _ in range(int(sys.argv[1])):
    try:
        result["done"] += not os.fsync(disk)
    except OSError as error:
        result[errno.errorcode[error.errno]] += 1
print(json.dumps(result, sort_keys=True, separators=(",", ":")))' "$1"
}

# A flush goes to all lower devices, as one clone.
flush() {
	local layout

	null_disk nullb3 memory_backed=1 cache_size=1
	null_disk nullb4 memory_backed=1 cache_size=1
	for layout in linear stripe; do
		new_device "lower=/dev/nullb3 /dev/nullb4" layout=$layout chunk_kb=64
		inject alloc probability=100 op=flush interval=3
		inject status probability=100 op=flush status=timeout interval=2 lower=1
		is "$(flushes 9)" '{"ENOMEM":3,"ETIMEDOUT":3,"done":3}' \
			"$layout: flushes fail for want of a clone, or when one lower device says so"
		is "$(injected alloc) $(injected status)" '3 3' "$layout: which is counted"
		is "$(io 10)" '{"done":10}' "$layout: other I/O does not"
		is "$(counter bios_failed) $(counter inflight)" '6 0' "$layout: nor are more counted"
	done
	new_device "lower=/dev/nullb3 /dev/nullb4" layout=mirror
	inject status probability=100 op=flush status=ioerr lower=0 times=1
	is "$(flushes 3)" '{"done":3}' 'mirror: a flush that fails on one leg is done'
	is "$(awk '{ print $4 }' "$truth/lowers" | xargs)" 'failed ok' 'mirror: that leg is out of use'
	inject status probability=100 op=flush status=ioerr lower=any times=1
	is "$(flushes 3)" '{"EIO":1,"done":2}' 'mirror: one that fails on the last leg is not'
	inject lose probability=100 op=flush times=1
	background sync /dev/stackb0
	holds 'a flush is lost' wait_until 60 grep -qx 1 "$config/t/lose_inject/lost"
	is "$(io 10)" '{"done":10}' 'other I/O goes on'
	kill -0 "${pids[-1]}"
	ok $? 'who waits for the flush waits'
	echo 1 >"$config/t/lose_inject/release"
	holds 'until it is released' wait "${pids[-1]}"
	no_device
}

# Each waits for the one before: no sooner than that, however slow this is.
delay() {
	local begin

	new_device
	inject delay probability=100 delay_ms=300 random=0
	begin=${EPOCHREALTIME/./}
	is "$(io 5)" '{"done":5}' 'I/O that is delayed ends'
	[ $((${EPOCHREALTIME/./} - begin)) -ge 1500000 ]
	ok $? 'and takes as long at the least'
	is "$(injected delay)" 5 'which is counted'
}

events=$tracing/instances/faults/events/stack_blk

# completions: the sectors of those that were traced, in their order, and where each was: in an interrupt (h),
# a soft one (s) or none (.), and in which task. Column 3 of the flags says that; clones have addresses.
completions() {
	awk '{ clone = sector = $0; sub(/.*clone=/, "", clone); sub(/.*sector=/, "", sector) }
		/stack_blk_clone_alloc:/ { at[clone] = sector + 0 }
		/stack_blk_clone_complete:/ && match($0, /\[[0-9]+\] +/) {
			print at[clone], substr($0, RSTART + RLENGTH + 2, 1), $1 }' $tracing/instances/faults/trace
}

# traced COMMAND...: with the allocations and completions of clones traced.
traced() {
	: >$tracing/instances/faults/trace
	echo 1 | tee "$events/stack_blk_clone_alloc/enable" >"$events/stack_blk_clone_complete/enable"
	"$@"
	echo 0 | tee "$events/stack_blk_clone_alloc/enable" >"$events/stack_blk_clone_complete/enable"
}

reorder() {
	new_device
	inject delay probability=100 delay_ms=200 random=1
	traced fio --name=t --filename=/dev/stackb0 --rw=write --bs=4k --ioengine=libaio --iodepth=64 --direct=1 \
		--number_ios=64 --size=256k --output="$work/fio" --output-format=json
	is "$(jq '.jobs[0].error' "$work/fio")" 0 'I/O whose order is not kept has no error'
	is "$(completions | wc -l)" 64 'each clone completes'
	! completions | sort -n -c 2>/dev/null
	ok $? 'and some overtake others'
	inject delay probability=0
}

lost() {
	new_device
	inject lose probability=100 times=3 op=write
	fio --name=t --filename=/dev/stackb0 --rw=write --bs=4k --ioengine=libaio --iodepth=10 --direct=1 \
		--number_ios=10 --size=40k --output="$work/fio" &
	job=$!
	pids+=("$job")
	holds 'three clones are lost' wait_until 300 eval '[ "$(counter inflight)" = 3 ] &&
		[ "$(counter clones_completed)" -ge 7 ]'
	is "$(cat "$config/t/lose_inject/lost") $(injected lose)" '3 3' 'which is counted'
	echo 1 >"$config/t/lose_inject/release"
	is "$(cat "$config/t/lose_inject/lost")" 2 'one is released'
	kill -0 "$job"
	ok $? 'the I/O is still under way'
	rmdir "$config/t"
	ok $? 'the disk can go'
	wait "$job"
	is $? 0 'which releases the others: the I/O ends, without an error'
}

# Who waits for power off is not in the way of who removes the disk, and with it of all others.
power_off_waits() {
	local reader job

	new_device
	inject lose probability=100 times=1 op=read
	background dd if=/dev/stackb0 of=/dev/null bs=4k count=1 iflag=direct status=none
	reader=$!
	holds 'a read is lost' wait_until 60 grep -qx 1 "$config/t/lose_inject/lost"
	background sh -c "echo 0 >$config/t/power"
	job=$!
	sleep 4 # longer than it waits in one go
	kill -0 "$job"
	ok $? 'power off waits for it'
	echo 1 >"$config/t/lose_inject/release"
	wait "$job"
	is $? 0 'and ends when it is released'
	wait "$reader"
	ok $? 'as does the read'
	no_device

	new_device
	inject lose probability=100 times=1 op=read
	background dd if=/dev/stackb0 of=/dev/null bs=4k count=1 iflag=direct status=none
	reader=$!
	holds 'another read is lost' wait_until 60 grep -qx 1 "$config/t/lose_inject/lost"
	background bash -c "exec 2>$work/err; echo 0 >$config/t/power" # which says more than sh
	job=$!
	holds 'power off waits for it' wait_until 60 going
	timeout 60 rmdir "$config/t" || { echo 1 >"$config/t/lose_inject/release"; false; }
	ok $? 'the disk can be removed meanwhile'
	holds 'and another one made' timeout 60 mkdir "$config/t"
	! wait "$job"
	ok $? 'who waited for power off is told'
	holds 'that the directory is gone' grep 'No such file or directory' "$work/err"
	wait "$reader"
	ok $? 'the read ends'
	rmdir "$config/t"
}

# going: the disk is on its way out.
going() { ! { echo 1 >"$config/t/power"; } 2>/dev/null; }

# The lower device completes in the task that submits.
contexts() {
	local where flag

	for where in lower:. irq:h softirq:s kworker:.; do
		flag=${where#*:} where=${where%:*}
		new_device lower=/dev/nullb2 complete_in="$where"
		traced io 20 >"$work/io"
		is "$(<"$work/io")" '{"done":20}' "$where: I/O has no error"
		is "$(completions | awk '{ print $2 }' | sort | uniq -c | xargs)" "20 $flag" "$where: completes there"
		[ "$where" != kworker ] || is "$(completions | grep -vc kworker)" 0 "$where: each"
	done
}

load
null_disk nullb1
null_disk nullb2 irqmode=0
mkdir $tracing/instances/faults
for part in allocation status one_lower mirror flush delay reorder lost power_off_waits contexts; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
no_device
rmdir $tracing/instances/faults
plan_done
