#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# bioscope's counts are those of independent probes (exact.bt), to the last one, for each bio_set of
# drivers that are in the kernel and of stack_blk, with several tasks on one processor and on many; and
# a wait of known length is where it belongs in the histogram. All devices are made first, then all jobs
# run in one go: starting a tracer is what takes time here.
# tier: full
# budget: 170
# vm: -c 4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
. "$(dirname "$0")/disks.sh"

# --- the truth ---------------------------------------------------------------------------------

# start_truth: exact.bt, for this kernel.
start_truth() {
	sed "s/\<SLAB\>/$(symbol kmem_cache_alloc)/" "$here/exact.bt" >"$work/exact.bt"
	bpftrace -B line -f json "$work/exact.bt" >"$work/truth" 2>"$work/truth.err" &
	truth_pid=$!
	pids+=("$truth_pid")
	wait_until 300 grep -q ready "$work/truth" || { cat "$work/truth.err" && exit 1; }
}

end_truth() {
	kill -INT $truth_pid
	wait $truth_pid
	is "$(cat "$work/truth.err")" '' 'bpftrace has no complaint'
}

snapshots() { grep -c '"@end"' "$work/truth"; }

more_than() { [ "$(snapshots)" -gt "$1" ]; }

# snapshot: the truth now. Also called in the command that bioscope runs.
snapshot() {
	local before

	before=$(snapshots)
	kill -0 1
	wait_until 300 more_than "$before"
}

# missed: how often the kernel has left out one of its programs. From 6.7 on it counts that.
missed() {
	bpftool prog show --json |
		jq '[.[] | select(.name // "" | test("^k(ret)?probe_")) | .recursion_misses // 0] | add'
}

calls() { grep '"@calls"' "$work/truth" | tail -n 1; }

# settled: a snapshot since which nothing was allocated for a moment, after at most 10 s.
settled() {
	local before end=$((SECONDS + 10))

	snapshot
	while before=$(calls) && sleep 0.3 && snapshot && [ "$before" != "$(calls)" ]; do
		[ $SECONDS -lt $end ] || return 0
	done
}

# window JOB...: what bioscope runs: the job, and the truth before and after.
window() {
	snapshot
	"$@" >"$work/job" 2>&1 || echo "$1: status $?" >>"$work/failed"
	settled
}

# observe "BIOSCOPE-COMMAND..." POOL JOB...: $work/exact has both counts of the job's time, of one pool
# or, if that is "", of all.
observe() {
	local command=$1 pool=$2 first before

	shift 2
	settled
	before=$(missed)
	first=$(($(snapshots) - 1))
	: >"$work/failed"
	# shellcheck disable=SC2086 # are words
	bioscope $command --json -- bash -c '. "$0" && window "$@"' "$work/functions" "$@" \
		>"$work/report" 2>"$work/err"
	snapshot
	python3 "$here/exact.py" "$work/list" "$work/report" "$work/truth" "$first" "$pool" \
		$(($(missed) - before)) >"$work/exact" || cat "$work/err" "$work/failed" >&2
}

# exact: neither bioscope nor the truth has missed anything, nor which way any went.
exact() { jq -e '.lost + .ways_lost + .missed == 0' "$work/exact" >/dev/null; }

# equal WHAT: the counts are equal. What something else allocated while bioscope started or ended, as a
# file system may, is in the truth of the longer time only: then a count is in between.
equal() {
	holds "$1: $(jq .counted "$work/exact") counted and $(jq .lost "$work/exact") missing are all of $(
		jq .truth "$work/exact"), but $(jq .missed "$work/exact") that the truth lacks" \
		json "$work/exact" '. as $all | .counted + .lost | . >= $all.truth and
			. <= $all.outer_truth + $all.missed'
	if ! exact; then
		skip "$(jq -c '{missed} + .lost_by | with_entries(select(.value > 0))' "$work/exact")" \
			"$1: equal for each bio_set"
		return
	fi
	holds "$1: equal for each bio_set: $(jq -r '[.pools | to_entries[] |
		"\(.key) \(.value.truth.calls)"] + (.unlisted.truth | map(tostring)) | join(", ")' \
		"$work/exact")" json "$work/exact" \
		'all(.pools[]; .counted >= .truth.calls and .counted <= .truth.outer_calls) and
		(.unlisted.counted == .unlisted.truth or .quiet == false)'
	holds "$1: $(jq '[.pools[].truth.failed] | add' "$work/exact") failed and $(
		jq '[.pools[].truth.wait] | add' "$work/exact") waited" json "$work/exact" \
		'all(.pools[]; .ways.failed == .truth.failed and .ways.wait == .truth.wait)'
}

# uses LEAST POOL: of those were that many, and nobody else used it.
uses() {
	holds "$2: $(jq ".pools[\"$2\"].truth.calls" "$work/exact") bios, all of the job" json "$work/exact" \
		".missed as \$missed | .pools[\"$2\"].truth |
			.calls + \$missed >= $1 and .calls == .outer_calls"
}

# --- devices and jobs --------------------------------------------------------------------------

# stack NAME KEY=VALUE...: another stack_blk device.
stack() {
	local dir=$config/$1 pair

	shift
	mkdir "$dir"
	for pair in "$@" power=1; do
		echo "${pair#*=}" >"$dir/${pair%%=*}" || return 1
	done
}

make_files() {
	local n

	mkfs.ext4 -q -F /dev/nullb5 && mkdir $files && mount /dev/nullb5 $files || return 1
	for n in 1 2 3 4; do
		dd if=/dev/zero of=$files/file$n bs=1M count=2 status=none
	done
	umount $files && mount -o ro,noload /dev/nullb5 $files
}

# Without udev, which would have a look at each of them at any time. The one element of stackb2 is held by
# an I/O of 200 ms.
make_devices() {
	local n

	stop_udev || return 1
	modprobe -a dm_mod dm-crypt raid1 bcache stack_blk bio_pressure &&
		modprobe null_blk nr_devices=0 || return 1
	for n in 0 1 2 3 4 5 6 7 8 9; do
		null_disk nullb$n memory_backed=1 size=256 poll_queues=1 || return 1
	done
	null_disk nullb10 completion_nsec=2000000000
	dmsetup create linear --noudevsync --noudevrules --table '0 65536 linear /dev/nullb6 0' &&
		dmsetup create crypt --noudevsync --noudevrules --table \
			'0 65536 crypt capi:ecb(cipher_null) - 0 /dev/nullb9 0' &&
		[ -b /dev/dm-0 ] && [ -b /dev/dm-1 ] &&
		MDADM_NO_UDEV=1 mdadm --quiet --build /dev/md0 --level=1 --raid-devices=2 --assume-clean \
			/dev/nullb1 /dev/nullb2 &&
		make_bcache nullb3 nullb4 && make_files &&
		stack a lower=/dev/nullb7 pool_size=2 chunk_kb=4 &&
		stack b lower=/dev/nullb8 pool_size=1 gfp=nowait &&
		stack c lower=/dev/nullb10 pool_size=1
}

# io PATH ARGUMENT...: 200 I/Os by each of four tasks.
io() {
	local path=$1

	shift
	fio --name=t --filename="$path" --rw=randrw --bs=4k --size=16m --direct=1 --ioengine=libaio \
		--iodepth=8 --number_ios=200 --numjobs=4 --output="$work/fio" "$@" ||
		echo "$path: fio: status $?" >>"$work/failed"
}

read_files() {
	local n readers=()

	for n in 1 2 3 4; do
		cat $files/file$n >/dev/null &
		readers+=($!)
	done
	wait "${readers[@]}"
}

# hasty: 200 I/Os by each of four tasks, of which some fail.
hasty() {
	local n tasks=()

	for n in 1 2 3 4; do
		python3 "$here/direct_io.py" /dev/stackb1 4096 200 &
		tasks+=($!)
	done
	wait "${tasks[@]}"
}

jobs() {
	io /dev/nullb0
	io /dev/nullb0 --ioengine=io_uring --hipri
	read_files
	io /dev/dm-0
	io /dev/dm-1
	io /dev/md0 --rw=randwrite
	io /dev/bcache0
	io /dev/stackb0 --bs=16k
}

# --- tests -------------------------------------------------------------------------------------

# What costs little: what is left out is a number for all pools together.
cheap() {
	observe 'stat -i 60s' '' jobs
	is "$(cat "$work/failed")" '' 'cheap: all I/O was done'
	equal cheap
}

# caches: how many are told to be from per-CPU caches, compared to the truth. It is an estimate where a task can
# be moved to another CPU between what is noted as an allocation begins and what the cache gives it.
caches() { grep -qE '\((full|lazy)\)' /sys/kernel/debug/sched/preempt && echo '<=' || echo '=='; }

healthy() {
	echo 3 >/proc/sys/vm/drop_caches # what cheap() has read
	observe latency '' jobs
	is "$(cat "$work/failed")" '' 'healthy: all I/O was done'
	equal healthy
	uses 800 blkdev_dio_pool
	holds 'fs_bio_set: files were read' json "$work/exact" '.pools.fs_bio_set.truth.calls >= 16'
	uses 800 'dm-0 io_bs'
	uses 800 'dm-1 io_bs'
	uses 800 'md0 bio_set'
	uses 3200 'stackb0 bs'
	holds 'bcache: it has used its own' \
		json "$work/exact" '.pools["bcache0 bcache_device"].truth.calls >= 100'
	exact || return 0
	uses 800 'dm-1 crypt.bs'
	holds "healthy: $(jq '[.pools[].ways.cache] | add' "$work/exact") of $(
		jq '[.pools[].truth.cache] | add' "$work/exact") were from a per-CPU cache" json "$work/exact" \
		"all(.pools[] | select(.truth.calls == .truth.outer_calls); .ways.cache $(caches) .truth.cache)"
}

# told DISK: how many allocations a stack_blk device says it has made, or tried to.
told() { echo $(($(cat "/sys/block/$1/stack_blk/clones_"{allocated,failed} | paste -sd+))); }

# under_pressure WHAT DISK JOB...: its counts are those of the device itself.
under_pressure() {
	local what=$1 disk=$2 before clones

	shift 2
	before=$(told "$disk")
	observe "pressure -d $disk -p bs" "$disk bs" "$@"
	clones=$(($(told "$disk") - before))
	is "$clones" 800 "$what: the job was done"
	holds "$what: all of $clones are counted, or missing" json "$work/exact" ".counted + .lost == $clones"
}

# The slab refuses all. Who may not sleep fails, but the one who has the only element.
refused() {
	under_pressure refused stackb0 io /dev/stackb0
	! exact || holds 'refused: they waited, or did not have to' json "$work/exact" \
		'.pools["stackb0 bs"] | .ways.wait > 0 and .ways.wait + .ways.reserve == .counted'
	under_pressure 'refused, and may not wait' stackb1 hasty
	holds 'refused, and may not wait: some failed' \
		json "$work/exact" '.pools["stackb1 bs"].ways.failed > 0'
}

# Two reads at once, of which the second waits for the element of the first.
known_wait() {
	observe 'pressure -d stackb2 -p bs' 'stackb2 bs' io /dev/stackb2 --rw=read --iodepth=2 \
		--number_ios=2 --numjobs=1
	jq '.pools["stackb2 bs"]' "$work/exact" >"$work/wait"
	holds 'a known wait: it is the only one' \
		json "$work/wait" '.ways.wait == 1 and .wait.count == 1 and .truth.wait == 1'
	holds "a known wait: of $(jq .truth.longest_s "$work/wait") s, about as the disk takes" \
		json "$work/wait" '.truth.longest_s | . > 1.5 and . < 3'
	holds 'a known wait: it is in its bucket, at most 12.5 % wide' \
		json "$work/wait" '.wait.max_s / .truth.longest_s | . > 0.98 and . < 1.125'
}

files=/run/exact
make_devices || { echo 'Bail out! A device could not be made' && exit 1; }
bioscope list --json --addresses >"$work/list"
declare -p work here files >"$work/functions"
declare -f >>"$work/functions"
start_truth
cheap
healthy
refused
known_wait
end_truth
umount $files
plan_done
