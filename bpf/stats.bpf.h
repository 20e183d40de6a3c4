/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of a slot. What the hot path counts is in rows of the CPUs; the rest is
 * rare, shared by all CPUs and added to atomically.
 */
#ifndef BIOSCOPE_STATS_BPF_H
#define BIOSCOPE_STATS_BPF_H

#include "maps.bpf.h"

MAPS_EXTERN struct map_calls calls SEC(".maps");
MAPS_EXTERN struct map_counts counts SEC(".maps");

/* The row of this CPU; several programs add to it. */
static __always_inline struct record_calls *stats_calls(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&calls, &cpu);
}

static __always_inline struct record_counts *stats_counts(__u32 slot)
{
	return bpf_map_lookup_elem(&counts, &slot);
}

/* One more of a member of struct record_counts. */
#define stats_count(slot, member)                                          \
	do {                                                               \
		struct record_counts *counts_of_slot = stats_counts(slot); \
		if (counts_of_slot)                                        \
			__sync_fetch_and_add(&counts_of_slot->member, 1);  \
	} while (0)

/* Position of the highest set bit of @v, which is not 0. */
static __always_inline __u32 stats_log2(__u64 v)
{
	__u32 r, shift;

	r = (v > 0xffffffffULL) << 5;
	v >>= r;
	shift = (v > 0xffff) << 4;
	v >>= shift;
	r |= shift;
	shift = (v > 0xff) << 3;
	v >>= shift;
	r |= shift;
	shift = (v > 0xf) << 2;
	v >>= shift;
	r |= shift;
	shift = (v > 0x3) << 1;
	v >>= shift;
	r |= shift;
	return r | (v >> 1);
}

/* The bucket of @v; tools/model/hist.c has the inverse, tests/unit holds the two together. */
static __always_inline __u32 stats_bucket(__u64 v)
{
	__u32 msb, b;

	if (v < RECORD_HIST_SUB)
		return v;
	msb = stats_log2(v);
	if (msb >= RECORD_HIST_MAX_BITS)
		return RECORD_HIST_BUCKETS - 1;
	b = (msb - RECORD_HIST_SUB_BITS + 1) * RECORD_HIST_SUB +
	    ((v >> (msb - RECORD_HIST_SUB_BITS)) & (RECORD_HIST_SUB - 1));
	return b;
}

/* Adds @n times to what others add to, too. */
static __always_inline void stats_hist_add(__u64 *hist, __u64 v, __s64 n)
{
	__u64 b = stats_bucket(v);

	barrier_var(b);
	if (b < RECORD_HIST_BUCKETS)
		__sync_fetch_and_add(&hist[b], n);
}

static __always_inline void stats_max(__u64 *max, __u64 v)
{
	if (v > *max)
		*max = v;
}

#endif
