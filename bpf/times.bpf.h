/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms that any program may add to: CPUs share lanes, and an interrupt may come in between.
 */
#ifndef BIOSCOPE_TIMES_BPF_H
#define BIOSCOPE_TIMES_BPF_H

#include "stats.bpf.h"

/* Index: what is measured * nr_lanes + lane; the loader sets max_entries where it is asked for. */
struct map_times {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_times);
};

extern const volatile __u32 nr_lanes;

static __always_inline void times_add(void *map, __u32 index, __u64 took)
{
	__u32 row = index * nr_lanes + (bpf_get_smp_processor_id() & (nr_lanes - 1));
	struct record_times *t = bpf_map_lookup_elem(map, &row);

	if (!t)
		return;
	stats_hist_add(t->times, took, 1);
	stats_max(&t->max_ns, took);
}

/* Whether bit @number of bi_flags is set. */
static __always_inline bool bio_flagged(__u32 flags, __u32 number)
{
	return flags >> number & 1;
}

#endif
