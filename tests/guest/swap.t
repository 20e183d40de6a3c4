#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Swap on stack_blk, which memory has to go through to get free: a process that has more than it may keep gets
# all of it back, also if the slab refuses each clone and the reserve is one.
# tier: full
# budget: 110
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

group=/sys/fs/cgroup/swapping
mib=24 may_keep=$((8 << 20))

# sectors FIELD: read (3) or written (7) by stackb0.
sectors() { awk -v field="$1" '{ print $field }' /sys/block/stackb0/stat; }

# swapping: in the group, in the background, until it has written and seen all its pages some times.
swapping() {
	rm -f "$work"/{said,go}
	echo $may_keep >$group/memory.high
	background sh -c 'echo $$ >"$0/cgroup.procs" && exec python3 "$@"' $group "$here/swapped.py" $mib 2 \
		"$work/said" "$work/go"
	job=$!
	wait_until 600 eval "[ -e '$work/said' ] || ! kill -0 $job" && [ -e "$work/said" ]
}

# all_back: what is swapped out is read by swapoff.
all_back() { echo max >$group/memory.high && swapoff /dev/stackb0; }

# swapped PPM KEY=VALUE...: the disk with these attributes, that share of whose clones is refused.
swapped() {
	local ppm=$1 what="${*:2}, $(($1 / 10000)) % refused" begin=$SECONDS out in written read

	shift
	with_bs new_device pool_size=1 rescuer=0 submit_order=each chunk_kb=16 "$@"
	mkswap /dev/stackb0 >/dev/null 2>&1 && udevadm settle && swapon /dev/stackb0
	ok $? "$what: it is swapped to"
	press "$ppm"
	out=$(vmstat pswpout) in=$(vmstat pswpin) written=$(sectors 7) read=$(sectors 3)
	holds "$what: all pages have what was written" swapping
	holds "$what: swapoff brings all back" all_back
	out=$(($(vmstat pswpout) - out)) in=$(($(vmstat pswpin) - in))
	written=$(($(sectors 7) - written)) read=$(($(sectors 3) - read))
	touch "$work/go"
	wait "$job"
	is $? 0 "$what: and they still have it"
	lift
	[ $((out * 4)) -gt $((mib << 10)) ] && [ $((in * 4)) -gt $((mib << 10)) ]
	ok $? "$what: $out pages were written, and $in read, each more than it has"
	is "$written $read" "$((out * 8)) $((in * 8))" "$what: all of them by stackb0"
	holds "$what: $(pressed .refused) clones were refused" json "$work/pressed" \
		".refused > 1000 and .missed == 0 and ($ppm < 1000000 or .spared == 0)"
	is "$(counter bios_failed) $(counter clones_failed) $(counter inflight)" '0 0 0' "$what: no I/O failed"
	is "$(counter clones_completed)" "$(counter clones_allocated)" "$what: each clone completed"
	no_device
	note "$what took $((SECONDS - begin)) s"
}

need_modules
modprobe -a stack_blk bio_pressure
modprobe brd rd_nr=2 rd_size=65536
mkdir $group
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
if [ -e $group/memory.high ]; then
	swapped 500000 lower=/dev/ram0
	swapped 1000000 lower=/dev/ram0
	swapped 1000000 layout=mirror lower='/dev/ram0 /dev/ram1'
	swapped 1000000 layout=stripe defer=workqueue lower='/dev/ram0 /dev/ram1'
else
	skip 'this kernel has no memory controller' 'swap'
fi
echo -memory >/sys/fs/cgroup/cgroup.subtree_control
rmdir $group
plan_done
