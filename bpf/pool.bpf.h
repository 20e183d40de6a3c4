/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A mempool's slot: found, or given out the first time the mempool is met. The two mempools of a
 * bio_set get theirs together; a bio_set is known by the slot of its bio_pool.
 */
#ifndef BIOSCOPE_POOL_BPF_H
#define BIOSCOPE_POOL_BPF_H

#include "maps.bpf.h"

static __always_inline struct mempool *pool_bio_pool(struct bio_set *bs)
{
	return (void *)((__u64)bs + bpf_core_field_offset(struct bio_set, bio_pool));
}

static __always_inline struct mempool *pool_bvec_pool(struct bio_set *bs)
{
	return (void *)((__u64)bs + bpf_core_field_offset(struct bio_set, bvec_pool));
}

static __always_inline struct record_pool *pool_at(__u32 slot)
{
	return bpf_map_lookup_elem(&pools, &slot);
}

/*
 * Whether @bs can be a bio_set: bioset_init() makes the elements of its bio_pool come from its
 * bio_slab. @bs may be any address.
 */
static __always_inline bool pool_is_bio_set(struct bio_set *bs)
{
	__u64 slab = (__u64)BPF_CORE_READ(bs, bio_slab);

	return slab && slab == (__u64)BPF_CORE_READ(bs, bio_pool.pool_data);
}

/* Which bio_set a mempool is part of, or NULL. */
static __always_inline struct bio_set *pool_owner(struct mempool *mempool)
{
	struct bio_set *bs;

	bs = (void *)((__u64)mempool - bpf_core_field_offset(struct bio_set, bio_pool));
	if (pool_is_bio_set(bs))
		return bs;
	bs = (void *)((__u64)mempool - bpf_core_field_offset(struct bio_set, bvec_pool));
	return pool_is_bio_set(bs) ? bs : NULL;
}

static __always_inline void pool_describe_set(struct record_pool *pool, struct bio_set *bs)
{
	__u32 flags = 0;

	if (BPF_CORE_READ(bs, rescue_workqueue))
		flags |= RECORD_POOL_RESCUER;
	if (BPF_CORE_READ(bs, cache))
		flags |= RECORD_POOL_PERCPU_CACHE;
	if (BPF_CORE_READ(bs, bvec_pool.elements))
		flags |= RECORD_POOL_BVECS;
	pool->flags = flags;
	pool->front_pad = BPF_CORE_READ(bs, front_pad);
	pool->bs = (__u64)bs;
}

static __always_inline long pool_find(struct mempool *mempool)
{
	__u64 key = (__u64)mempool;
	__u32 *slot = bpf_map_lookup_elem(&slots, &key);

	return slot ? (long)*slot : -1;
}

/* Two CPUs may meet here: the hash decides, the loser's slot goes back. -1: none is left. */
static __always_inline long pool_claim(struct mempool *mempool, struct record_pool **new)
{
	__u64 key = (__u64)mempool;
	struct record_pool *pool;
	__u32 slot;

	*new = NULL;
	if (bpf_map_pop_elem(&free_slots, &slot))
		return -1;
	pool = pool_at(slot);
	/* Before anybody can find it, and wait for it. */
	if (pool)
		pool->since_ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&slots, &key, &slot, BPF_NOEXIST)) {
		bpf_map_push_elem(&free_slots, &slot, 0);
		return pool_find(mempool);
	}
	*new = pool;
	return slot;
}

static __always_inline void pool_publish(struct record_pool *pool, struct mempool *mempool,
					 __s32 stack)
{
	pool->reserve = mempool_min_nr(mempool);
	pool->level = mempool_curr_nr(mempool);
	pool->lowest = pool->reserve;
	pool->stack = stack;
	pool->mempool = (__u64)mempool;
}

/* Returns the slot of the bio_pool of @bs, or -1. */
static __noinline long pool_add_set(struct bio_set *bs, __s32 stack)
{
	struct record_pool *pool, *bvec;
	long slot, bvec_slot;

	slot = pool_claim(pool_bio_pool(bs), &pool);
	if (!pool)
		return slot;
	pool_describe_set(pool, bs);
	if (pool->flags & RECORD_POOL_BVECS) {
		bvec_slot = pool_claim(pool_bvec_pool(bs), &bvec);
		if (bvec) {
			bvec->bs = (__u64)bs;
			bvec->flags = RECORD_POOL_IS_BVEC;
			pool_publish(bvec, pool_bvec_pool(bs), stack);
		}
		if (bvec_slot > 0)
			pool->bvec_slot = bvec_slot;
	}
	pool_publish(pool, pool_bio_pool(bs), stack);
	return slot;
}

/* Returns the slot of the bio_pool of @bs, a new one if it had none; -1: all are given out. */
static __always_inline long pool_slot_of_set(struct bio_set *bs)
{
	long slot = pool_find(pool_bio_pool(bs));

	if (slot < 0)
		slot = pool_add_set(bs, -1);
	if (slot < 0)
		lost_add(RECORD_LOST_POOLS);
	return slot;
}

/* The same for any mempool. */
static __always_inline long pool_slot_of(struct mempool *mempool, __s32 stack)
{
	long slot = pool_find(mempool);
	struct record_pool *pool;
	struct bio_set *bs;

	if (slot >= 0)
		return slot;
	bs = pool_owner(mempool);
	if (bs) {
		pool_add_set(bs, stack);
		slot = pool_find(mempool);
	} else {
		slot = pool_claim(mempool, &pool);
		if (pool)
			pool_publish(pool, mempool, stack);
	}
	if (slot < 0)
		lost_add(RECORD_LOST_POOLS);
	return slot;
}

/*
 * What is known of the bio_sets that were used last (known.bpf.h), by a hash of their addresses: a
 * bio_set that goes away is forgotten.
 */
#define RECENT_BITS 10
#ifdef MAPS_HERE
__u64 recent[1 << RECENT_BITS];
#else
extern __u64 recent[1 << RECENT_BITS];
#endif

static __always_inline __u32 recent_index(__u64 bs)
{
	return ((bs >> 3) * 0x9e3779b97f4a7c15ULL) >> (64 - RECENT_BITS);
}

/* Its address may be used again at once, so the slot must not be found by it any more. */
static __always_inline void pool_gone(struct mempool *mempool)
{
	__u64 key = (__u64)mempool;
	long slot = pool_find(mempool);
	struct record_pool *pool;

	if (slot < 0)
		return;
	pool = pool_at(slot);
	if (pool) {
		pool->gone_ns = bpf_ktime_get_ns();
		pool->flags |= RECORD_POOL_GONE;
	}
	bpf_map_delete_elem(&slots, &key);
}

static __always_inline void pool_gone_set(struct bio_set *bs)
{
	pool_gone(pool_bvec_pool(bs));
	pool_gone(pool_bio_pool(bs));
	recent[recent_index((__u64)bs)] = 0;
}

#endif
