/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the return of bio_alloc_bioset() tells, however it is seen.
 */
#ifndef BIOSCOPE_RETURNS_BPF_H
#define BIOSCOPE_RETURNS_BPF_H

#include "known.bpf.h"
#include "waits.bpf.h"

static __always_inline void call_cached(__u32 slot)
{
	struct record_calls *c = stats_calls();

	if (c)
		__sync_fetch_and_add(&c->cached[slot & KNOWN_SLOT], 1);
}

/* An allocation that gave NULL, of which the bvec_pool may not have been asked. */
static __noinline int call_failed(void *ctx, __u64 address, __u32 nr_vecs)
{
	__u64 known = pool_known(address);
	struct record_pool *pool;
	struct record_counts *c;
	__u32 slot;

	if (known >= KNOWN_END)
		known = pool_learn(address, -1);
	if (known >= KNOWN_END)
		return 0;
	slot = known & KNOWN_SLOT;
	stats_count(slot, failed);
	if (want_events & 1u << RECORD_EVENT_FAILED)
		event_add(RECORD_EVENT_FAILED, slot, 0, bpf_get_stackid(ctx, &stacks, 0));
	pool = pool_at(slot);
	if (!(known & KNOWN_BVECS) || nr_vecs <= KERNEL_BIO_INLINE_VECS || !pool)
		return 0;
	c = pool->bvec_slot ? stats_counts(pool->bvec_slot) : NULL;
	if (c)
		__sync_fetch_and_add(&c->unasked, 1);
	return 0;
}

#endif
