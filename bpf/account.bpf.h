/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the return of bio_alloc_bioset() counts, however it is seen.
 */
#ifndef BIOSCOPE_ACCOUNT_BPF_H
#define BIOSCOPE_ACCOUNT_BPF_H

#include "pending.bpf.h"
#include "pool.bpf.h"

MAPS_EXTERN struct map_alloc_hists alloc_hists SEC(".maps");

#ifdef MAPS_HERE
const volatile bool want_alloc_hist = false;
const volatile __u32 nr_cpus = 1;
#else
extern const volatile bool want_alloc_hist;
extern const volatile __u32 nr_cpus;
#endif

/*
 * Ends what an allocation did to the reserve of @mempool, whose slot is @slot. @place is where the
 * arguments of bio_alloc_bioset() are: stacks grow down, so what is above is of another call.
 * Returns the way it went, or @way if it did nothing.
 */
static __noinline __u32 pending_take(__u64 mempool, __u32 slot, __u64 place, __u32 way)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct pending_key key = { .mempool = mempool, .tid = tid };
	struct pending *p = bpf_map_lookup_elem(&pending, &key);

	if (!p || p->place >= place)
		return way;
	if (p->wait_ns) {
		way = RECORD_WAY_WAIT;
		pending_wait_done(slot, p->wait_ns);
		bpf_map_delete_elem(&waiters, &tid);
	} else if (p->reserve) {
		way = RECORD_WAY_RESERVE;
	}
	bpf_map_delete_elem(&pending, &key);
	__sync_fetch_and_add(&calls_in_reserve, -1);
	return way;
}

static __always_inline __u32 own_row(__u32 slot, bool copy)
{
	return stats_row(slot) + (copy ? nr_cpus : 0);
}

static __always_inline void account_time(__u32 slot, __u64 start_ns, bool copy)
{
	__u64 took = bpf_ktime_get_ns() - start_ns;
	__u32 row = own_row(slot, copy);
	struct record_alloc_hist *h = bpf_map_lookup_elem(&alloc_hists, &row);

	if (!h)
		return;
	stats_hist_add(h->alloc, took);
	stats_max(&h->max_ns, took);
}

static __always_inline void account(__u32 slot, enum record_way way, bool copy)
{
	__u32 row = own_row(slot, copy);
	struct record_counts *c = bpf_map_lookup_elem(&counts, &row);

	if (c && way < RECORD_WAYS)
		c->way[way]++;
}

/* The bvec_pool is asked for vectors that do not fit into the bio. */
static __always_inline int account_bvec(struct bio_set *bs, __u32 slot, __u64 place, bool failed,
					bool copy)
{
	struct record_pool *pool = pool_at(slot);
	enum record_way way = failed ? RECORD_WAYS : RECORD_WAY_SLAB;
	__u32 bvec_slot = pool ? pool->bvec_slot : 0;

	if (!bvec_slot)
		return 0;
	if (calls_in_reserve)
		way = pending_take((__u64)pool_bvec_pool(bs), bvec_slot, place, way);
	/* Where a failed allocation may not have got this far, it is the bio_pool's only. */
	if (failed && way != RECORD_WAYS)
		way = RECORD_WAY_FAILED;
	account(bvec_slot, way, copy);
	return 0;
}

static __always_inline void account_failed(void *ctx, __u32 slot)
{
	if (want_events & 1u << RECORD_EVENT_FAILED)
		event_add(RECORD_EVENT_FAILED, slot, 0, bpf_get_stackid(ctx, &stacks, 0));
}

#endif
