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

# background COMMAND...: started, ended with the test; its pid is in $!.
background() {
	"$@" >"$work/background.$((${#pids[@]}))" 2>&1 &
	pids+=($!)
}

finish() {
	local pid dir

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

# load [NULL_BLK-PARAMETER...]: the modules, and null_blk devices whose I/O takes 50 us.
load() {
	modprobe null_blk queue_mode=2 irqmode=2 completion_nsec=50000 "$@"
	modprobe stack_blk
	modprobe bio_pressure
}

# device KEY=VALUE...: stackb0 anew over nullb0, with these attributes.
device() {
	local pair

	if [ -d "$config/t" ]; then
		echo 0 >"$config/t/power"
	else
		mkdir "$config/t"
		echo /dev/nullb0 >"$config/t/lower"
	fi
	for pair; do
		echo "${pair#*=}" >"$config/t/${pair%%=*}"
	done
	echo 1 >"$config/t/power"
	udevadm settle # udev looks at a new disk, which would be counted
}

counter() { cat "$truth/$1"; }

# quick_fio ARGUMENT...: random reads from stackb0 by one task.
quick_fio() {
	fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio --iodepth=16 \
		--direct=1 --time_based --runtime=2 --output="$work/fio" --output-format=json "$@"
}
