#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# Nothing is left of a stack_blk device that is gone: two hundred come and go, of every kind, with I/O of every
# kind and what can go wrong with it. What the kernel keeps then is what it kept after the first twenty.
# tier: full
# budget: 120
# vm: --append slab_debug=U --append slub_debug=U
# uses: modules
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
trace=/sys/kernel/tracing/instances/leaks

# Of ten kinds of rounds each is a tenth: what each round of one kind leaves behind is as many objects.
rounds=100 kinds=10

leaks() { python3 "$here/leaks.py" "$@"; }

# grown BEFORE AFTER: what there is more or less of. What others use, too, may come and go, but not one for each
# round of a kind.
grown() {
	awk -v most=$((rounds / kinds)) '
		{ number = $NF; sub(/ [0-9]+$/, "") }
		NR == FNR { was[$0] = number; next }
		{ is[$0] = number }
		END {
			for (name in was) is[name] += 0
			for (name in is) {
				more = is[name] - was[name]
				if (name ~ /^(slab|percpu|vmalloc)/ ? more >= most : more) print name ": " was[name] + 0 ", " is[name]
			}
		}' "$1" "$2" | sort
}

# settled BEFORE AFTER: the state is in AFTER; what was freed may take RCU a moment.
settled() { leaks state >"$2" && [ -z "$(grown "$1" "$2")" ]; }

# percpu_left: the per-CPU memory that was allocated while it was traced and not freed, by caller: what a disk, its
# bio_sets and its counters have. All else is that of tasks, caches and cgroups that come and go meanwhile, and may
# still have what was freed here before.
percpu_left() {
	awk 'match($0, / ptr=[^ ]+/) {
			ptr = substr($0, RSTART, RLENGTH)
			if (/ percpu_alloc_percpu: /) left[ptr] = $0
			if (/ percpu_free_percpu: /) delete left[ptr]
		}
		END { for (ptr in left) print left[ptr] }' "$trace/trace" >"$work/left"
	grep -oE 'call_site=([^ ]* \[stack_blk\]|(bioset_init|bdev_alloc)[^ ]*)' "$work/left"
}

# more_rounds BEFORE AFTER WHAT
more_rounds() {
	local begin=$SECONDS

	: >"$trace/trace"
	echo 1 >"$trace/events/percpu/enable"
	holds "$3: $rounds devices come and go" leaks rounds $rounds
	note "$3: $((SECONDS - begin)) s"
	until_true 120 settled "$1" "$2"
	is "$(grown "$1" "$2")" '' "$3: what the kernel keeps is as it was"
	echo 0 >"$trace/events/percpu/enable"
	[ "$(grep -c 'percpu_alloc_percpu: ' "$trace/trace")" -ge $rounds ]
	ok $? "$3: allocations of per-CPU memory were seen"
	is "$(percpu_left)" '' "$3: each was freed"
	note "$3: $((SECONDS - begin)) s"
	join <(sed -n 's/^slab //p' "$1") <(sed -n 's/^slab //p' "$2") |
		awk '$2 != $3 { printf "# slab %s: %+d objects\n", $1, $3 - $2 }'
}

# kmemleak, where a kernel has it: Debian's have not.
kmemleak() {
	local file=/sys/kernel/debug/kmemleak

	if ! [ -e $file ]; then
		note 'this kernel has no kmemleak'
		return
	fi
	echo scan >$file
	is "$(grep -c '\[stack_blk\]' $file)" 0 'kmemleak has found nothing'
}

load memory_backed=1 discard=1 size=64
null_disk nullb1 memory_backed=1 discard=1 size=64
null_disk nullb2 memory_backed=1 discard=1 size=64 poll_queues=1
stop_udev
mkdir $trace
echo 20000 >$trace/buffer_size_kb
echo counter >$trace/trace_clock # in the order of what happened, on whichever processor
leaks rounds $((2 * kinds))
leaks rounds 1
leaks state >"$work/0"
leaks state >"$work/0"
note "objects: $(sed -n 's/^object //p' "$work/0" | paste -sd,)"
holds 'it is known who has allocated what' grep '^object ' "$work/0"
more_rounds "$work/0" "$work/1" 'first'
more_rounds "$work/1" "$work/2" 'second'
kmemleak
rmdir $trace
plan_done
