#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Clones of stack_blk that have bio_vecs and pages of their own (knob bvecs): the data gets there and back,
# with each of the pools behind them exhausted, too, and whatever else happens to a clone.
# tier: full
# budget: 180
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"

verify=(--rw=randwrite --bsrange=4k-128k --size=4m --io_size=4m --ioengine=libaio --iodepth=8 --direct=1
	--fsync=16 --verify=crc32c --verify_fatal=1)

# One line: what the disk says was not right, nothing if all was.
counted_faults() {
	local fault

	udevadm settle # looks at a disk that was written
	for fault in bios_failed clones_failed inflight; do
		[ "$(counter $fault)" = 0 ] || echo "$fault=$(counter $fault)"
	done
	[ "$(counter clones_completed)" = "$(counter clones_allocated)" ] || echo 'clones are lost'
}

# keeps_data WHAT [FIO-OPTION...]: fio reads what it has written.
keeps_data() {
	local what=$1

	shift
	timeout 300 fio --output="$work/fio" --name=t --filename=/dev/stackb0 "${verify[@]}" "$@"
	is $? 0 "$what: what was written is read"
	is "$(counted_faults)" '' "$what: the device saw nothing wrong"
}

# pressed_device KEY=VALUE...: a new device; $bs is its bio_set, $pages its pool of pages.
pressed_device() {
	pools_of new_device bvecs=own lower='/dev/ram0 /dev/ram1 /dev/ram2' "$@"
	bs=$(printf '%s\n' "${pools[@]}" | sed -n 's/^bio://p' | head -n 1)
	pages=$(mempool_with stack_blk_page_alloc)
}

# refused POOL WHAT [FIO-OPTION...]: the same while that pool gets nothing from its slab.
refused() {
	local pool=$1 target=$bs

	shift
	[ "$pool" != mempool ] || target=$pages
	holds "$1: it is pressed" hold "arm:$target:1000000:600000:pool=$pool"
	keeps_data "$@"
	lift
	[ "$(pressed .refused)" -gt 0 ]
	ok $? "$1: $(pressed .refused) were refused"
}

progress() {
	local layout

	for layout in linear mirror stripe; do
		pressed_device layout=$layout pool_size=1 chunk_kb=64
		keeps_data "$layout"
		refused bio "$layout, no bios"
		refused bvec "$layout, no bio_vecs"
		refused mempool "$layout, no pages"
	done
	# As many pages as the pool has, for each of several at once.
	pressed_device pool_size=1
	refused mempool 'pages for several who need all' --bs=1m --bsrange=1m-1m --size=8m --io_size=8m \
		--numjobs=4 --iodepth=2 --offset_increment=8m
}

# What else is set makes no difference to the data.
others() {
	local pair

	for pair in per_bio=mempool per_bio=kzalloc submit_order=batch submit_order=hold split=chain split=limits \
		defer=workqueue percpu_cache=1 complete_in=irq complete_in=softirq complete_in=kworker gfp=noio; do
		new_device bvecs=own layout=mirror chunk_kb=16 pool_size=16 $pair lower='/dev/ram0 /dev/ram1'
		keeps_data "$pair"
	done
	echo 5 >"$config/t/delay_inject/delay_ms"
	echo 1 >"$config/t/delay_inject/random"
	echo 100 >"$config/t/delay_inject/probability"
	keeps_data 'delayed'
}

# pages DISK: addresses of those of the bios that were submitted to it.
pages() { grep "^$1 " "$work/pages" | cut -d' ' -f2 | sort -u; }

# pages_of KEY=VALUE...: whose pages the lower devices get, of a write and others.
pages_of() {
	new_device "$@"
	# Each bio has one bio_vec, of one page.
	bpftrace -q -e 'kprobe:submit_bio_noacct {
			$b = (struct bio *)arg0;
			if ($b->bi_iter.bi_size > 0) {
				printf("%s %p\n", $b->bi_bdev->bd_disk->disk_name, $b->bi_io_vec->bv_page);
			}
		}' -c "/usr/bin/python3 $here/direct_io.py writes /dev/stackb0 4096 2" >"$work/pages"
	[ -n "$(pages stackb0)" ]
	ok $? "$*: bios are seen"
}

whose() {
	pages_of bvecs=shared
	is "$(pages nullb0)" "$(pages stackb0)" 'shared: the lower device gets the pages of the original'
	pages_of bvecs=own
	[ -n "$(pages nullb0)" ] && [ -z "$(comm -12 <(pages nullb0) <(pages stackb0))" ]
	ok $? 'own: it gets others'
	pages_of bvecs=own layout=mirror lower='/dev/nullb0 /dev/nullb1'
	[ -n "$(pages nullb0)" ] && [ -z "$(comm -12 <(pages nullb0) <(pages stackb0))" ]
	ok $? 'own, mirror: the first gets others'
	is "$(pages nullb1)" "$(pages nullb0)" 'own, mirror: the second gets the same'
}

# A bio of 2 MiB, all of it one segment, becomes clones of as many pages as one can have.
largest() {
	local before

	echo 2 >/proc/sys/vm/nr_hugepages
	new_device bvecs=own lower=/dev/ram0
	before=$(counter clones_allocated)
	python3 - >"$work/out" <<-'EOF2'
		import mmap, os
		MAP_HUGETLB = 0x40000
		data = mmap.mmap(-1, 2 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | MAP_HUGETLB)
		data[:] = os.urandom(2 << 20)
		fd = os.open("/dev/stackb0", os.O_RDWR | os.O_DIRECT)
		done = os.pwritev(fd, [data], 0)
		again = mmap.mmap(-1, 2 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | MAP_HUGETLB)
		print(done, os.preadv(fd, [again], 0), again[:] == data[:])
	EOF2
	is "$(<"$work/out")" '2097152 2097152 True' '2 MiB are written and read at once'
	is $(($(counter clones_allocated) - before)) 4 'as clones of 1 MiB'
	echo 0 >/proc/sys/vm/nr_hugepages
}

# Each leg of a mirror gets the data, and what one cannot read another does.
mirror() {
	new_device bvecs=own layout=mirror chunk_kb=16 lower='/dev/ram0 /dev/ram1'
	dd if=/dev/urandom of="$work/data" bs=64k count=16 status=none
	dd if="$work/data" of=/dev/stackb0 bs=64k oflag=direct conv=nocreat status=none
	echo read >"$config/t/status_inject/op"
	echo 32 >"$config/t/status_inject/sector" # not the first piece of a bio
	echo 1 >"$config/t/status_inject/lower"
	echo medium >"$config/t/status_inject/status"
	echo 100 >"$config/t/status_inject/probability"
	dd if=/dev/stackb0 bs=64k count=16 iflag=direct status=none | cmp - "$work/data"
	ok $? 'what one leg cannot read is read from another'
	is "$(counter reads_retried)" 1 'and so was repeated'
	is "$(awk '{ print $4 }' "$truth/lowers" | xargs)" 'ok failed' 'that leg is out of use'
	no_device
	for leg in /dev/ram0 /dev/ram1; do
		holds "$leg has the data" cmp -n 1048576 $leg "$work/data"
	done
}

# What has no data has no pages; what may not wait does not; what wants to be polled for is not.
kinds() {
	pools_of new_device bvecs=own
	pages=$(mempool_with stack_blk_page_alloc)
	dd if=/dev/urandom of=/dev/stackb0 bs=1M count=4 oflag=direct conv=nocreat status=none
	holds 'discard' blkdiscard -l 1048576 /dev/stackb0
	holds 'write zeroes' blkdiscard -z -o 1048576 -l 1048576 /dev/stackb0
	dd if=/dev/stackb0 bs=1M skip=1 count=1 iflag=direct status=none | cmp -n 1048576 - /dev/zero
	ok $? 'zeroes are read'
	holds 'flush' python3 -c 'import os; os.fsync(os.open("/dev/stackb0", os.O_RDWR))'
	is "$(counted_faults)" '' 'the device saw nothing wrong'
	holds 'no page is to be had' hold "arm:$pages:1000000:600000:pool=mempool"
	python3 "$here/direct_io.py" nowait /dev/stackb0 16384 100 >"$work/io"
	lift
	holds 'what may not wait is done or told to come again' json "$work/io" \
		'(.EAGAIN // 0) + (.done // 0) == 100'
	is "$(counter bios_failed)" 0 'which is no failure'
	null_disk nullb3 poll_queues=1 memory_backed=1
	new_device bvecs=own lower=/dev/nullb3
	# On 6.1 what is polled for does not wait either, and null_blk takes 127.5 KiB without cutting it.
	keeps_data 'polled' --ioengine=io_uring --hipri --fsync=0 --bsrange=4k-64k
}

modprobe brd rd_nr=3 rd_size=16384
load memory_backed=1 discard=1 size=64
null_disk nullb1
for part in whose largest mirror kinds others progress; do
	begin=$SECONDS
	$part
	note "$part took $((SECONDS - begin)) s"
done
no_device
plan_done
