# SPDX-License-Identifier: GPL-2.0
# Shared by the guest tests: TAP, a stackb device over null_blk, fio. They run in the VM as root.
# shellcheck shell=bash

tests=0
config=/sys/kernel/config/stack_blk
truth=/sys/block/stackb0/stack_blk
work=$(mktemp -d)
pids=()

note() { printf '# %s\n' "$*"; }

# ok STATUS DESCRIPTION: one test, passed if STATUS is 0.
ok() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
	fi
}

# is GOT WANTED DESCRIPTION
is() {
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || note "got \"$1\", wanted \"$2\""
}

# holds DESCRIPTION COMMAND...: passed if COMMAND succeeds.
holds() {
	local what=$1 status=0

	shift
	"$@" >"$work/out" 2>&1 || status=$?
	ok $status "$what"
	[ $status = 0 ] || sed 's/^/# /' "$work/out" | tail -n 20
}

# skip WHY DESCRIPTION
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $2 # SKIP $1"
}

plan_done() { echo "1..$tests"; }

# json FILE FILTER: the filter is true for the JSON in FILE; if not, that is shown.
json() { jq -e "$2" "$1" >/dev/null || { jq -c . "$1" | cut -c1-2000 && return 1; }; }

# section NAME: the lines of a section of the manual $page.
section() { sed -n "/^# $1\$/,/^# /p" "$page" | sed '1d;$d'; }

# background COMMAND...: started, ended with the test; its pid is in $!.
background() {
	"$@" >"$work/background.$((${#pids[@]}))" 2>&1 &
	pids+=($!)
}

finish() {
	local pid dir

	set +e # what is gone already cannot be ended
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	for dir in "$config"/*/; do
		[ -d "$dir" ] || continue
		echo 0 >"$dir/power" 2>/dev/null
		rmdir "$dir" 2>/dev/null
	done
	rm -rf "$work"
}
trap finish EXIT

# wait_until SECONDS COMMAND...: until it succeeds, or the time is up.
wait_until() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# until_true SECONDS COMMAND...: the same, for a command that costs something: it is run more seldom.
until_true() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.5
	done
}

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

# load [KEY=VALUE...]: the modules, and nullb0 with these attributes.
load() {
	null_disk nullb0 "$@"
	modprobe stack_blk
	modprobe bio_pressure
}

# device KEY=VALUE...: stackb0 anew, with these attributes; what is not named stays as it was, at
# first the defaults over nullb0.
device() {
	local pair

	if [ -d "$config/t" ]; then
		echo 0 >"$config/t/power"
		udevadm settle # which has the lower devices open for a moment
	else
		mkdir "$config/t"
		echo /dev/nullb0 >"$config/t/lower"
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

counter() { cat "$truth/$1"; }

# queue DISK ATTRIBUTE: of its request queue; nothing if this kernel has none of that name.
queue() { cat "/sys/block/$1/queue/$2" 2>/dev/null; }

# quick_fio ARGUMENT...: random reads from stackb0 by one task.
quick_fio() {
	fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --iodepth=16 \
		--direct=1 --time_based --runtime=2 --output="$work/fio" --output-format=json "$@"
}
