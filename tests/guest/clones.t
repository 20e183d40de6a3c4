#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# The list of stack_blk's clones in flight: each place where one can be is acted out, and the list says so, for
# as many as the counters say.
# tier: full
# budget: 100
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
debug=/sys/kernel/debug/stack_blk
disk=stackb0

# places: where clones are, and how many.
places() { sed 's/^where=\([a-z_]*\) .*/\1/' "$debug/$disk/clones" | sort | uniq -c | xargs; }

at() { [ "$(places)" = "$1" ]; }

# field NAME: of each clone, in their order.
field() { sed -n "s/.* $1=\([^ ]*\).*/\1/p" "$debug/$disk/clones"; }

# Just before the read: the slab gives nothing.
ready() { press 1000000; }

# stand ORDER RESCUER POOL_SIZE WHERE WHAT [KEY=VALUE...]: a read of four pieces comes to stand while the slab
# gives nothing.
stand() {
	local want=$4 what=$5

	no_device
	with_bs device track=1 chunk_kb=4 submit_order="$1" rescuer="$2" pool_size="$3" "${@:6}"
	ready
	background dd if="/dev/$disk" of=/dev/null bs=16k count=1 skip=3 iflag=direct status=none
	job=$!
	holds "$what" wait_until 60 at "$want"
	note "$(cat "$debug/$disk/clones")"
	is "$(wc -l <"$debug/$disk/clones")" "$(counter inflight)" "$1: as many as are in flight"
}

# go_on: and it goes on.
go_on() {
	lift
	wait $job
	ok $? 'it ends when the slab gives again'
	is "$(cat "$debug/$disk/clones")" '' 'and the list is empty'
}

orders() {
	local age

	stand hold 1 2 '2 held' 'hold: two are held, which no rescuer can save'
	is "$(field sector | xargs) $(field sectors | xargs)" '96 104 8 8' 'of the sectors that were read, the oldest first'
	is "$(field op | sort -u) $(field pid | sort -u) $(field comm | sort -u)" "READ $job dd" 'by who reads them'
	age=$(field age_us | head -n 1)
	more() { [ "$(field age_us | head -n 1)" -gt $((age + 10000)) ]; }
	holds 'they become older' wait_until 60 more
	go_on
	stand batch 0 2 '2 bio_list' 'batch: without a rescuer two wait for the driver to return'
	go_on
}

# The lower disk loses the first clone, and with that its reserve; so the rescuer waits with the second.
rescuer() {
	local below

	no_device
	mkdir "$config/below"
	echo /dev/ram0 >"$config/below/lower"
	echo 1 >"$config/below/pool_size"
	with_bs sh -c "echo 1 >$config/below/power"
	udevadm settle
	disk=stackb1 truth=/sys/block/stackb1/stack_blk
	below=$bs
	ready() {
		echo 100 >"$config/below/lose_inject/probability"
		hold "arm:$bs:1000000:600000" "again:$below:1000000:600000"
	}
	stand batch 1 3 '2 lower 1 rescuer' 'batch: a rescuer has what it cannot send' lower=/dev/stackb0
	echo 0 >"$config/below/lose_inject/probability"
	echo 100 >"$config/below/lose_inject/release"
	go_on
	no_device
	disk=stackb0 truth=/sys/block/stackb0/stack_blk
	echo 0 >"$config/below/power"
	rmdir "$config/below"
}

# late WHERE KNOB=VALUE...: a read that is done and does not complete at once.
late() {
	local want=$1 pair

	shift
	new_device track=1
	for pair; do
		echo "${pair#*=}" >"$config/t/${pair%%=*}"
	done
	background dd if="/dev/$disk" of=/dev/null bs=4k count=1 iflag=direct status=none
	holds "$want: it is said where it is" wait_until 60 at "1 $want"
	echo 1 >"$config/t/lose_inject/release"
	wait "${pids[-1]}"
	ok $? "$want: the read ends"
	is "$(cat "$debug/$disk/clones")" '' 'and the list is empty'
}

# no_leg KNOB=VALUE...: reads that no leg of a mirror is left for leave the list, too, with an error.
no_leg() {
	local n errors=0

	new_device track=1 layout=mirror lower='/dev/ram0 /dev/ram1' "$@"
	echo read >"$config/t/status_inject/op"
	echo 100 >"$config/t/status_inject/probability"
	for n in {1..20}; do
		dd if="/dev/$disk" of=/dev/null bs=4k count=1 iflag=direct status=none 2>/dev/null ||
			errors=$((errors + 1))
	done
	is $errors 20 "no leg has an answer for 20 reads ($*)"
	is "$(counter inflight) $(cat "$debug/$disk/clones")" '0 ' 'none of which is in the list any more'
}

# What happens to a clone does so after no leg was left, too.
no_leg_late() {
	no_leg complete_in=kworker
	echo 300 >"$config/t/delay_inject/delay_ms"
	echo 100 >"$config/t/delay_inject/probability"
	background dd if="/dev/$disk" of=/dev/null bs=4k count=1 iflag=direct status=none
	holds 'no leg: it is delayed' wait_until 60 at '1 delayed'
	echo 0 >"$config/t/delay_inject/probability"
	! wait "${pids[-1]}"
	ok $? 'and has its error then'
	echo 100 >"$config/t/lose_inject/probability"
	background dd if="/dev/$disk" of=/dev/null bs=4k count=1 iflag=direct status=none
	holds 'no leg: it is lost' wait_until 60 at '1 lost'
	echo 1 >"$config/t/lose_inject/release"
	! wait "${pids[-1]}"
	ok $? 'and has its error when it is released'
	is "$(counter inflight) $(cat "$debug/$disk/clones")" '0 ' 'nothing is left in the list'
}

# While clones come and go the list is read, too; each line is whole.
coming_and_going() {
	local n=0 wrong=0

	new_device track=1 chunk_kb=4 layout=mirror lower='/dev/ram0 /dev/ram1' submit_order=batch "$@"
	background fio --name=t --filename="/dev/$disk" --rw=randrw --bs=16k --ioengine=libaio --iodepth=8 \
		--numjobs=2 --direct=1 --time_based --runtime=3000 --output="$work/fio" --output-format=json
	job=$!
	while [ $n -lt 200 ]; do
		wrong=$((wrong + $(grep -cvE "$line" "$debug/$disk/clones")))
		n=$((n + 1))
	done
	is $wrong 0 "while reads and writes go on each line is whole ($*)"
	fio_ends "$work/fio"
	ok $? 'which have no error'
	is "$(counter inflight) $(cat "$debug/$disk/clones")" '0 ' 'and nothing is left in the list'
	no_device
	holds 'the file goes with the disk' test ! -e "$debug/$disk"
}

line='^where=(held|bio_list|rescuer|lower|delayed|lost|completing) op=(READ|WRITE) sector=[0-9]+ sectors=8 age_us=[0-9]+ pid=[0-9]+ comm=.+$'
load
modprobe brd rd_nr=2 rd_size=16384
new_device
holds 'without track there is none' test ! -e "$debug/$disk"
orders
rescuer
late lost lose_inject/times=1 lose_inject/probability=100
late delayed delay_inject/delay_ms=3000 delay_inject/probability=100
no_leg
no_leg_late
coming_and_going
coming_and_going rescuer=1 defer=workqueue complete_in=kworker
plan_done
