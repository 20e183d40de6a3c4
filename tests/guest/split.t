#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# However stack_blk cuts a bio (knob split): what was written is read, with each of its bio_sets
# exhausted, too; what is counted is what happened; and what is left goes back when it is said to.
# tier: full
# budget: 150
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

verify=(--rw=randwrite --bsrange=4k-128k --size=4m --io_size=4m --ioengine=libaio --iodepth=8 --direct=1
	--fsync=16 --verify=crc32c --verify_fatal=1)
layouts=(linear mirror stripe)
ways=(chain chain_last limits)

# bio_sets: addresses of those that with_bs has seen made: of clones, of what is split off, of the disk.
bio_sets() { sed -n 's/.* bs=\(0x[0-9a-f]*\).*/\1/p' $tracing/instances/bioset/trace; }

# One line: what the disk says was not right, nothing if all was.
counted_faults() {
	local fault

	udevadm settle # looks at a disk that was written
	for fault in bios_failed clones_failed inflight; do
		[ "$(counter $fault)" = 0 ] || echo "$fault=$(counter $fault)"
	done
	[ "$(counter clones_completed)" = "$(counter clones_allocated)" ] || echo 'clones are lost'
}

# keeps_data WHAT: fio reads what it has written.
keeps_data() {
	timeout 300 fio --output="$work/fio" --name=t --filename=/dev/stackb0 "${verify[@]}"
	is $? 0 "$1: what was written is read"
	is "$(counted_faults)" '' "$1: the device saw nothing wrong"
}

# A reserve of one is enough, in whatever bio_set (that of the disk has the kernel's two).
progress() {
	local layout way sets n names=(clones 'what is split off' 'the disk')

	for layout in "${layouts[@]}"; do
		for way in "${ways[@]}"; do
			with_bs new_device "layout=$layout" "split=$way" chunk_kb=16 pool_size=1 \
				lower='/dev/ram0 /dev/ram1 /dev/ram2'
			mapfile -t sets < <(bio_sets)
			is ${#sets[@]} 3 "$layout, $way: three bio_sets are made"
			for n in 0 $([ "$way" = limits ] && echo 2 || echo 1); do
				bs=${sets[n]}
				press 1000000
				keeps_data "$layout, $way, all refused to ${names[n]}"
				lift
				[ "$(pressed .refused)" -gt 0 ]
				ok $? "$layout, $way: $(pressed .refused) were"
			done
		done
	done
}

# reads BYTES: the counters in $bios, $split and $clones are what 100 direct reads of so much add.
reads() {
	local before=("$(counter bios)" "$(counter bios_split)" "$(counter clones_allocated)" \
		"$(awk '{ print $1 }' /sys/block/stackb0/stat)")

	dd if=/dev/stackb0 of=/dev/null bs="$1" count=100 iflag=direct status=none
	bios=$(($(counter bios) - before[0])) split=$(($(counter bios_split) - before[1]))
	clones=$(($(counter clones_allocated) - before[2]))
	ios=$(($(awk '{ print $1 }' /sys/block/stackb0/stat) - before[3]))
}

counted() {
	local way lower

	for way in trim "${ways[@]}"; do
		for lower in /dev/nullb0 '/dev/nullb0 /dev/nullb1'; do
			new_device "split=$way" chunk_kb=4 "lower=$lower" \
				"layout=$([ "$lower" = /dev/nullb0 ] && echo linear || echo stripe)"
			[ "$way" != limits ] || is "$(queue stackb0 chunk_sectors)" 8 "$way: the queue has the chunk"
			reads 16k
			is "$bios $clones $ios" '100 400 400' "$way: 100 reads in four pieces each, as iostat says, too"
			is "$split" "$([ "$way" = trim ] && echo 0 || echo 300)" "$way: so many were split off"
			reads 4k
			is "$bios $split $clones $ios" '100 0 100 100' "$way: what is whole is not cut"
			is "$(counted_faults)" '' "$way: the device saw nothing wrong"
		done
	done
}

# Across the border of two lower devices: 4 KiB on the one, 12 KiB on the other, a limit of 8 KiB.
border() {
	local way

	for way in trim "${ways[@]}"; do
		new_device "split=$way" chunk_kb=8 lower='/dev/mapper/short /dev/ram1'
		dd if=/dev/urandom of="$work/in" bs=16k count=1 status=none
		dd if="$work/in" of=/dev/stackb0 bs=16k count=1 seek=$((1024 * 1024)) oflag=seek_bytes,direct \
			conv=nocreat status=none
		{ dd if=/dev/mapper/short bs=4k skip=256 count=1 iflag=direct &&
			dd if=/dev/ram1 bs=4k count=3 iflag=direct; } 2>/dev/null | cmp - "$work/in"
		ok $? "$way: a write over the border of two lower devices is where it belongs"
		dd if=/dev/stackb0 bs=16k count=1 skip=$((1024 * 1024)) iflag=skip_bytes,direct status=none |
			cmp - "$work/in"
		ok $? "$way: and is read"
		is "$(counted_faults)" '' "$way: the device saw nothing wrong"
	done
}

named() {
	new_device split=chain
	is "$(bioscope list --json | jq -c '[.pools[] | select(.device == "stackb0") | .pool] | sort')" \
		'["bio_split","bs","split_bs"]' 'bioscope tells its bio_sets apart'
}

# order: the bios that one read of 16 KiB is to stackb0 and nullb0, disk and sector, as submitted.
order() {
	bpftrace -q -e '
		kprobe:submit_bio_noacct {
			$b = (struct bio *)arg0;
			printf("%s:%llu\n", $b->bi_bdev->bd_disk->disk_name, $b->bi_iter.bi_sector);
		}' -c "/usr/bin/dd if=/dev/stackb0 of=/dev/null bs=16k count=1 iflag=direct status=none" |
		grep -E '^(stackb|nullb)0:' | xargs
}

submitted() {
	new_device split=chain chunk_kb=4
	is "$(order)" 'stackb0:0 stackb0:8 nullb0:0 stackb0:16 nullb0:8 stackb0:24 nullb0:16 nullb0:24' \
		'chain: what is left is submitted before the piece'
	for way in trim chain_last; do
		new_device split=$way chunk_kb=4
		is "$(order)" 'stackb0:0 nullb0:0 stackb0:8 nullb0:8 stackb0:16 nullb0:16 stackb0:24 nullb0:24' \
			"$way: what is left is submitted after the piece"
	done
}

# inject KIND KEY=VALUE...
inject() {
	local dir=$config/t/${1}_inject pair

	shift
	for pair; do
		echo "${pair#*=}" >"$dir/${pair%%=*}"
	done
}

io() { python3 "$here/direct_io.py" "$@" | jq -c --sort-keys .; }

# A bio whose pieces fail, one or all, has failed once.
failed() {
	local way times

	for way in "${ways[@]}"; do
		for times in 1 0; do
			new_device "split=$way" chunk_kb=4
			inject status status=medium sector=8 times=$times probability=100
			is "$(io /dev/stackb0 16384 2)" "$([ $times = 1 ] && echo '{"ENODATA":1,"done":1}' ||
				echo '{"ENODATA":2}')" "$way: pieces fail, $(cat "$config/t/status_inject/injected") of them"
			is "$(counter bios_failed) $(counter clones_failed)" "$([ $times = 1 ] && echo 1 || echo 2) 0" \
				"$way: which fails their bios once"
		done
		new_device "split=$way" chunk_kb=4
		inject alloc probability=100 interval=4
		is "$(io /dev/stackb0 16384 10)" '{"ENOMEM":10}' "$way: one piece of four has no clone"
		is "$(counter bios_failed) $(counter clones_failed) $(counter inflight)" '10 10 0' \
			"$way: which fails their bios once, too"
		inject alloc probability=0
		is "$(io /dev/stackb0 16384 10)" '{"done":10}' "$way: then all is well"
	done
}

# accounted: the I/Os of the disk that iostat counts.
accounted() { awk '{ print $1 + $5 }' /sys/block/stackb0/stat; }

# What may not wait for what is split off fails, and nothing is lost.
no_wait() {
	local way before split sets ios

	for way in chain chain_last; do
		with_bs new_device "split=$way" chunk_kb=4 pool_size=1 gfp=nowait
		mapfile -t sets < <(bio_sets)
		bs=${sets[1]}
		before=$(counter bios)
		press 1000000
		io /dev/stackb0 16384 100 >"$work/io"
		lift
		holds "$way: without a bio to split off there is ENOMEM" json "$work/io" \
			'.ENOMEM + (.done // 0) == 100'
		is "$(counter bios_failed) $(($(counter bios) - before))" "$(jq .ENOMEM "$work/io") 100" \
			"$way: as the device says"
		is "$(counter clones_failed)" "$(counter bios_failed)" "$way: for want of it"
		is "$(io /dev/stackb0 16384 10)" '{"done":10}' "$way: then all is well"
	done
	for way in trim "${ways[@]}"; do
		new_device layout=stripe "split=$way" chunk_kb=16 lower='/dev/nullb0 /dev/nullb1'
		before=$(counter clones_allocated) split=$(counter bios_split) ios=$(accounted)
		is "$(io nowait /dev/stackb0 65536 20)" '{"EAGAIN":20}' "$way: what may not wait is not cut"
		is "$(counter clones_allocated) $(accounted)" "$before $ios" \
			"$way: and nothing of it is begun, nor seen by iostat"
		is "$(io nowait /dev/stackb0 16384 20)" '{"done":20}' "$way: what is whole is done"
		is "$(counter bios_failed) $(counter bios_split)" "0 $split" "$way: which is no failure"
	done
}

# From a worker, and what a flush before data sends there: the log of xfs is written so, in parts.
workers() {
	local way sets n

	modprobe xfs
	mkdir "$work/mnt"
	for way in "${ways[@]}"; do
		new_device layout=stripe "split=$way" defer=workqueue chunk_kb=16 pool_size=1 \
			lower='/dev/ram0 /dev/ram1 /dev/ram2'
		keeps_data "$way, from the worker"
		with_bs new_device layout=stripe "split=$way" chunk_kb=4 pool_size=1 \
			lower='/dev/nullb2 /dev/nullb3'
		mapfile -t sets < <(bio_sets)
		mkfs.xfs -q -f -c options=/usr/share/xfsprogs/mkfs/lts_6.1.conf /dev/stackb0
		mount /dev/stackb0 "$work/mnt"
		n=$([ "$way" = limits ] && echo 2 || echo 1)
		bs=${sets[n]}
		press 1000000
		holds "$way: a log is written, in pieces after a flush, all refused" timeout 300 sh -c \
			'for i in $(seq 40); do mkdir "$0/$i" && touch "$0/$i/1" && sync "$0/$i" || exit 1; done' "$work/mnt"
		umount "$work/mnt"
		lift
		[ "$(pressed .refused)" -gt 0 ]
		ok $? "$way: $(pressed .refused) were"
		[ "$(counter bios_deferred)" -gt 0 ]
		ok $? "$way: $(counter bios_deferred) were deferred"
		holds "$way: it is clean" xfs_repair -n /dev/stackb0
		is "$(counted_faults)" '' "$way: the device saw nothing wrong"
	done
}

modprobe dm_mod
modprobe brd rd_nr=4 rd_size=16384
load
null_disk nullb1
null_disk nullb2 memory_backed=1 cache_size=1 size=200
null_disk nullb3 memory_backed=1 cache_size=1 size=200
dmsetup create short --table '0 2056 linear /dev/ram3 0' # ends 4 KiB behind 1 MiB
udevadm settle
for part in counted border named submitted failed no_wait workers; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
no_device
udevadm settle
dmsetup remove --retry short
progress
no_device
plan_done
