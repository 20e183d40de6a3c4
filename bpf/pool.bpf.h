/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bio_set's slot: found, or given out the first time the bio_set is met.
 */
#ifndef BIOSCOPE_POOL_BPF_H
#define BIOSCOPE_POOL_BPF_H

#include "maps.bpf.h"

/* Fills in what the bio_set itself tells. @bs may be any readable kernel address. */
static __always_inline void pool_describe(struct record_pool *pool, struct bio_set *bs)
{
	__u32 flags = 0;

	if (BPF_CORE_READ(bs, rescue_workqueue))
		flags |= RECORD_POOL_RESCUER;
	if (bpf_core_field_exists(bs->cache) && BPF_CORE_READ(bs, cache))
		flags |= RECORD_POOL_PERCPU_CACHE;
	if (BPF_CORE_READ(bs, bvec_pool.elements))
		flags |= RECORD_POOL_BVECS;
	pool->flags = flags;
	pool->front_pad = BPF_CORE_READ(bs, front_pad);
	pool->reserve = BPF_CORE_READ(bs, bio_pool.min_nr);
	pool->level = BPF_CORE_READ(bs, bio_pool.curr_nr);
	pool->bs = (__u64)bs;
}

static __always_inline struct record_pool *pool_at(__u32 slot)
{
	return bpf_map_lookup_elem(&pools, &slot);
}

/*
 * Gives @bs a slot. Two CPUs may meet here: the hash decides, the loser's slot stays unused
 * (bs == 0). Returns the slot or -1 when all are given out.
 */
static __always_inline long pool_add(struct bio_set *bs, __s32 stack)
{
	__u64 key = (__u64)bs;
	__u32 zero = 0, *next, *winner, slot;
	struct record_pool *pool;

	next = bpf_map_lookup_elem(&used, &zero);
	if (!next || *next >= RECORD_POOLS)
		return -1;
	slot = __sync_fetch_and_add(next, 1);
	pool = pool_at(slot);
	if (!pool)
		return -1;
	if (bpf_map_update_elem(&slots, &key, &slot, BPF_NOEXIST)) {
		winner = bpf_map_lookup_elem(&slots, &key);
		return winner ? (long)*winner : -1;
	}
	pool_describe(pool, bs);
	pool->stack = stack;
	return slot;
}

static __always_inline long pool_find(struct bio_set *bs)
{
	__u64 key = (__u64)bs;
	__u32 *slot = bpf_map_lookup_elem(&slots, &key);

	return slot ? (long)*slot : -1;
}

/* Returns the slot of @bs, a new one if it had none, or -1 when all are given out. */
static __always_inline long pool_slot(struct bio_set *bs)
{
	long slot = pool_find(bs);

	if (slot < 0)
		slot = pool_add(bs, -1);
	if (slot < 0)
		lost_add(RECORD_LOST_POOLS);
	return slot;
}

#endif
