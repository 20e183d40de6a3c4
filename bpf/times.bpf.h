/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms that any program may add to: CPUs share lanes, and an interrupt may come in between.
 * They are large, so there is one only of what happened; of what is rare, and where many are used
 * already, one for all CPUs.
 */
#ifndef BIOSCOPE_TIMES_BPF_H
#define BIOSCOPE_TIMES_BPF_H

#include "claim.bpf.h"
#include "stats.bpf.h"

/* Row 0 is none; the loader sets max_entries. */
struct map_times {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_times);
};

MAPS_EXTERN struct map_times times SEC(".maps");

#ifdef MAPS_HERE
const volatile __u32 nr_lanes = 1; /* a power of two */
const volatile __u32 nr_rows = 0; /* that can be given out */
__u32 rows[RECORD_TIMED_ALL]; /* index: RECORD_TIMED() */
__u32 rows_used = 0;
__u64 rows_at =
	0; /* their address, which keys are relative to (table_key()); 0: nobody waited yet */
#else
extern const volatile __u32 nr_lanes;
extern const volatile __u32 nr_rows;
extern __u32 rows[RECORD_TIMED_ALL];
extern __u32 rows_used;
extern __u64 rows_at;
#endif

static __always_inline __u32 times_row_at(__u64 at)
{
	barrier_var(at);
	return at < RECORD_TIMED_ALL ? rows[at] : 0;
}

/* Two CPUs may meet here: the row of the loser stays unused. */
static __noinline __u32 times_claim(__u64 at)
{
	__u64 first = at < RECORD_TIMED_RARE ? at : at & ~(__u64)(RECORD_LANES - 1);
	__u32 row;

	/* Who comes late shares, so that something is left for who comes later still. */
	if (rows_used > nr_rows / 4)
		at = first;
	row = times_row_at(at);
	if (row)
		return row;
	row = claim(&rows_used, nr_rows) + 1;
	if (row > nr_rows)
		return times_row_at(first);
	barrier_var(at);
	if (at >= RECORD_TIMED_ALL)
		return 0;
	return __sync_val_compare_and_swap(&rows[at], 0, row) ?: row;
}

/* The histogram of @index to add to; NULL: there is no room for one. */
static __always_inline struct record_times *times_of(enum record_timed what, __u32 index)
{
	__u32 lane = RECORD_TIMED_LANES(what) == 1 ? 0 : bpf_get_smp_processor_id();
	__u64 at = RECORD_TIMED(what, index, lane & (nr_lanes - 1));
	__u32 row = times_row_at(at) ?: times_claim(at);

	if (!row) {
		lost_add(RECORD_LOST_ROWS);
		return NULL;
	}
	return bpf_map_lookup_elem(&times, &row);
}

/* Adds @took @n times, or takes it away. */
static __always_inline void times_count(enum record_timed what, __u32 index, __u64 took, __s64 n)
{
	struct record_times *t = times_of(what, index);

	if (!t)
		return;
	stats_hist_add(t->times, took, n);
	stats_max(&t->max_ns, took);
}

static __always_inline void times_add(enum record_timed what, __u32 index, __u64 took)
{
	times_count(what, index, took, 1);
}

#endif
