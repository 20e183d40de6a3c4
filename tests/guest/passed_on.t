#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What stack_blk passes on: each operation to each layout's lower devices, flushes before the data
# they are for, and what a bio is marked with.
# tier: full
# budget: 180
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

# count OPERATION DISK...: bios of that kind that were queued to these, in $work/queued.
count() {
	local rwbs=$1 numbers=() disk

	shift
	for disk; do
		numbers+=(-e "$(tr : , <"/sys/block/$disk/dev") $rwbs ")
	done
	grep 'block_bio_queue' "$work/queued" | grep -cE "${numbers[@]}"
}

# queued COMMAND...: which bios are queued while it runs.
queued() {
	local dir=$tracing/instances/queue

	[ -d $dir ] || mkdir $dir
	: >$dir/trace
	echo 1 >$dir/events/block/block_bio_queue/enable
	"$@" >"$work/out" 2>&1
	ok $? "$what"
	echo 0 >$dir/events/block/block_bio_queue/enable
	cp $dir/trace "$work/queued"
}

# scsi_debug has what null_blk lacks on some kernels: discard, write zeroes and a cache to flush.
passed_on() {
	local layout disks what

	modprobe scsi_debug dev_size_mb=32 num_tgts=1 max_luns=2 lbpu=1 lbpws=1 opt_blks=0 sector_size=512
	udevadm settle
	read -ra disks < <(basename -a /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/* | xargs)
	is ${#disks[@]} 2 'scsi_debug has two disks'
	for layout in linear mirror stripe; do
		new_device layout=$layout chunk_kb=64 lower="/dev/${disks[0]} /dev/${disks[1]}"
		is "$(queue stackb0 write_cache)" 'write back' "$layout: it has a cache, as they do"
		what="$layout: discard"
		dd if=/dev/urandom of=/dev/stackb0 bs=1M count=16 oflag=direct conv=nocreat status=none
		queued blkdiscard -o 1048576 -l 8388608 /dev/stackb0
		[ "$(count 'DS?' "${disks[@]}")" -ge "$([ $layout = linear ] && echo 1 || echo 2)" ]
		ok $? "$layout: reaches the lower devices"
		what="$layout: write zeroes"
		queued blkdiscard -z -o 1048576 -l 8388608 /dev/stackb0
		[ "$(count '(N|WZ)[A-Z]*' "${disks[@]}")" -ge "$([ $layout = linear ] && echo 1 || echo 2)" ]
		ok $? "$layout: reaches the lower devices"
		is "$(count 'WS?' "${disks[@]}")" 0 "$layout: no page is written"
		dd if=/dev/stackb0 bs=1M skip=1 count=8 iflag=direct status=none | cmp -n 8388608 - /dev/zero
		ok $? "$layout: zeroes are read"
		what="$layout: flush"
		queued python3 -c 'import os; os.fsync(os.open("/dev/stackb0", os.O_RDWR))'
		is "$(count 'F[A-Z]*' "${disks[@]}")" 2 "$layout: reaches both lower devices, once"
		what="$layout: a synchronous write"
		queued dd if=/dev/zero of=/dev/stackb0 bs=4k count=1 oflag=direct,dsync status=none
		[ "$(count '[A-Z]*F[A-Z]*' "${disks[@]}")" -ge 1 ]
		ok $? "$layout: is made durable"
	done
	{ blkdiscard -s /dev/stackb0; } 2>"$work/err"
	grep -q 'not supported' "$work/err"
	ok $? 'secure erase is not supported, as no lower device does it'
	flush_first
	spread
	learned
	no_device
	modprobe -r scsi_debug
}

# atomic_write OFFSET: 16 KiB at once or not at all (RWF_ATOMIC is 0x40).
atomic_write() {
	python3 -c 'import mmap, os, sys
fd = os.open("/dev/stackb0", os.O_RDWR | os.O_DIRECT)
print(os.pwritev(fd, [mmap.mmap(-1, 16384)], int(sys.argv[1]), 0x40))' "$1"
}

# The first lower device ends 4 KiB behind 16 MiB.
atomic() {
	local disks what='an atomic write' clones

	modinfo -p scsi_debug | grep "^atomic_wr:" >"$work/out" || return 0
	modprobe scsi_debug dev_size_mb=32 num_tgts=1 max_luns=2 opt_blks=0 sector_size=512 atomic_wr=1
	udevadm settle
	read -ra disks < <(basename -a /sys/bus/pseudo/drivers/scsi_debug/adapter*/host*/target*/*/block/* | xargs)
	dmsetup create short --table "0 32776 linear /dev/${disks[0]} 0"
	udevadm settle
	new_device lower="/dev/mapper/short /dev/${disks[1]}"
	is "$(queue stackb0 atomic_write_unit_max_bytes)" "$(queue dm-0 atomic_write_unit_max_bytes)" \
		'atomic writes are as large as those of dm'
	if [ "$(queue stackb0 atomic_write_unit_max_bytes)" -gt 0 ]; then
		queued atomic_write 0
		is "$(count 'WSU' "${disks[0]}")" 1 'reaches the lower device as such'
		clones=$(counter clones_allocated)
		atomic_write $((16 << 20)) >"$work/out" 2>&1
		grep -q 'Input/output error' "$work/out"
		ok $? 'one over the border of two lower devices fails, as with dm'
		is "$(counter clones_allocated)" "$clones" 'and nothing of it is begun'
		new_device lower="/dev/${disks[1]}" chunk_kb=8
		is "$(queue stackb0 atomic_write_unit_max_bytes)" 0 'there are none where bios are cut'
	fi
	no_device
	udevadm settle
	dmsetup remove --retry short
	modprobe -r scsi_debug
}

# Reads go to the legs of a mirror in turn.
spread() {
	local what='reads from a mirror' layout=mirror leg

	new_device layout=mirror lower="/dev/${disks[0]} /dev/${disks[1]}"
	queued dd if=/dev/stackb0 of=/dev/null bs=4k count=64 iflag=direct
	for leg in 0 1; do
		[ "$(count 'R[A-Z]*' "${disks[leg]}")" -ge 16 ]
		ok $? "leg $leg has at least a quarter of 64"
	done
}

# Disks that find out that they cannot write zeroes, or discard: from now on they write 8 blocks that
# are the same at the most.
learned() {
	local mode

	new_device layout=mirror lower="/dev/${disks[0]} /dev/${disks[1]}"
	dd if=/dev/urandom of=/dev/stackb0 bs=1M count=4 oflag=direct conv=nocreat status=none
	for mode in /sys/class/scsi_disk/*/provisioning_mode; do
		echo writesame_16 >"$mode"
	done
	[ "$(queue stackb0 write_zeroes_max_bytes)" -gt 0 ] && [ "$(queue stackb0 discard_max_bytes)" -gt 0 ]
	ok $? 'a disk says that it writes zeroes and discards'
	echo 8 >/sys/module/scsi_debug/parameters/write_same_length
	holds 'it writes zeroes even if it has to write pages' blkdiscard -z -l 1048576 /dev/stackb0
	dd if=/dev/stackb0 bs=1M count=1 iflag=direct status=none | cmp -n 1048576 - /dev/zero
	ok $? 'they are read'
	is "$(queue stackb0 write_zeroes_max_bytes)" 0 'it has learned that'
	blkdiscard -l 1048576 /dev/stackb0 2>"$work/err"
	is "$(queue stackb0 discard_max_bytes)" 0 'it learns that it cannot discard'
	blkdiscard -l 1048576 /dev/stackb0 2>"$work/err"
	holds 'then that is not supported' grep 'not supported' "$work/err"
	is "$(awk '{ print $4 }' "$truth/lowers" | xargs)" 'ok ok' 'no leg is out of use for that'
	holds 'rescan takes over what they are' sh -c "echo 1 >$config/t/rescan"
	is "$(queue stackb0 write_zeroes_max_bytes)" 0 'which cannot write zeroes'
}

# A journal commits by a write with a flush before it: all lower devices are flushed, and only then
# the data goes to one of them.
flush_first() {
	local what='ext4 commits on a stripe' layout=stripe bios

	device layout=stripe
	mkfs.ext4 -q -E lazy_itable_init=0,lazy_journal_init=0 /dev/stackb0
	# Nothing is to be written but what is asked for: no commit after 5 s, no writeback.
	echo 0 >/proc/sys/vm/dirty_writeback_centisecs
	mount -o commit=600 /dev/stackb0 /mnt
	# Nor read: a kernel thread reads the bitmaps some time after the mount, unless a file needs them.
	echo 0 >/mnt/0
	sync
	udevadm settle
	queued sh -c 'cat "$0"; for i in 1 2 3 4 5; do echo $i >/mnt/$i && sync /mnt/$i; done; cat "$0"' \
		"$truth/bios"
	bios=$(paste -sd' ' "$work/out" | awk '{ print $2 - $1 }')
	is "$(count '[A-Z]*' stackb0)" "$bios" 'a bio with a flush and data counts once'
	umount /mnt
	echo 500 >/proc/sys/vm/dirty_writeback_centisecs
	holds 'each flush is queued to both before the data to one' \
		python3 "$here/flush_order.py" "$work/queued" "$(tr : , </sys/block/stackb0/dev)" \
		"$(tr : , <"/sys/block/${disks[0]}/dev")" "$(tr : , <"/sys/block/${disks[1]}/dev")"
}

# What a mirror cuts is flushed before once, and not before each piece. The log of xfs is written so.
flush_once() {
	local what='xfs writes its log'

	modprobe xfs
	null_disk nullb2 memory_backed=1 cache_size=1 size=512
	null_disk nullb3 memory_backed=1 cache_size=1 size=512
	new_device layout=mirror lower='/dev/nullb2 /dev/nullb3'
	mkfs.xfs -q -f -c options=/usr/share/xfsprogs/mkfs/lts_6.1.conf /dev/stackb0
	new_device layout=mirror split=chain chunk_kb=4 lower='/dev/nullb2 /dev/nullb3'
	mount /dev/stackb0 /mnt
	queued sh -c 'for i in 1 2 3 4; do for j in 1 2 3 4 5 6 7 8; do mkdir /mnt/$i-$j || exit 1; done
		sync /mnt/$i-1 || exit 1; done'
	umount /mnt
	holds 'in writes of several pieces, with a flush before them' \
		grep -E "block_bio_queue: $(tr : , </sys/block/stackb0/dev) F[A-Z]* [0-9]+ \+ ([1-9][0-9]|9)" "$work/queued"
	is "$(count 'F[A-Z]*' nullb2 nullb3)" $((2 * $(count 'F[A-Z]*' stackb0))) \
		'which is passed on to both, once'
	no_device
	echo 0 | tee /sys/kernel/config/nullb/nullb[23]/power >/dev/null
	rmdir /sys/kernel/config/nullb/nullb[23]
}

nowait() {
	local job before

	with_bs new_device pool_size=1 lower=/dev/nullb0
	python3 "$here/direct_io.py" nowait /dev/stackb0 16384 100 >"$work/io"
	holds 'I/O that may not wait is done' json "$work/io" '.done == 100'
	press 1000000
	before=$(counter bios)
	background fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=libaio \
		--numjobs=4 --iodepth=16 --direct=1 --size=16m --time_based --runtime=3000 --output=/dev/null
	job=$!
	wait_until 300 eval '[ "$(counter bios)" -gt $((before + 1000)) ]'
	ok $? 'others take the only clone in turn'
	python3 "$here/direct_io.py" nowait /dev/stackb0 16384 100 >"$work/io"
	holds 'it is told to come again' json "$work/io" '.EAGAIN > 0 and .EAGAIN + (.done // 0) == 100'
	kill "$job"
	wait "$job"
	lift
	is "$(counter bios_failed)" 0 'that is no failure'
	[ "$(counter clones_failed)" -ge "$(jq .EAGAIN "$work/io")" ]
	ok $? 'but counted as clones that were not allocated'
}

# A leg of a mirror that would have to wait does wait: what it did not write the other one has.
nowait_legs() {
	local job leg

	no_device
	with_bs create leg lower=/dev/nullb1 pool_size=1
	leg=/dev/$(cat "$config/leg/device")
	new_device layout=mirror lower="/dev/nullb0 $leg"
	dd if=/dev/urandom of=/dev/stackb1 bs=64k count=32 oflag=direct status=none
	press 1000000
	background fio --name=t --filename="$leg" --rw=randread --bs=4k --ioengine=libaio --numjobs=4 \
		--iodepth=16 --direct=1 --size=16m --time_based --runtime=3000 --output=/dev/null
	job=$!
	wait_until 300 eval '[ "$(truth "${leg#/dev/}" bios)" -gt 1000 ]'
	is "$(python3 "$here/direct_io.py" nowait writes /dev/stackb1 16384 100)" '{"done": 100}' \
		'writes to a mirror that may not wait are done'
	drop "$job"
	lift
	no_device
	destroy leg
	holds 'by both of its legs' cmp -n 2097152 /dev/nullb0 /dev/nullb1
}

# What waits in a poll queue of null_blk completes only when somebody polls.
polled() {
	local before

	null_disk nullb3 poll_queues=1 memory_backed=1
	new_device lower=/dev/nullb3
	is "$(queue stackb0 io_poll)" 1 'it can be polled, as its lower'
	holds 'polled reads end, with the data' fio --name=t --filename=/dev/stackb0 --rw=randwrite \
		--bs=4k --size=2m --ioengine=io_uring --hipri --iodepth=4 --direct=1 --verify=crc32c \
		--verify_fatal=1
	before=$(counter bios)
	background fio --name=t --filename=/dev/stackb0 --rw=randread --bs=4k --ioengine=io_uring \
		--hipri --iodepth=8 --direct=1 --time_based --runtime=3000 --output=/dev/null
	holds 'it is polled for' wait_until 300 eval '[ "$(counter bios)" -gt $((before + 100)) ]'
	holds 'power off ends what is polled for' sh -c "echo 0 >$config/t/power"
	drop "${pids[-1]}" # it would go on polling for what will not come, all of its time
	no_device
	device lower=/dev/ram0
	is "$(queue stackb0 io_poll)" 0 'and cannot if its lower cannot'
}

# marks OPERATION COMMAND: for each disk, what the bios of that operation that COMMAND has submitted to
# it were marked with, and how many there were.
marks() {
	local hint=0 fields

	fields=$(bpftool btf dump file /sys/kernel/btf/vmlinux format c | sed -n '/^struct bio {/,/^}/p')
	[[ $fields != *bi_write_hint* ]] || hint='$b->bi_write_hint'
	bpftrace -q -e '
		kprobe:submit_bio_noacct {
			$b = (struct bio *)arg0;
			if (($b->bi_opf & 0xff) == '"$1"') {
				@[$b->bi_bdev->bd_disk->disk_name, $b->bi_opf >> 8, $b->bi_ioprio, '"$hint"',
					$b->bi_blkg->blkcg->css.id] = count();
			}
		}
		BEGIN { printf("ready\n"); }' -c "$2"
}

# The same file of marks but for the name of the disk.
marked() { sed -n "s/^@\[$1, //p" "$work/marks" | sort; }

# marked_job RW: what to run for I/O that is marked, as a file.
marked_job() {
	local group=/sys/fs/cgroup/carried

	mkdir -p $group
	echo +io >/sys/fs/cgroup/cgroup.subtree_control
	cat >"$work/job" <<-EOF
		echo \$\$ >$group/cgroup.procs
		exec fio --name=t --filename=/dev/stackb0 --rw=$1 --bs=4k --size=1m --ioengine=psync \
			--direct=1 --prioclass=2 --prio=5 --write_hint=short --output=/dev/null
	EOF
}

carried() {
	new_device "$@"
	marked_job randwrite
	marks 1 "/bin/sh $work/job" >"$work/marks" 2>&1
	marked stackb0 >"$work/above"
	marked nullb0 >"$work/below"
	[ "$(sed 's/.*: //' "$work/above" | paste -sd+ | bc)" -ge 256 ]
	ok $? "$*: 256 writes were seen"
	is "$(grep -oE '^136, 16389, [0-9], ([2-9]|[1-9][0-9]+)\]' "$work/above" | cut -d, -f1,2)" '136, 16389' \
		"$*: with REQ_SYNC and REQ_IDLE, ioprio and cgroup"
	is "$(cat "$work/below")" "$(cat "$work/above")" \
		"$*: and so they reach the lower device, write hint included"
	note "flags, ioprio, hint, cgroup: $(head -n 1 "$work/above")"
}

# stripped KNOB COLUMN VALUE: with that knob 0 clones have this in that column of the marks, and else what the
# originals have.
stripped() {
	local mirror

	for mirror in '' 'layout=mirror'; do
		new_device lower="/dev/nullb0${mirror:+ /dev/ram0}" ${mirror:+$mirror} "$1=0"
		marked_job randwrite
		marks 1 "/bin/sh $work/job" >"$work/marks" 2>&1
		marked stackb0 | tr -d ',]:' >"$work/above"
		note "$1=0: flags, ioprio, hint, cgroup, count above: $(head -n 1 "$work/above")"
		awk -v column="$2" -v value="$3" '{ count = $5; $column = value; sub(/ [0-9]+$/, ""); n[$0] += count }
			END { for (marks in n) print marks, n[marks] }' "$work/above" | sort >"$work/expected"
		is "$(marked nullb0 | tr -d ',]:')" "$(cat "$work/expected")" \
			"$1=0${mirror:+, $mirror}: of all that originals have clones lack that"
		[ -z "$mirror" ] || is "$(marked ram0)" "$(marked nullb0)" "$1=0, $mirror: on both legs"
	done
}

# A read that is repeated on another leg of a mirror, by a worker, still is that of who submitted it.
carried_again() {
	no_device # which has ram0
	modprobe dm_mod
	dmsetup create leg --table '0 32768 linear /dev/ram0 0'
	new_device layout=mirror lower='/dev/mapper/leg /dev/nullb0'
	dmsetup load leg --table '0 32768 error'
	dmsetup resume leg
	marked_job randread
	marks 0 "/bin/sh $work/job" >"$work/marks" 2>&1
	[ "$(counter reads_retried)" -gt 0 ]
	ok $? 'a read was repeated'
	is "$(marked nullb0)" "$(marked stackb0)" 'and is marked as it was'
	is "$(marked stackb0 | grep -c ': 256$')" 1 'all of 256 were alike'
	no_device
	udevadm settle
	dmsetup remove --retry leg
}

# Five levels of stack_blk, the lowest under pressure.
levels() {
	local lower=/dev/nullb0 n

	no_device
	for n in 0 1 2 3 4; do
		mkdir "$config/l$n"
		echo $lower >"$config/l$n/lower"
		echo 1 >"$config/l$n/pool_size"
		echo 8 >"$config/l$n/chunk_kb"
		with_bs sh -c "echo 1 >$config/l$n/power"
		lower=/dev/stackb$n
	done
	udevadm settle
	press 1000000
	holds 'five levels of itself keep the data, all refused at the top' fio --name=t \
		--filename=/dev/stackb4 --rw=randwrite --bsrange=4k-64k --size=4m --ioengine=libaio \
		--iodepth=8 --direct=1 --verify=crc32c --verify_fatal=1
	lift
	is "$(cat /sys/block/stackb{0..4}/stack_blk/inflight | xargs)" '0 0 0 0 0' 'nothing is in flight'
	is "$(cat /sys/block/stackb{0..4}/stack_blk/bios_failed | xargs)" '0 0 0 0 0' 'nothing failed'
	for n in 4 3 2 1 0; do
		udevadm settle
		rmdir "$config/l$n"
	done
}

modprobe brd rd_nr=1 rd_size=16384
load memory_backed=1 discard=1 size=256
null_disk nullb1 memory_backed=1 size=256
passed_on
flush_once
atomic
carried defer=inline
carried defer=workqueue
carried split=chain chunk_kb=1
carried bvecs=own
stripped ioprio 2 0
stripped write_hint 3 0
stripped blkcg 4 1
carried_again
nowait
nowait_legs
polled
levels
rmdir /sys/fs/cgroup/carried
echo -io >/sys/fs/cgroup/cgroup.subtree_control
plan_done
