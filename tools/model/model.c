// SPDX-License-Identifier: GPL-2.0
/*
 * From two snapshots to what happened between them.
 */
#include "model/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

bool model_matches(const struct read_pool *pool, const struct model_filter *filter)
{
	if (filter->dev && pool->id.dev != filter->dev)
		return false;
	if (filter->mempool && pool->id.mempool != filter->mempool)
		return false;
	if (filter->device && strcmp(pool->name.device, filter->device))
		return false;
	return !filter->pool || !strcmp(pool->name.pool, filter->pool);
}

void model_name(const struct pools_name *name, char *out)
{
	char whole[sizeof(name->device) + sizeof(name->pool)];

	snprintf(whole, sizeof(whole), "%s%s%s", name->device, name->device[0] ? " " : "",
		 name->pool);
	text_escape(whole, out, MODEL_NAME);
}

/* The same pool in another snapshot, which is sorted by slot; NULL: it is not there. */
static const struct read_pool *find_pool_of(const struct read_snapshot *s,
					    const struct read_pool *pool)
{
	size_t lo = 0, hi = s ? s->nr_pools : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct read_pool *p = &s->pools[mid];

		if (p->slot == pool->slot)
			return p->generation == pool->generation ? p : NULL;
		if (p->slot < pool->slot)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* What was taken away, because a wait that seemed to be over went on, is none. */
static void delta_of(const struct record_times *after, const struct record_times *before,
		     __u64 *delta)
{
	unsigned int i;

	for (i = 0; i < RECORD_HIST_BUCKETS; i++) {
		__u64 was = before ? before->times[i] : 0, is = after ? after->times[i] : 0;

		delta[i] = is > was ? is - was : 0;
	}
}

/* The maximum is of all time and only bounds the result. */
static void summarise_delta(const struct record_times *after, const struct record_times *before,
			    struct hist_summary *out)
{
	__u64 delta[RECORD_HIST_BUCKETS];

	delta_of(after, before, delta);
	hist_summarise(delta, after ? after->max_ns : 0, out);
}

void model_times(const struct read_snapshot *before, const struct read_snapshot *after,
		 uint32_t slot, unsigned int what, __u64 *buckets)
{
	const struct read_pool *p = NULL, *b;
	size_t i;

	for (i = 0; i < after->nr_pools && !p; i++)
		p = after->pools[i].slot == slot ? &after->pools[i] : NULL;
	b = p ? find_pool_of(before, p) : NULL;
	delta_of(p ? p->times[what] : NULL, b ? b->times[what] : NULL, buckets);
}

static void fill_identity(const struct read_pool *p, struct model_pool *m)
{
	model_name(&p->name, m->name);
	m->slot = p->slot;
	m->device = p->name.device;
	m->pool = p->name.pool;
	m->module = p->name.module;
	m->address = p->id.bs ? p->id.bs : p->id.mempool;
	m->mempool = p->id.mempool;
	m->kind = p->id.kind;
	m->reserve = p->id.reserve;
	m->level = p->id.level;
	m->front_pad = p->id.front_pad;
	m->flags = p->id.flags;
	m->lowest = p->id.lowest;
	m->since_ns = p->id.since_ns;
	if (m->level < m->lowest)
		m->lowest = m->level;
}

/*
 * From the slab is what is left. An allocation that began before a snapshot and went its way after
 * it can make that less than nothing; what may have failed is some of it at the most.
 */
static void fill_ways(const struct read_counts *d, struct model_pool *m)
{
	uint64_t left;

	m->allocs = d->calls > d->rare.unasked ? d->calls - d->rare.unasked : 0;
	m->way[RECORD_WAY_CACHE] = d->cached;
	m->way[RECORD_WAY_RESERVE] = d->rare.reserve;
	m->way[RECORD_WAY_WAIT] = d->rare.wait;
	m->way[RECORD_WAY_FAILED] = d->rare.failed;
	left = m->way[RECORD_WAY_CACHE] + m->way[RECORD_WAY_RESERVE] + m->way[RECORD_WAY_WAIT] +
	       m->way[RECORD_WAY_FAILED];
	left = m->allocs > left ? m->allocs - left : 0;
	m->way[RECORD_WAY_UNKNOWN] = d->unseen < left ? d->unseen : left;
	m->way[RECORD_WAY_SLAB] = left - m->way[RECORD_WAY_UNKNOWN];
}

/* From what was counted meanwhile. */
static void fill_counts(const struct read_counts *d, struct model_pool *m)
{
	fill_ways(d, m);
	m->punts = d->rare.punts;
	m->punted_bios = d->rare.punted_bios;
	m->rescuer_runs = d->rare.rescuer_runs;
	m->wq_rescuer_runs = d->rare.wq_rescuer_runs;
}

static void fill_pool(const struct read_pool *p, const struct read_pool *b, struct model_pool *m)
{
	struct hist_summary *const summaries[RECORD_TIMED_POOL] = {
		[RECORD_TIMED_WAIT] = &m->wait,		[RECORD_TIMED_WAKEUP] = &m->wakeup,
		[RECORD_TIMED_RUN] = &m->run,		[RECORD_TIMED_ALLOCATION] = &m->alloc,
		[RECORD_TIMED_LIFETIME] = &m->lifetime,
	};
	struct read_counts meanwhile = p->counts;
	unsigned int i;

	fill_identity(p, m);
	if (b)
		read_counts_add(&meanwhile, &b->counts, -1);
	fill_counts(&meanwhile, m);
	for (i = 0; i < RECORD_TIMED_POOL; i++) {
		m->times[i] = p->times[i];
		summarise_delta(p->times[i], b ? b->times[i] : NULL, summaries[i]);
	}
}

/*
 * Of pools that are gone it is known what all of them have counted. Of those that were still there
 * before, only what they counted since is of now.
 */
static void fill_gone(const struct read_snapshot *before, const struct read_snapshot *after,
		      struct model_report *r)
{
	struct read_counts meanwhile = after->gone.all;
	size_t i;

	r->gone.pools = after->gone.pools;
	if (before) {
		r->gone.pools -= before->gone.pools;
		read_counts_add(&meanwhile, &before->gone.all, -1);
		for (i = 0; i < before->nr_pools; i++)
			if (!find_pool_of(after, &before->pools[i]))
				read_counts_add(&meanwhile, &before->pools[i].counts, -1);
	}
	fill_counts(&meanwhile, &r->gone.all);
}

/* Who has the number now; else who had it when the first bio was queued. */
static const char *disk_called(const struct read_snapshot *s, const struct read_disk *d)
{
	size_t i;

	for (i = 0; i < s->nr_pools; i++) {
		const struct record_pool *id = &s->pools[i].id;

		if (id->kind == RECORD_POOL_BIO_SPLIT && id->dev == d->id.dev &&
		    !(id->flags & RECORD_POOL_GONE))
			return id->disk;
	}
	return d->id.name;
}

/* A filter for a pool leaves none. */
static bool disk_matches(const char *name, uint32_t dev, const struct model_filter *filter)
{
	if (filter->dev && dev != filter->dev)
		return false;
	if (filter->device && strcmp(name, filter->device))
		return false;
	return !filter->pool;
}

static const struct read_disk *disk_before(const struct read_snapshot *before, uint32_t dev)
{
	size_t i;

	for (i = 0; before && i < before->nr_disks; i++)
		if (before->disks[i].id.dev == dev)
			return &before->disks[i];
	return NULL;
}

static void add_disks(const struct read_snapshot *before, const struct read_snapshot *after,
		      const struct model_filter *filter, struct model_report *r)
{
	size_t i;

	for (i = 0; i < after->nr_disks; i++) {
		const struct read_disk *d = &after->disks[i], *b = disk_before(before, d->id.dev);
		struct model_disk *out = &r->disks[r->nr_disks];

		out->name = disk_called(after, d);
		if (!disk_matches(out->name, d->id.dev, filter))
			continue;
		out->dev = d->id.dev;
		out->times = d->latency;
		summarise_delta(d->latency, b ? b->latency : NULL, &out->latency);
		r->nr_disks += out->latency.count != 0;
	}
}

static struct model_pool *find_pool(struct model_report *r, uint32_t slot)
{
	size_t i;

	for (i = 0; i < r->nr_pools; i++)
		if (r->pools[i].slot == slot)
			return &r->pools[i];
	return NULL;
}

/*
 * It woke up and did not sleep again; or the kernel has left out the program that would have told,
 * which it does where a task that reads maps is preempted (bpf_prog_active).
 */
static bool waits_no_more(const struct record_waiter *w, uint64_t now_ns)
{
	if (w->woken_ns)
		return now_ns > w->woken_ns + RECORD_GOES_ON_NS;
	return now_ns > w->slept_ns + RECORD_SLEEP_NS + RECORD_LATE_NS;
}

static void add_waiters(const struct read_snapshot *after, struct model_report *r)
{
	size_t i;

	for (i = 0; i < after->nr_waiters; i++) {
		const struct read_waiter *w = &after->waiters[i];
		struct model_pool *m = find_pool(r, w->rec.slot);
		struct model_waiter *out;

		if (!m || w->rec.since_ns < m->since_ns || waits_no_more(&w->rec, after->time_ns))
			continue;
		out = &r->waiters[r->nr_waiters++];
		out->pool = m->name;
		out->rec = &w->rec;
		out->waiter = w;
		out->stack = w->stack;
		if (after->time_ns > w->rec.since_ns)
			out->waited_ns = after->time_ns - w->rec.since_ns;
		if (after->time_ns > w->rec.stuck_ns)
			out->stuck_ns = after->time_ns - w->rec.stuck_ns;
		out->stalled = out->stuck_ns >= MODEL_STALL_NS;
		m->waiting++;
		if (out->waited_ns > m->waiting_longest_ns)
			m->waiting_longest_ns = out->waited_ns;
		m->stalled |= out->stalled;
	}
}

static void add_holders(const struct read_snapshot *after, struct model_report *r)
{
	size_t i;

	for (i = 0; i < after->nr_holders; i++) {
		const struct read_holder *h = &after->holders[i];
		struct model_pool *m = find_pool(r, h->rec.slot);
		struct model_holder *out;

		if (!m)
			continue;
		out = &r->holders[r->nr_holders++];
		out->pool = m->name;
		out->held = h;
		m->held++;
		if (after->time_ns > h->rec.since_ns)
			out->held_ns = after->time_ns - h->rec.since_ns;
	}
}

/*
 * What began before the tracer was never its to count; allocations without a slot are among those
 * that are not counted; without their return others still are.
 */
static bool is_detail(size_t what)
{
	return what == RECORD_LOST_ORPHANS || what == RECORD_LOST_POOLS ||
	       what == RECORD_LOST_TIMES || what == RECORD_LOST_RETURNS ||
	       what == RECORD_LOST_REFILLS;
}

int model_report(const struct read_snapshot *before, const struct read_snapshot *after,
		 const struct model_filter *filter, struct model_report *r)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	r->sees = after->sees;
	r->probes = after->probes;
	r->pools = calloc(after->nr_pools + 1, sizeof(*r->pools));
	r->waiters = calloc(after->nr_waiters + 1, sizeof(*r->waiters));
	r->holders = calloc(after->nr_holders + 1, sizeof(*r->holders));
	r->disks = calloc(after->nr_disks + 1, sizeof(*r->disks));
	if (!r->pools || !r->waiters || !r->holders || !r->disks) {
		model_free(r);
		return -ENOMEM;
	}
	if (before)
		r->duration_ns = after->time_ns - before->time_ns;
	for (i = 0; i < after->nr_pools; i++) {
		const struct read_pool *p = &after->pools[i];

		if (!model_matches(p, filter))
			continue;
		fill_pool(p, find_pool_of(before, p), &r->pools[r->nr_pools++]);
	}
	fill_gone(before, after, r);
	add_waiters(after, r);
	r->has_causes = after->has_causes;
	blocked_count(after, r->blocked);
	add_holders(after, r);
	if (where_find(after, r)) {
		model_free(r);
		return -ENOMEM;
	}
	add_disks(before, after, filter, r);
	for (i = 0; i < RECORD_LOSTS; i++) {
		r->lost[i] = after->lost[i] - (before ? before->lost[i] : 0);
		if (!is_detail(i))
			r->lost_total += r->lost[i];
	}
	for (i = 0; i < PROBES; i++)
		r->skipped[i] = after->skipped[i] - (before ? before->skipped[i] : 0);
	return 0;
}

void model_all_gone(const struct read_snapshot *s, struct model_gone *out)
{
	struct read_counts all = s->gone.all;
	size_t i;

	memset(out, 0, sizeof(*out));
	out->pools = s->gone.pools;
	for (i = 0; i < s->nr_pools; i++) {
		if (!(s->pools[i].id.flags & RECORD_POOL_GONE))
			continue;
		out->pools++;
		read_counts_add(&all, &s->pools[i].counts, 1);
	}
	fill_counts(&all, &out->all);
}

uint64_t model_unknown(const struct model_pool *p)
{
	uint64_t missing = p->level < p->reserve ? p->reserve - p->level : 0;
	uint64_t known = p->held + p->unseen;

	return missing > known && !(p->flags & RECORD_POOL_GONE) ? missing - known : 0;
}

void model_free(struct model_report *r)
{
	free(r->pools);
	free(r->waiters);
	free(r->holders);
	free(r->disks);
	free(r->in_flight);
	free(r->unseen);
	memset(r, 0, sizeof(*r));
}

bool model_sees(const struct model_report *r, unsigned int sights)
{
	return (r->sees & sights) == sights;
}

bool model_has_way(const struct model_report *r, unsigned int way)
{
	static const unsigned int sights[RECORD_WAYS] = {
		[RECORD_WAY_CACHE] = TRACE_SEES_CACHE,	   [RECORD_WAY_SLAB] = TRACE_SEES_CALLS,
		[RECORD_WAY_RESERVE] = TRACE_SEES_RESERVE, [RECORD_WAY_WAIT] = TRACE_SEES_WAITS,
		[RECORD_WAY_FAILED] = TRACE_SEES_FAILURES, [RECORD_WAY_UNKNOWN] = TRACE_SEES_CALLS,
	};

	/* If all failures are seen there is none. */
	if (way == RECORD_WAY_UNKNOWN && model_sees(r, TRACE_SEES_FIRST_FAILURES))
		return false;
	return way < RECORD_WAYS && model_sees(r, sights[way]);
}
