#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What was reported of stacked devices under memory pressure, acted out with verify: bcache's rescuer, devices that are set
# up, swap that goes through encryption, a bio_set that is to go while bios of it are out.
# tier: full
# budget: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verify.sh"
. "$(dirname "$0")/disks.sh"

tracing=/sys/kernel/tracing/instances/rescues
group=/sys/fs/cgroup/paged_out
here=${0%/*}
export here config work truth

# rescues: how often the rescue work of a bio_set ran, as the workqueue tells it.
rescues() { grep -c 'workqueue_execute_start: .* function bio_alloc_rescue' $tracing/trace; }

# The one driver that asks for rescuers: of what is read, each piece that the cache has is split off and sent, and waits on
# the list of the task that asks for the next one. Read is only what the cache has.
bcache() {
	local pool='.pools[] | select(.name == "bcache0 bcache_device")'

	on_bcache && echo writeback >/sys/block/bcache0/bcache/cache_mode &&
		echo 0 >/sys/block/bcache0/bcache/sequential_cutoff || return 1
	fio --name=t --filename=/dev/bcache0 --size=8m --rw=randwrite --bsrange=4k-16k --direct=1 --output=/dev/null
	mkdir $tracing
	echo 16384 >$tracing/buffer_size_kb
	echo 1 >$tracing/events/workqueue/workqueue_execute_start/enable
	bioscope latency --lean --json -d bcache0 -- sh -c 'exec bioscope verify --json --single --seed 1 -p bcache_device \
		bcache0 -- fio --name=t --filename=/dev/bcache0 --size=8m --rw=randread --bs=1m --direct=1 --numjobs=4 \
		--number_ios=16 --output=/dev/null >"$0"' "$work/report" >"$work/latency" 2>"$work/err"
	echo 0 >$tracing/events/workqueue/workqueue_execute_start/enable
	is "$(verdicts 'bcache0 bcache_device')" 'bcache0 bcache_device: PROGRESS' 'bcache goes on with its bio_set exhausted'
	holds 'by its rescuer, to which bios were handed' json "$work/latency" "$pool | .punts > 0 and .punted_bios >= .punts"
	is "$(jq "$pool | .rescuer_runs" "$work/latency")" "$(rescues)" 'which ran as often as the workqueue says'
	rmdir $tracing
	undo_devices
}

# set_up: of an array, which is read from and goes again.
set_up() {
	raid 1 md0 internal /dev/nullb2 /dev/nullb3 && dd if=/dev/md0 of=/dev/null bs=64k count=8 iflag=direct status=none &&
		no_raid /dev/nullb2 /dev/nullb3
}

setting_up() {
	null_disk nullb2 memory_backed=1 size=64 && null_disk nullb3 memory_backed=1 size=64
	export -f set_up raid no_raid wait_until poll
	verify --single -t 2m nullb2 -- bash -c set_up
	is "$(verdicts fs_bio_set)" 'fs_bio_set: PROGRESS' 'what sets up an array takes bios of the one that is for all, and goes on'
	holds 'whatever is exhausted meanwhile' json "$work/report" 'all(.trials[]; .verdict == "PROGRESS" or .verdict == "NOT TESTED")'
}

# Pages need others for what they are encrypted to.
swap() {
	local pool before

	mkdir $group
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	null_disk nullb0 memory_backed=1 size=64 && sectors=131072 on_crypt
	mkswap "$disk" >/dev/null 2>&1 && udevadm settle && swapon "$disk"
	ok $? 'an encrypted disk is swapped to'
	for pool in crypt.page_pool crypt.bs; do
		before=$(vmstat pswpin)
		verify --single -p $pool "$disk" -- python3 "$here/paged_out.py" $group 16 2
		is "$status $(verdicts "dm-0 $pool")" "0 dm-0 $pool: PROGRESS" "pages go there and come back with $pool exhausted"
		holds 'most of them, each time' test $(($(vmstat pswpin) - before)) -ge 8192
	done
	swapoff "$disk"
	echo -memory >/sys/fs/cgroup/cgroup.subtree_control
	rmdir $group
}

# all_out: eighteen bios are at a disk that is suspended while the one above, of which their bio_set is, is to go.
all_out() {
	local n

	dmsetup suspend below
	for ((n = 0; n < 18; n++)); do
		dd if=/dev/stackb0 of=/dev/null bs=4k count=1 skip=$n iflag=direct status=none &
	done
	wait_until 60 eval '[ "$(cat $truth/inflight)" = 18 ]'
	if held; then
		bioscope stack set t power=0 &
		wait_until 60 pgrep -f 'stack set t power=0'
	fi
	dmsetup resume below
	wait
}

destroyed() {
	null_disk nullb0 memory_backed=1 size=64 && table below linear /dev/nullb0 0
	new_device lower=/dev/mapper/below pool_size=32
	export -f all_out held wait_until poll
	verify --single -p bs stackb0 -- bash -c all_out
	holds 'what is exhausted is destroyed, once all of its bios are back' json "$work/report" '.trials[] |
		select(.pools[0].name == "stackb0 bs") | .recovered and .errors == 0 and .pools[0].refused == 18'
	holds 'which is told' json "$work/report" '.trials[] | select(.pools[0].name == "stackb0 bs") |
		.verdict == "NOT TESTED" and .why == "it was destroyed while it was exhausted"'
	is "$(cat $config/t/power) $(bioscope list --json | jq '[.pools[] | select(.device == "stackb0")] | length')" '0 0' \
		'nothing is left of it'
}

# Which proves nothing, of the disk or against it.
no_io() {
	null_disk nullb0 memory_backed=1 size=64
	refuses "$(beside_command 1)" 'has counted no I/O of COMMAND' bioscope verify nullb0 -- sleep 20
}

need_modules
modprobe -a stack_blk bio_pressure dm_mod raid1 dm_crypt bcache
null_disk nullb0 memory_backed=1 size=700
null_disk nullb1 memory_backed=1 size=700
bcache || ok 1 'bcache can be made'
for part in setting_up swap destroyed no_io; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
	undo_devices
done
plan_done
