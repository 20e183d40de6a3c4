#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# stack_blk on stack_blk, on dm and on md, and below them: every byte is as it was written while half of all
# clones of every level are refused; and whichever level goes first, what is left goes on or ends, and nothing
# hangs.
# tier: full
# budget: 140
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

levels=()
declare -A sets

# level NAME KEY=VALUE...: one more device; the address of its bio_set is in sets.
level() {
	with_bs create "$@"
	levels+=("$1")
	sets[$1]=$bs
}

# disk NAME: of a level; path NAME...: those of several.
disk() { cat "$config/$1/device"; }
path() { for name; do echo "/dev/$(disk "$name")"; done | xargs; }

# press_all PPM: refuses that share of the clones of each level, until lift_all.
press_all() {
	local name

	holders=()
	for name in "${levels[@]}"; do
		bs=${sets[$name]}
		press "$1" || return 1
		mv "$work/held" "$work/held.$name"
		holders+=("$holder")
	done
}

# lift_all: prints the levels of which nothing was refused.
lift_all() {
	local n name

	for n in "${!levels[@]}"; do
		name=${levels[n]}
		holder=${holders[n]}
		mv "$work/held.$name" "$work/held"
		lift
		[ "$(pressed .refused)" -gt 0 ] || echo "$name"
	done
}

# wrong: what the levels saw and should not have, nothing if all is well.
wrong() {
	local name fault

	udevadm settle
	for name in "${levels[@]}"; do
		for fault in bios_failed clones_failed inflight; do
			[ "$(truth "$(disk "$name")" $fault)" = 0 ] || echo "$name: $fault"
		done
		[ "$(truth "$(disk "$name")" clones_completed)" = "$(truth "$(disk "$name")" clones_allocated)" ] ||
			echo "$name: clones are lost"
	done
}

verified() {
	timeout 300 fio --name=t --filename="$1" --rw=randwrite --bsrange=4k-128k --size=6m --io_size=3m \
		--ioengine=libaio --iodepth=8 --direct=1 --fsync=16 --verify=crc32c --verify_fatal=1 \
		--verify_state_save=0 --output="$work/fio"
}

# under_pressure WHAT PATH
under_pressure() {
	holds "$1: half of all clones of each of ${#levels[@]} levels are refused" press_all 500000
	holds "$1: every byte is as it was written" verified "$2"
	is "$(lift_all)" '' "$1: each level was under pressure"
	is "$(wrong)" '' "$1: and saw nothing wrong"
}

# same A B SECTORS: their data, whatever is cached of it.
same() {
	cmp -n $(($3 * 512)) <(dd if="$1" bs=1M iflag=direct status=none) <(dd if="$2" bs=1M iflag=direct status=none)
}

# go_on PATH: somebody writes and verifies there, until ends.
go_on() {
	background fio --name=t --filename="$1" --rw=randwrite --bs=16k --size=4m --ioengine=libaio --iodepth=8 \
		--direct=1 --verify=crc32c --verify_backlog=16 --verify_fatal=1 --time_based --runtime=3000 \
		--output="$work/fio" --output-format=json
	job=$!
	goes_on "${1#/dev/}"
}

done_by() { awk '{ print $1 + $5 }' "/sys/block/$1/stat"; }
more_by() { [ "$(done_by "$1")" -gt "$2" ]; }
goes_on() { wait_until 300 more_by "$1" $(($(done_by "$1") + 200)); }

# ends DISK: it went on until now, without an error.
ends() { goes_on "$1" && fio_ends "$work/fio"; }

# off NAME: returns, whoever is on it.
off() { timeout 60 sh -c "echo 0 >$config/$1/power"; }

# nothing_of PATH: it is not to be read: with an error, or, where a disk that is gone takes those on it with it,
# because that has no size.
nothing_of() { [ "$(dd if="$1" bs=4k count=1 iflag=direct 2>/dev/null | wc -c)" = 0 ]; }

# all_go NAME...: their directories, in that order.
all_go() {
	local name

	for name; do
		timeout 60 rmdir "$config/$name" || return 1
	done
	levels=() sets=()
	udevadm settle
}

# A mirror on stripes, one of which is on mirrors, which are on linear ones.
four_levels() {
	local n

	for n in 0 1 2 3; do
		level lin$n lower="/dev/ram$((2 * n)) /dev/ram$((2 * n + 1))" pool_size=1 chunk_kb=20
	done
	level mir0 layout=mirror lower="$(path lin0 lin1)" pool_size=1
	level mir1 layout=mirror lower="$(path lin2 lin3)" pool_size=2 chunk_kb=8 submit_order=batch rescuer=1
	level str0 layout=stripe lower="$(path mir0 mir1)" pool_size=1 chunk_kb=12
	level str1 layout=stripe lower='/dev/ram8 /dev/ram9' pool_size=1 chunk_kb=64 defer=workqueue
	level top layout=mirror lower="$(path str0 str1)" pool_size=1 per_bio=mempool
	under_pressure 'four levels' "$(path top)"
	holds 'four levels: both stripes have it' same "$(path str0)" "$(path str1)" \
		"$(blockdev --getsz "$(path top)")"
	for n in 0 2; do
		holds "four levels: both legs below have it, mir$((n / 2))" \
			same "$(path lin$n)" "$(path lin$((n + 1)))" "$(blockdev --getsz "$(path lin$n)")"
	done
}

# The lowest goes first: a mirror goes on as long as it has a leg.
lowest_first() {
	local top

	top=$(disk top)
	go_on "/dev/$top"
	ok $? 'lowest first: there is I/O'
	holds 'lowest first: a leg of a mirror goes' off lin0
	holds 'lowest first: it is made again, while its old disk is still in use' \
		sh -c "echo 1 >$config/lin0/power"
	goes_on "$top"
	ok $? 'lowest first: I/O goes on'
	holds 'lowest first: half of a stripe goes' off mir1
	holds 'lowest first: I/O goes on, and had no error' ends "$top"
	is "$(awk '{ print $4 }' "/sys/block/$top/stack_blk/lowers" | xargs)" 'failed ok' \
		'lowest first: on the other stripe'
	holds 'lowest first: that goes, too' off str1
	holds 'lowest first: there is nothing to read' nothing_of "/dev/$top"
	! echo 1 2>/dev/null >"$config/top/rescan"
	ok $? 'lowest first: nothing is taken over from disks that are gone'
	holds 'lowest first: all go in this order' all_go lin{0..3} mir{0,1} str{0,1} top
	is "$(ls -d /sys/block/stackb* 2>/dev/null)" '' 'lowest first: no disk is left'
}

# crypt NAME PATH
crypt() {
	dmsetup create "$1" --table "0 $(blockdev --getsz "$2") crypt capi:ecb(cipher_null) - 0 $2 0"
	udevadm settle
}

line() {
	dmsetup create "$1" --table "0 $(blockdev --getsz "$2") linear $2 0"
	udevadm settle
}

# dm-crypt on dm-linear on a stripe on raid1 and dm-crypt, which are on linear ones and a mirror, one of them
# on dm-linear.
among_others() {
	local n

	modprobe -a dm-crypt raid1
	for n in 0 1 2; do # what raid1 is not to bring up to date
		dd if=/dev/zero of="/dev/ram$n" bs=1M count=8 oflag=direct status=none
	done
	line low /dev/ram0
	level lin0 lower=/dev/mapper/low pool_size=1 chunk_kb=8
	level lin1 lower='/dev/ram1 /dev/ram2' pool_size=1
	level mir layout=mirror lower='/dev/ram3 /dev/ram4 /dev/ram5' pool_size=1 chunk_kb=16
	# shellcheck disable=SC2046 # two words
	yes | mdadm --build /dev/md0 --level=1 --raid-devices=2 --assume-clean $(path lin0 lin1) >"$work/out" 2>&1
	udevadm settle
	crypt crypt "$(path mir)"
	level str layout=stripe lower='/dev/md0 /dev/mapper/crypt' pool_size=1 chunk_kb=12
	line high "$(path str)"
	crypt top /dev/mapper/high
	under_pressure 'among others' /dev/mapper/top
	holds 'among others: both legs of raid1 have it' same "$(path lin0)" "$(path lin1)" \
		"$(blockdev --getsz /dev/md0)"
}

lowest_first_among_others() {
	local top

	top=$(basename "$(realpath /dev/mapper/top)")
	go_on "/dev/$top"
	ok $? 'lowest first, among others: there is I/O'
	holds 'lowest first, among others: a leg of raid1 goes' off lin0
	holds 'lowest first, among others: I/O goes on, and had no error' ends "$top"
	is "$(cat /sys/block/md0/md/degraded)" 1 'lowest first, among others: without it'
	holds 'lowest first, among others: what dm is on goes' off str
	holds 'lowest first, among others: there is nothing to read' nothing_of /dev/mapper/top
	dmsetup remove --retry top
	dmsetup remove --retry high
	holds 'lowest first, among others: the other leg goes' off lin1
	holds 'lowest first, among others: and what dm-crypt is on' off mir
	holds 'lowest first, among others: nothing of raid1' nothing_of /dev/md0
	holds 'lowest first, among others: and of dm-crypt' nothing_of /dev/mapper/crypt
	udevadm settle
	holds 'lowest first, among others: raid1 can be stopped' wait_until 60 mdadm --quiet --stop /dev/md0
	dmsetup remove --retry crypt
	dmsetup remove --retry low
	holds 'lowest first, among others: all go' all_go lin0 lin1 mir str
	is "$(ls -d /sys/block/{stackb,dm-,md}* 2>/dev/null)" '' 'lowest first, among others: no disk is left'
}

need_modules
modprobe -a dm_mod stack_blk bio_pressure
modprobe brd rd_nr=10 rd_size=8192
for part in four_levels lowest_first among_others lowest_first_among_others; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
plan_done
