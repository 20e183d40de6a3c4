/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots of the bio_sets that were used last, and what is special about them, without a hash. An
 * entry of recent is one word so that no CPU sees half of it: the low 48 bits of the bio_set's
 * address, which tell kernel addresses apart, flags, and the slot.
 */
#ifndef BIOSCOPE_KNOWN_BPF_H
#define BIOSCOPE_KNOWN_BPF_H

#include "pool.bpf.h"

#define KNOWN_SLOT (RECORD_POOLS - 1)
#define KNOWN_SPECIAL RECORD_POOLS /* from here on: at least one of these */
#define KNOWN_RESCUER (1u << 13)
#define KNOWN_CACHE (1u << 14)
#define KNOWN_BVECS (1u << 15)
#define KNOWN_END (1u << 16)

_Static_assert((RECORD_POOLS & (RECORD_POOLS - 1)) == 0 && RECORD_POOLS <= KNOWN_RESCUER,
	       "slot and flags fit into 16 bits");

/* Slot and flags of the bio_set at @address; KNOWN_END or more: pool_learn() has to be asked. */
static __always_inline __u64 pool_known(__u64 address)
{
	return recent[recent_index(address)] ^ (address << 16);
}

/* Whether the bio_set at @address has no slot yet, so that it is worth a look who asks for it. */
static __always_inline bool pool_is_new(__u64 address)
{
	return pool_find(pool_bio_pool((void *)address)) < 0;
}

/* The same where it is not among the last; negative: no slot is left. */
static __noinline long pool_learn(__u64 address, __s32 stack)
{
	struct bio_set *bs = (void *)address;
	long slot = pool_find(pool_bio_pool(bs));
	struct record_pool *pool;
	__u32 known;

	if (slot < 0)
		slot = pool_add_set(bs, stack);
	pool = slot < 0 ? NULL : pool_at(slot);
	if (!pool) {
		lost_add(RECORD_LOST_POOLS);
		return -1;
	}
	known = slot & KNOWN_SLOT;
	/* Another CPU is about to describe it: all that is rare is looked at, and nothing kept. */
	if (!pool->mempool)
		return known | KNOWN_RESCUER | KNOWN_CACHE | KNOWN_BVECS;
	if (pool->flags & RECORD_POOL_RESCUER)
		known |= KNOWN_RESCUER;
	if (pool->flags & RECORD_POOL_PERCPU_CACHE)
		known |= KNOWN_CACHE;
	if (pool->flags & RECORD_POOL_BVECS)
		known |= KNOWN_BVECS;
	recent[recent_index(address)] = address << 16 | known;
	return known;
}

#endif
