# SPDX-License-Identifier: GPL-2.0
# Shared by the guest tests, which run in the VM as root: a stackb device over null_blk, fio, and the way
# back to how the host was.
# shellcheck shell=bash

. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
config=/sys/kernel/config/stack_blk
truth=/sys/block/stackb0/stack_blk
pids=()

# background COMMAND...: started, ended with the test; its pid is in $!.
background() {
	"$@" >"$work/background.$((${#pids[@]}))" 2>&1 &
	pids+=($!)
}

# Everything that a test has made goes when it ends, however that is: the next one finds the host as it
# was. tests/suite/session looks whether that is so.
finish() {
	set +e # what is gone already cannot be ended
	end_background
	no_udev && /usr/lib/systemd/systemd-udevd --daemon 2>/dev/null
	undo_swap
	undo_mounts
	undo_devices
	undo_tracing
	undo_modules
	rm -rf "$work"
}

# stop_udev: from now on nobody else looks at disks that come and go. It is not asked to exit: if it finds at
# that moment that somebody has locked a disk, as it does itself to read partitions, it puts the event back
# into a queue from which an exiting udevd takes none, and waits for ever for the queue to be empty
# (event_queue_start(), on_post(): src/udev/udevd.c of systemd 252 and 257). Once settled it does nothing that
# could be interrupted.
stop_udev() {
	udevadm settle
	pkill -KILL -x systemd-udevd # its workers end with it
	rm -f /run/udev/queue
	wait_until 60 no_udev
}

no_udev() { ! pidof systemd-udevd >/dev/null; }

# With what they have started, as fio does for each of its jobs.
end_background() {
	local pid

	for pid in "${pids[@]}"; do
		kill_tree "$pid"
	done 2>/dev/null
	wait 2>/dev/null
}

# kill_tree PID: it is stopped first, so that it starts no others meanwhile.
kill_tree() {
	local children child

	kill -STOP "$1" || return
	read -ra children < <(cat "/proc/$1/task/"*/children)
	for child in "${children[@]}"; do
		kill_tree "$child"
	done
	kill -KILL "$1"
}

# Before what it is on goes, and what was swapped out with it.
undo_swap() {
	local path

	for path in $(swaps); do
		[[ " $swaps_before " == *" $path "* ]] || swapoff "$path"
	done
}

swaps() { awk 'NR > 1 { print $1 }' /proc/swaps | xargs; }

# The newest first.
undo_mounts() {
	local dir

	while read -r dir; do
		umount "$dir" 2>/dev/null || umount -l "$dir"
	done < <(mounts | tail -n +$((mounts_before + 1)) | tac)
}

mounts() { cut -d' ' -f5 /proc/self/mountinfo; }

# Those that are on others first; several times, since devices can be on each other in any order.
undo_devices() {
	local dir

	udevadm settle
	for _ in 1 2 3; do
		for dir in "$config"/*/; do
			[ -d "$dir" ] || continue
			rmdir "$dir" || echo 0 >"$dir/power" # which would wait for what is lost; some are the module's
		done
		[ ! -e /proc/mdstat ] || mdadm --quiet --stop --scan
		[ ! -e /dev/mapper/control ] || dmsetup remove_all
		for dir in /sys/block/bcache*/bcache/ /sys/fs/bcache/*-*/; do
			[ ! -d "$dir" ] || echo 1 >"$dir/stop"
		done
		udevadm settle
		[ -n "$(stacked_disks)" ] || break
	done 2>/dev/null
	for dir in /sys/kernel/config/nullb/*/; do
		[ ! -d "$dir" ] || rmdir "$dir"
	done
}

stacked_disks() { ls -d /sys/block/{stackb,dm-,md,bcache}*; }

# Of kprobes only with_bs's: others are somebody else's.
undo_tracing() {
	local dir tracing=/sys/kernel/tracing

	for dir in "$tracing"/instances/*/; do
		[ -d "$dir" ] || continue
		echo 0 >"$dir/events/enable"
		rmdir "$dir"
	done
	! grep -qs bioset/init $tracing/kprobe_events || echo -:bioset/init >>$tracing/kprobe_events
}

# Modules are listed the newest first, so that users of others come before those. What still uses one may
# take a moment to go.
undo_modules() {
	local name more end=$((SECONDS + 30))

	while [ $SECONDS -lt $end ]; do
		more=
		for name in $(loaded_modules); do
			[[ " $modules_before " == *" $name "* ]] || rmmod "$name" 2>/dev/null || more=1
		done
		[ "$more" ] || return
		udevadm settle
		sleep 0.2
	done
}

loaded_modules() { cut -d' ' -f1 /proc/modules | xargs; }

modules_before=$(loaded_modules)
swaps_before=$(swaps)
mounts_before=$(mounts | wc -l)
trap finish EXIT

# null_disk NAME KEY=VALUE...: a null_blk disk of that name, nullbN, as every kernel can make it;
# 1 GiB, and its I/O takes 50 us.
null_disk() {
	local dir=/sys/kernel/config/nullb/$1 pair

	shift
	modprobe null_blk nr_devices=0
	mkdir "$dir"
	for pair in queue_mode=2 irqmode=2 completion_nsec=50000 size=1024 "$@" power=1; do
		echo "${pair#*=}" >"$dir/${pair%%=*}" || return 1
	done
}

# need_modules: without ours for this kernel there is nothing to test.
need_modules() {
	modinfo stack_blk bio_pressure >/dev/null 2>&1 || skip_all "no modules are built for $(uname -r)"
}

# test_module NAME: the file of that module of tests/guest/modules, for this kernel.
test_module() {
	local ko

	for ko in "/mnt/share/build/guest/modules/"*"/$1.ko"; do
		[[ $(modinfo -F vermagic "$ko") != "$(uname -r) "* ]] || { echo "$ko" && return; }
	done
}

# load [KEY=VALUE...]: our modules, and nullb0 with these attributes.
load() {
	need_modules
	null_disk nullb0 "$@"
	modprobe stack_blk
	modprobe bio_pressure
}

# device KEY=VALUE...: stackb0 anew, with these attributes; what is not named stays as it was, at
# first the defaults over nullb0, or what lower= or size_mb= says.
device() {
	local pair

	if [ -d "$config/t" ]; then
		echo 0 >"$config/t/power"
		udevadm settle # which has the lower devices open for a moment
	else
		mkdir "$config/t"
		[[ " $*" == *" "@(lower|size_mb)=* ]] || echo /dev/nullb0 >"$config/t/lower"
	fi
	for pair; do
		echo "${pair#*=}" >"$config/t/${pair%%=*}" || return 1
	done
	echo 1 >"$config/t/power" || return 1
	udevadm settle # udev looks at a new disk, which would be counted
}

# new_device KEY=VALUE...: the same, but what is not named has its default.
new_device() {
	no_device
	device "$@"
}

# no_device: stackb0 goes.
no_device() {
	[ -d "$config/t" ] || return 0
	echo 0 >"$config/t/power"
	udevadm settle
	rmdir "$config/t"
}

# begin_report ARGUMENTS...: bioscope, in the background, until end_report. Returns when it counts.
begin_report() {
	rm -f "$work/counting" "$work/counted"
	# shellcheck disable=SC2016 # is expanded by that shell
	bioscope "$@" -- sh -c 'touch "$0/counting"; until [ -e "$0/counted" ]; do sleep 0.1; done' "$work" \
		>"$work/report" &
	reporter=$!
	pids+=("$reporter")
	wait_until 300 test -e "$work/counting"
}

# end_report: ends it, with its status; the report is in $work/report.
end_report() { touch "$work/counted" && wait "$reporter"; }

counter() { cat "$truth/$1"; }

# queue DISK ATTRIBUTE: of its request queue; nothing if this kernel has none of that name.
queue() { cat "/sys/block/$1/queue/$2" 2>/dev/null; }

# fio_ends FILE: fio in the background, its pid in $job, is told to end, and has had no error; FILE is what it
# printed, JSON after it has said that it was interrupted.
fio_ends() {
	kill -INT "$job"
	wait "$job"
	sed -n '/^{/,$p' "$1" >"$work/fio.json"
	json "$work/fio.json" '.jobs | length > 0 and all(.[]; .error == 0)'
}

# A kernel that preempts BPF programs leaves some out. bioscope says so and ends with 4; what began before it, or
# lost a detail only, is none of that. Tests want the status that fits what is said, and where they compare
# numbers, a report that says nothing of the kind.
details='begun_before_tracer|untracked_pools|untimed_allocations|unseen_returns|unsure_refills'

# lost_status FILE: the status that fits the JSON in FILE, one report or several.
lost_status() {
	jq -s --arg details "^($details)\$" '[.[].lost | to_entries[] | select(.key | test($details) | not) |
		.value] | add | if . > 0 then 4 else 0 end' "$1"
}

# noted_status FILE: the status that fits the messages in FILE.
noted_status() {
	awk -v details="$details" '/not counted: / && $0 !~ details || /allocations were missed, and not refused/ {
		n = 4 } END { print n + 0 }' "$1"
}

# beside_command STATUS: what that is where bioscope runs a COMMAND.
beside_command() { echo $(($1 ? 110 + $1 : 0)); }

# but_for_losses COMMAND...: runs bioscope; that something was not counted is no failure.
but_for_losses() {
	local status=0

	"$@" || status=$?
	[ $status = 0 ] || [ $status = 4 ] || [ $status = "$(beside_command 4)" ]
}

# missing FILTER FILE: of the reports in FILE, the sum of what is said to be lost, in whole or in part.
missing() { jq -s "[.[] | .lost + .skipped | $1] | add | . // 0" "$2"; }

# unless_lost COMMAND...: again while its status is 4, or that beside a COMMAND, at most five times in all; the last one is in $status.
unless_lost() {
	local try

	for try in 1 2 3 4 5; do
		"$@"
		status=$?
		[ $status = 4 ] || [ $status = "$(beside_command 4)" ] || break
		note "try $try: the report says that something was lost"
	done
}

# quick_fio ARGUMENT...: random reads from stackb0 by one task.
quick_fio() {
	fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --iodepth=16 \
		--direct=1 --number_ios=3000 --output="$work/fio" --output-format=json "$@"
}

# refuses STATUS WORDS COMMAND...: it ends so, and says these words.
refuses() {
	local status=$1 words=$2

	shift 2
	"$@" >"$work/refused" 2>&1
	is $? "$status" "$* ends with $status"
	holds "and says: $words" grep -F "$words" "$work/refused"
}

# bpf_memory PID: KiB that the kernel says that the maps and programs take that the process has open, each once.
bpf_memory() {
	awk 'FNR == 1 { bytes = "" } /^memlock:/ { bytes = $2 }
		/^(map|prog)_id:/ && bytes != "" && !seen[$0]++ { sum += bytes }
		END { print int(sum / 1024) }' "/proc/$1/fdinfo/"*
}

# vmstat NAME: of the counters of /proc/vmstat.
vmstat() { awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat; }
