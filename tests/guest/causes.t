#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Where the bios of a pool that is short are, also of those that were taken before the tracer was there: in
# requests that a disk has not completed, parked by the very task that waits for another one, or with a driver.
# tier: full
# budget: 160
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

now() { date +%s.%N; }

# between LOW VALUE HIGH: as decimal numbers.
between() { jq -en --argjson low "$1" --argjson value "$2" --argjson high "$3" '$low <= $value and $value <= $high' >/dev/null; }

# field NUMBER FILE: of its only line.
field() { awk -v n="$1" '{ print $n }' "$2"; }

# minus A B: of decimal numbers.
minus() { jq -n "$1 - $2"; }

look() { bioscope latency --json -d stackb0 -p bs -t 1ms >"$work/report"; }

in_flight() { jq -c '[.in_flight[] | select(.name == "nbd0") | .requests]' "$work/report"; }

# answers READS: the disk does, until it has answered so many more; then its three requests stay with it.
answers() {
	local reads=$(($(field 1 /sys/block/stackb0/stat) + $1))

	rm -f "$work/busy"
	wait_until 60 eval '[ "$(field 1 /sys/block/stackb0/stat)" -gt '"$reads"' ]'
	touch "$work/busy"
	wait_until 60 eval '[ "$(field 1 /sys/block/nbd0/inflight)" = 3 ]'
}

# Three of four bios are in requests of a disk that does not answer. A scheduler gives them other tags each time.
in_requests() {
	local before begun told server readers scheduler

	stop_udev # or it waits, too
	modprobe nbd nbds_max=1
	background python3 "$(dirname "$0")/nbd_disk.py" /dev/nbd0 64 "$work/busy"
	server=${pids[-1]}
	wait_until 60 test -e /sys/block/nbd0/pid
	with_bs device lower=/dev/nbd0 pool_size=4
	press 1000000
	background python3 "$(dirname "$0")/readers.py" /dev/stackb0 3
	readers=${pids[-1]}
	for scheduler in none mq-deadline; do
		rm -f "$work/busy"
		echo $scheduler >/sys/block/nbd0/queue/scheduler
		before=$(now)
		answers 100
		begun=$(now)
		look
		told=$(now)
		is "$(in_flight)" '[3]' "$scheduler: as many requests as are in flight"
		holds "$scheduler: the oldest has its age" between 0 \
			"$(jq '.in_flight[] | select(.name == "nbd0") | .oldest_s' "$work/report")" "$(minus "$told" "$before")"
		is "$(jq -c '.holders' "$work/report")" '[]' "$scheduler: nobody was seen to take a bio"
		is "$(jq -c '[.unseen_bios[] | [.pool, .disk, .bios, .parked_by]]' "$work/report")" \
			'[["stackb0 bs","nbd0",3,null]]' "$scheduler: but they are found there"
		is "$(jq -c '.pools[0] | [.level, .unknown_holders]' "$work/report")" '[1,0]' \
			"$scheduler: and with them all that is missing is known"
	done
	look
	holds 'requests: an age is as old as that' between "$(minus "$told" "$begun")" \
		"$(jq '.in_flight[] | select(.name == "nbd0") | .oldest_s' "$work/report")" "$(minus "$(now)" "$before")"
	bioscope latency -d stackb0 -p bs -t 1ms >"$work/text"
	holds 'requests: people are told' grep -qE '^in flight: nbd0 3 \(one for [0-9.]+ ?m?s\)' "$work/text"
	holds 'requests: and where the bios are' \
		grep -qE '^holds: nbd0 has not completed 3 bios of stackb0 bs, one for .*s, which nobody was seen to take$' \
		"$work/text"
	begin_report latency --json -d stackb0 -p bs
	answers 100
	end_report
	is "$(jq -c '[.holders[].state]' "$work/report")" '["submitted","submitted","submitted"]' \
		'requests: who takes them while it looks is known'
	is "$(jq -c '[.unseen_bios, .pools[0].unknown_holders]' "$work/report")" '[[],0]' 'requests: and nothing else is found'
	rm "$work/busy"
	drop "$readers"
	lift
	no_device
	drop "$server"
	modprobe -r nbd
}

# A bio for which three clones are submitted in one pass, without a rescuer and with two elements: the third never
# comes, as the first two are parked by the task itself.
parked() {
	local writer

	with_bs device layout=stripe lower='/dev/nullb1 /dev/nullb2 /dev/nullb3' chunk_kb=4 pool_size=2 submit_order=batch
	press 1000000
	[ "$1" = before ] || begin_report latency --json -d stackb0 -p bs
	background dd if=/dev/zero of=/dev/stackb0 bs=12k count=1 oflag=direct status=none
	writer=${pids[-1]}
	wait_until 60 eval '[ "$(sleepers)" = 1 ]'
	ok $? "parked, $1: it waits"
	if [ "$1" = before ]; then
		look
	else
		end_report
	fi
	is "$(jq -c '[.waiters[] | [.tid, .parked, .before]]' "$work/report")" \
		"[[$writer,2,$([ "$1" = before ] && echo true || echo false)]]" "parked, $1: by the one who waits"
	if [ "$1" = before ]; then
		is "$(jq -c '[.unseen_bios[] | [.pool, .disk, .bios, .parked_by]]' "$work/report")" \
			"[[\"stackb0 bs\",null,2,$writer]]" 'parked, before: found on its list'
	else
		is "$(jq -c '[.holders[] | [.tid, .state, .parked_by]]' "$work/report")" \
			"[[$writer,\"parked\",$writer],[$writer,\"parked\",$writer]]" 'parked, while: each is'
		bioscope latency -d stackb0 -p bs -t 1ms >"$work/text"
		holds 'parked: people are told' \
			grep -qE "^waiting: dd \(task $writer\) waits for stackb0 bs for .*, with 2 of its bios parked on its own list" \
			"$work/text"
	fi
	is "$(jq -c '.pools[0] | [.level, .unknown_holders]' "$work/report")" '[0,0]' \
		"parked, $1: all that is missing is known"
	lift
	wait "$writer"
	is $? 0 "parked, $1: without pressure it goes on"
	no_device
}

# Bios of dm's that dm-crypt is asked for have no device but their own disk, and are sent to none: it makes others for
# that. While these are not done, they are not, either.
for_crypt() {
	local disk n presser readers=()

	modprobe dm-crypt
	dmsetup create slow --table '0 65536 linear /dev/nullb1 0'
	dmsetup create crypt --table '0 65536 crypt capi:ecb(cipher_null) - 0 /dev/mapper/slow 0'
	udevadm settle
	disk=$(basename "$(realpath /dev/mapper/crypt)")
	background bioscope pressure -d "$disk" -p io_bs
	presser=${pids[-1]}
	wait_until 60 eval '[ "$(cat /sys/module/bio_pressure/refcnt)" != 0 ]'
	dmsetup suspend slow
	begin_report latency --json -d "$disk" -p io_bs
	for n in 1 2; do
		background dd if=/dev/mapper/crypt of=/dev/null bs=4k count=1 skip=$n iflag=direct status=none
		readers+=("${pids[-1]}")
	done
	wait_until 60 eval "[ \"\$(field 1 /sys/block/$disk/inflight)\" = 2 ]"
	ok $? 'dm-crypt: both reads are under way'
	end_report
	is "$(jq -c '[.holders[].state]' "$work/report")" '["unsubmitted","unsubmitted"]' \
		'dm-crypt: a bio that is sent to no device is not taken for one that is done'
	kill -INT "$presser"
	wait "$presser"
	dmsetup resume slow
	holds 'dm-crypt: they end' wait "${readers[@]}"
	dmsetup remove --retry crypt
	dmsetup remove --retry slow
}

load
for disk in nullb1 nullb2 nullb3; do
	null_disk $disk
done
for_crypt
in_requests
parked before
parked while
plan_done
