# SPDX-License-Identifier: GPL-2.0
# Shared by the guest tests that press pools without bioscope: bio_pressure by its own interface.
# shellcheck shell=bash

tracing=/sys/kernel/tracing
here=$(dirname "${BASH_SOURCE[0]}")

# ctl ACTION...: see bio_pressure.pl.
ctl() { perl "$here/bio_pressure.pl" "$@"; }

# with_bs COMMAND...: runs it; then $bs is the address of the first bio_set that it made. Powering on
# makes the one for clones before that of the disk.
with_bs() {
	local status=0

	[ -d $tracing/instances/bioset ] || {
		mkdir $tracing/instances/bioset
		echo 'p:bioset/init bioset_init bs=$arg1:x64' >>$tracing/kprobe_events
	}
	: >$tracing/instances/bioset/trace
	echo 1 >$tracing/instances/bioset/events/bioset/init/enable
	"$@" || status=$?
	echo 0 >$tracing/instances/bioset/events/bioset/init/enable
	bs=$(sed -n 's/.* bs=\(0x[0-9a-f]*\).*/\1/p' $tracing/instances/bioset/trace | head -n 1)
	[ -n "$bs" ] && return $status
}

# hold ACTION...: ctl in the background, until killed; its pid is in $holder. Returns when it got to
# its end, and fails if an action was refused.
hold() {
	: >"$work/held"
	perl "$here/bio_pressure.pl" "$@" hold >"$work/held" &
	holder=$!
	pids+=("$holder")
	wait_until 300 grep -q held "$work/held" && ! grep '^E' "$work/held" >&2
}

# symbol FUNCTION: its name in this kernel, where memory allocation profiling may have made it a macro.
symbol() { grep -qw "$1_noprof" /proc/kallsyms && echo "$1_noprof" || echo "$1"; }

# press PPM: refuses that share of the bios of the bio_set at $bs, until lift.
press() { hold "arm:$bs:$1:600000"; }

# drop PID: kill -9, with all that it has started, and wait until it is gone.
drop() {
	kill_tree "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# lift: ends pressure; what it did is in $work/pressed.
lift() {
	local status=0

	kill "$holder"
	wait "$holder" || status=$?
	grep '^{' "$work/held" | tail -n 1 >"$work/pressed"
	[ -s "$work/pressed" ] || note "pressure was held by one that ended with $status and said: $(cat "$work/held")"
}

# pressed EXPRESSION: a number of what pressure did.
pressed() { jq "$1" "$work/pressed"; }

# sleepers [PID]: how many tasks, of all or of that process, sleep in an allocation from a mempool. The stack
# of a task that runs is not looked at: where functions have kretprobes the unwinder warns of that
# (rethook_find_ret_addr()).
sleepers() {
	local dir stat stack n=0

	# shellcheck disable=SC2231 # is a pattern
	for dir in /proc/${1:-[0-9]*}/task/[0-9]*; do
		{ read -r stat <"$dir/stat"; } 2>/dev/null || continue
		[[ $stat == *') D '* ]] || continue
		{ mapfile -t stack <"$dir/stack"; } 2>/dev/null || continue
		[[ ${stack[*]} != *mempool_alloc* ]] || n=$((n + 1))
	done
	echo $n
}

# stalled BEFORE: more than BEFORE clones of stackb0 were allocated, none is any more, and a task sleeps
# in an allocation.
stalled() {
	local count

	count=$(counter clones_allocated)
	[ "$count" -gt "$1" ] && sleep 6 && [ "$(counter clones_allocated)" = "$count" ] &&
		[ "$(sleepers)" -gt 0 ]
}

# deaf: stackb0 anew, over a disk that does nothing, with two elements and nothing else. Whoever reads first has
# them, and all others wait, until heard_again.
deaf() {
	local sectors

	no_device
	sectors=$(blockdev --getsz /dev/nullb0)
	dmsetup create lower --table "0 $sectors linear /dev/nullb0 0"
	with_bs device lower=/dev/mapper/lower pool_size=2
	dmsetup suspend --nolockfs lower
	press 1000000
}

# deaf_readers COUNT: in the background; returns when all but two wait.
deaf_readers() {
	background python3 "$here/readers.py" /dev/stackb0 "$1"
	wait_until 300 eval "[ \"\$(sleepers ${pids[-1]})\" = $(($1 - 2)) ]"
}

heard_again() {
	dmsetup resume lower
	lift
}

# create NAME KEY=VALUE...: a device, powered.
create() {
	local name=$1 pair

	shift
	mkdir "$config/$name"
	for pair; do
		echo "${pair#*=}" >"$config/$name/${pair%%=*}"
	done
	echo 1 >"$config/$name/power"
	udevadm settle
}

destroy() {
	echo 0 >"$config/$1/power"
	rmdir "$config/$1"
	udevadm settle # udev may still have the disk open, and so hold the module
}

# 16 KiB reads, one job, in fio's own process so that its death ends them.
fio=(fio --name=io --rw=randread --bs=16k --ioengine=libaio --iodepth=8 --direct=1 --thread
	--output-format=json)

# start DEVICE FIO-OPTION...: in the background.
start() {
	local device=$1

	shift
	"${fio[@]}" --filename="/dev/$device" --output="$work/$device.fio" "$@" &
	job=$!
	pids+=("$job")
}

truth() { cat "/sys/block/$1/stack_blk/$2"; }

# busy DEVICE FIO-OPTION...: the same, and wait until it does I/O.
busy() {
	local before

	before=$(truth "$1" bios)
	start "$@"
	wait_until 300 eval "[ \$(truth $1 bios) -gt $before ]"
}

# logs TEXT: the kernel's log has it since the last forget.
logs() { dmesg | tail -n +$((log_seen + 1)) | grep -F "bio_pressure: $1"; }
forget() { log_seen=$(dmesg | wc -l); }

# More than a struct bio_set has bytes: its own mempools are that near to its address.
bio_set_bytes=512

# pools_of COMMAND...: runs it; then $pools has the pools that it made: bio:ADDRESS and bvec:ADDRESS of bio_sets,
# mempool:ADDRESS:FUNCTION of others.
pools_of() {
	local dir=$tracing/instances/pools status=0 line address bs near sets=()

	mkdir $dir
	echo 'p:pools/bio_set bioset_init object=$arg1:x64 alloc=$arg1:x64' >>$tracing/kprobe_events
	echo 'p:pools/mempool mempool_init_node object=$arg1:x64 alloc=$arg3:x64' >>$tracing/kprobe_events
	echo 1 >$dir/events/pools/enable
	"$@" || status=$?
	echo 0 >$dir/events/pools/enable
	pools=()
	while read -r line; do
		address=${line#*object=}
		address=${address%% *}
		if [[ $line == *' bio_set: '* ]]; then
			sets+=("$address")
			pools+=("bio:$address" "bvec:$address")
			continue
		fi
		near=
		for bs in "${sets[@]}"; do
			[ $((address - bs)) -lt 0 ] || [ $((address - bs)) -ge $bio_set_bytes ] || near=1
		done
		[ "$near" ] || pools+=("mempool:$address:$(function_at "${line#*alloc=}")")
	done < <(grep -E ' (bio_set|mempool): ' $dir/trace)
	rmdir $dir
	echo -:pools/bio_set >>$tracing/kprobe_events
	echo -:pools/mempool >>$tracing/kprobe_events
	return $status
}

# mempool_with FUNCTION: address of the one of $pools with that element function.
mempool_with() { printf '%s\n' "${pools[@]}" | sed -n "s/^mempool:\(.*\):$1\$/\1/p"; }

function_at() { awk -v at="${1#0x}" '$1 == at { print $3; exit }' /proc/kallsyms; }
