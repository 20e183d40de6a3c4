// SPDX-License-Identifier: GPL-2.0
/*
 * Slots of pools that are gone.
 */
#include "run/retire.h"

#include "util/clock.h"

/* So many may be used before the first is given up, and before it may be one that is asked for. */
#define USED (RECORD_POOLS / 2)
#define USED_BY_ALL (RECORD_POOLS / 16 * 15)

/* Who still has a slot in hand, or an event of it to read, is done with it by then. */
#define OVER_NS 500000000ULL

static bool is_over(const struct record_pool *pool, uint64_t now)
{
	return pool->mempool && (pool->flags & RECORD_POOL_GONE) && now > pool->gone_ns + OVER_NS;
}

static bool is_kept(const struct pools *pools, uint32_t slot, const struct model_filter *keep)
{
	const struct read_pool pool = { .id = pools_table(pools)[slot],
					.name = *pools_name_of(pools, slot) };

	return (keep->device || keep->dev || keep->pool) && model_matches(&pool, keep);
}

void retire_pools(struct pools *pools, struct trace *t, const struct model_filter *keep,
		  struct read_gone *gone)
{
	uint32_t slot, used = pools_used(pools);
	uint64_t now = used > USED ? clock_ns(CLOCK_MONOTONIC) : 0;

	for (slot = 0; slot < RECORD_POOLS && used > USED; slot++) {
		if (!is_over(&pools_table(pools)[slot], now) ||
		    (used <= USED_BY_ALL && is_kept(pools, slot, keep)))
			continue;
		read_gone_pool(t, slot, gone);
		trace_clear(t, slot);
		if (pools_retire(pools, slot))
			break;
		used--;
	}
}
