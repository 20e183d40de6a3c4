/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters and histograms of a slot. Every CPU has a row of its own, and what the hot path counts
 * only one program writes, of which the kernel runs no two at a time on a CPU: no atomics there.
 * (The copy of that program, see calls.bpf.h, has rows of its own behind those of the CPUs.) What
 * several programs or CPUs add to is rare, and added atomically.
 */
#ifndef BIOSCOPE_STATS_BPF_H
#define BIOSCOPE_STATS_BPF_H

#include "maps.bpf.h"

MAPS_EXTERN struct map_counts counts SEC(".maps");
MAPS_EXTERN struct map_hists hists SEC(".maps");

#ifdef MAPS_HERE
const volatile __u32 nr_rows = 1; /* per slot in counts */
#else
extern const volatile __u32 nr_rows;
#endif

static __always_inline __u32 stats_row(__u32 slot)
{
	return slot * nr_rows + bpf_get_smp_processor_id();
}

static __always_inline struct record_counts *stats_counts(__u32 slot)
{
	__u32 row = stats_row(slot);

	return bpf_map_lookup_elem(&counts, &row);
}

static __always_inline struct record_hists *stats_hists(__u32 slot)
{
	return bpf_map_lookup_elem(&hists, &slot);
}

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

/* The bucket of @v; tools/hist.c has the inverse, tests/unit holds the two together. */
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

/* Adds to a row that only this program writes. */
static __always_inline void stats_hist_add(__u64 *hist, __u64 v)
{
	__u64 b = stats_bucket(v);

	/* The verifier has to see the test on the very register that indexes. */
	barrier_var(b);
	if (b < RECORD_HIST_BUCKETS)
		hist[b]++;
}

/* Adds to what others add to, too. */
static __always_inline void stats_hist_add_shared(__u64 *hist, __u64 v)
{
	__u64 b = stats_bucket(v);

	barrier_var(b);
	if (b < RECORD_HIST_BUCKETS)
		__sync_fetch_and_add(&hist[b], 1);
}

static __always_inline void stats_max(__u64 *max, __u64 v)
{
	if (v > *max)
		*max = v;
}

#endif
