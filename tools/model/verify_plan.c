// SPDX-License-Identifier: GPL-2.0
/*
 * Which pools verify has to exhaust.
 */
#include "model/verify_plan.h"

#include <string.h>

static bool is_of(const struct verify_plan *plan, const struct read_pool *p)
{
	size_t i;

	for (i = 0; i < plan->nr_devs; i++)
		if (p->id.dev == plan->devs[i])
			return true;
	return false;
}

static const struct model_pool *reported(const struct model_report *r, const struct read_pool *p)
{
	size_t i;

	for (i = 0; i < r->nr_pools; i++)
		if (r->pools[i].slot == p->slot)
			return &r->pools[i];
	return NULL;
}

static bool is_asked_for(const struct verify_plan *plan, const struct model_pool *p)
{
	return !plan->pool || !strcmp(plan->pool, p->pool);
}

size_t verify_plan_pools(const struct verify_plan *plan, const struct read_snapshot *s,
			 const struct model_report *r, struct verify_candidate *out)
{
	size_t i, n = 0;

	for (i = 0; i < s->nr_pools; i++) {
		const struct read_pool *p = &s->pools[i];
		const struct model_pool *m = reported(r, p);

		if (!m || (p->id.flags & RECORD_POOL_GONE) || !is_asked_for(plan, m))
			continue;
		if (!is_of(plan, p) && (plan->disks_only || p->id.dev || !m->allocs))
			continue;
		out[n].pool = m;
		out[n++].unused = p->id.bs && !m->allocs;
	}
	return n;
}

unsigned int verify_plan_jobs(const struct verify_plan *plan, const struct read_snapshot *s)
{
	uint32_t most = VERIFY_PLAN_JOBS_LEAST - 2;
	size_t i;

	for (i = 0; i < s->nr_pools; i++) {
		const struct read_pool *p = &s->pools[i];

		if (is_of(plan, p) && p->id.bs && !(p->id.flags & RECORD_POOL_GONE) &&
		    p->id.reserve > most)
			most = p->id.reserve;
	}
	return most < VERIFY_PLAN_JOBS_MOST - 2 ? most + 2 : VERIFY_PLAN_JOBS_MOST;
}
