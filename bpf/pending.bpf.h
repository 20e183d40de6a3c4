/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notes between the programs: what an allocation under way did to a reserve (written by
 * reserve.bpf.c, taken by the return of bio_alloc_bioset()), and which bios it may punt.
 */
#ifndef BIOSCOPE_PENDING_BPF_H
#define BIOSCOPE_PENDING_BPF_H

#include "stats.bpf.h"
#include "events.bpf.h"

struct pending_key {
	__u64 mempool;
	__u32 tid;
	__u32 pad;
};

struct pending {
	__u64 place; /* the stack pointer in mempool_alloc() */
	__u64 wait_ns; /* when the first sleep began, 0: none */
	__u64 reserve; /* elements taken from the reserve */
};

struct map_pending {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, struct pending_key);
	__type(value, struct pending);
};

/* Thread id -> bios that are parked below its allocation. */
struct parked {
	__u64 bs;
	__u64 bios;
};

struct map_parked {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, __u32);
	__type(value, struct parked);
};

MAPS_EXTERN struct map_pending pending SEC(".maps");
MAPS_EXTERN struct map_parked parked SEC(".maps");
MAPS_EXTERN struct map_waiters waiters SEC(".maps");
MAPS_EXTERN struct map_stacks stacks SEC(".maps");

/* How many entries pending has: while there is none, the hot path does not look. */
#ifdef MAPS_HERE
__u64 calls_in_reserve = 0;
#else
extern __u64 calls_in_reserve;
#endif

static __always_inline void pending_wait_done(__u32 slot, __u64 since_ns)
{
	__u64 took = bpf_ktime_get_ns() - since_ns;
	struct record_counts *c = stats_counts(slot);
	struct record_hists *h = stats_hists(slot);

	if (!c || !h)
		return;
	event_add(RECORD_EVENT_WAITED, slot, took, -1);
	__sync_fetch_and_add(&c->wait_ns, took);
	stats_max(&c->wait_max_ns, took);
	stats_hist_add_shared(h->wait, took);
}

#endif
