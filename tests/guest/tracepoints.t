#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# stack_blk's tracepoints, seen through the kernel's trace and by BPF programs: as many events as the
# counters say.
# tier: full
# budget: 60
# uses: modules
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/pressure.sh"
objects=$(dirname "$0")/../../build/guest
events=$tracing/instances/events

make_device() { new_device layout=mirror chunk_kb=4 per_bio=kzalloc lower='/dev/nullb0 /dev/ram0'; }

# What is traced: reads and writes, cut into clones, of which some fail; on a mirror, so that a write
# has two legs.
some_io() {
	fio --name=t --filename=/dev/stackb0 --rw=randrw --bs=16k --size=1m --ioengine=libaio --iodepth=4 \
		--direct=1 --output=/dev/null
	echo 3 >"$config/t/kmalloc_fail_nth"
	python3 "$here/direct_io.py" /dev/stackb0 16384 30 >"$work/io"
	echo 0 >"$config/t/kmalloc_fail_nth"
}

# counters_now: those that have events, on one line.
counters_now() {
	echo "$(counter clones_allocated) $(counter clones_failed) $(counter legs_submitted)" \
		"$(counter clones_completed)"
}

# since FROM NOW: the differences.
since() { paste <(tr ' ' '\n' <<<"$1") <(tr ' ' '\n' <<<"$2") | awk '{ print $2 - $1 }' | xargs; }

traced() {
	local before got truth_now number bios allocated failed legs

	make_device
	mkdir $events
	echo 20000 >$events/buffer_size_kb
	echo 1 >$events/events/stack_blk/enable
	echo 1 >$events/events/block/block_bio_remap/enable
	echo 1 >$events/events/block/block_split/enable
	number=$(tr : , </sys/block/stackb0/dev)
	before=$(counters_now)
	bios=$(counter bios)
	some_io
	truth_now=$(since "$before" "$(counters_now)")
	bios=$(($(counter bios) - bios))
	no_device
	echo 0 >$events/events/enable
	is "$(grep -h '^overrun' $events/per_cpu/cpu*/stats | awk '{ n += $2 } END { print n }')" 0 \
		'trace: nothing was overwritten'
	got=$(awk '/stack_blk_clone_alloc:/ { if (/clone=0000000000000000|clone=\(null\)/) f++; else a++ }
		/stack_blk_leg_submit:/ { l++ }
		/stack_blk_clone_complete:/ { c++ }
		END { print a + 0, f + 0, l + 0, c + 0 }' $events/trace)
	bytes=$(awk -F'bytes=' '/stack_blk_clone_alloc:/ { n += $2 } END { print n }' $events/trace)
	is "$got" "$truth_now" 'trace: clones allocated, failed, legs and completions are as counted'
	read -r allocated failed legs _ <<<"$truth_now"
	is "$(grep -cE "block_bio_remap: .* <- \($number\) [0-9]+$" $events/trace)" "$legs" \
		'trace: each leg says where its data was, as dm does for blktrace'
	is "$(grep -c "block_split: $number " $events/trace)" $((allocated - bios + failed)) \
		'trace: and each cut is told'
	is "$(grep -c 'stack_blk_power: .*on=0 lowers=2' $events/trace)" 1 'trace: and power off'
	rmdir $events
}

# What the programs counted, as a JSON array: see enum count of tracepoints.bpf.c.
count() { bpftool map dump pinned /sys/fs/bpf/counts --json | jq -c '[.[].formatted.value]'; }

# skipped: how many runs of each program that counts the kernel skipped, because an interrupt or, on
# preemptible kernels, another task came upon the same program under way on that processor; in the
# order of counters_now.
skipped() {
	bpftool prog show --json | jq -c '[("clone_alloc", "leg_submit", "clone_complete") as $name |
		[.[] | select(.name == $name) | .recursion_misses // 0] | add]'
}

# programs HOOK: the object for it, attached by bpftool.
programs() {
	local before first got truth_now

	holds "$1: bpftool loads and attaches the programs" bpftool prog loadall \
		"$objects/tracepoints.$1.bpf.o" /sys/fs/bpf/stack_blk autoattach pinmaps /sys/fs/bpf
	make_device
	before=$(counters_now)
	first=$(count)
	some_io
	truth_now=$(since "$before" "$(counters_now)")
	got=$(count)
	is "$(jq -rn --argjson a "$first" --argjson b "$got" --argjson skipped "$(skipped)" \
		'[range(8)] | map($b[.] - $a[.]) |
		 [.[0] + $skipped[0], .[1], .[3] + $skipped[1], .[4] + $skipped[2]] | join(" ")')" \
		"$truth_now" "$1: clones allocated, failed, legs and completions are as counted"
	[ "$1" != tp_btf ] || is "$(jq -n "${got}[2] - ${first}[2]")" "$bytes" \
		"$1: the types are those of the module: the bytes of all pieces are as traced"
	no_device
	is "$(count | jq -c '.[5:8]')" '[0,1,1]' "$1: no leg failed, power on and off"
	rm -r /sys/fs/bpf/stack_blk /sys/fs/bpf/counts
}

modprobe brd rd_nr=1 rd_size=16384
load memory_backed=1 size=16
traced
programs raw_tp
holds 'the module has BTF, as the kernel has of its own' [ -e /sys/kernel/btf/stack_blk ]
programs tp_btf
plan_done
