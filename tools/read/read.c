// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of the maps.
 */
#include "read/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read/batch.h"
#include "util/clock.h"
#include "util/msg.h"

static void add_row(struct record_times *sum, const struct record_times *row)
{
	unsigned int i;

	for (i = 0; i < RECORD_HIST_BUCKETS; i++)
		sum->times[i] += row->times[i];
	if (row->max_ns > sum->max_ns)
		sum->max_ns = row->max_ns;
}

/* The lanes of what is timed, added up, to be freed; *@out is NULL if there are none. */
static int read_times(const struct trace *t, enum record_timed what, uint32_t index,
		      struct record_times **out)
{
	unsigned int lane;

	*out = NULL;
	for (lane = 0; lane < RECORD_TIMED_LANES(what); lane++) {
		uint32_t row = t->rows[RECORD_TIMED(what, index, lane)];

		if (!row)
			continue;
		if (!*out)
			*out = calloc(1, sizeof(**out));
		if (!*out)
			return -ENOMEM;
		add_row(*out, &t->times[row]);
	}
	return 0;
}

/* Calls last, so that there are no more ways than calls. */
static void read_counts(const struct trace *t, uint32_t slot, struct read_counts *out)
{
	unsigned int cpu;

	out->rare = t->counts[slot];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	for (cpu = 0; cpu < t->nr_cpus; cpu++) {
		if (t->ask.want & TRACE_WAYS)
			out->cached += t->calls[cpu].cached[slot];
		out->calls += t->calls[cpu].calls[slot];
		if (t->near_calls && cpu < RECORD_NEAR_CPUS)
			out->calls += t->near_calls[RECORD_NEAR(0, cpu, slot)] +
				      t->near_calls[RECORD_NEAR(1, cpu, slot)];
	}
	out->unseen = trace_unseen(t, slot);
}

static int read_pool(const struct pools *pools, const struct trace *t, uint32_t slot,
		     struct read_pool *out)
{
	unsigned int what;
	int err = 0;

	out->slot = slot;
	out->generation = pools_generation(pools, slot);
	out->id = pools_table(pools)[slot];
	out->name = *pools_name_of(pools, slot);
	if (!t)
		return 0;
	read_counts(t, slot, &out->counts);
	for (what = 0; what < RECORD_TIMED_POOL && !err; what++)
		err = read_times(t, what, slot, &out->times[what]);
	return err;
}

void read_gone_pool(const struct trace *t, uint32_t slot, struct read_gone *gone)
{
	struct read_counts c = { 0 };

	read_counts(t, slot, &c);
	gone->pools++;
	read_counts_add(&gone->all, &c, 1);
}

static int read_pools(const struct pools *pools, const struct trace *t, struct read_snapshot *out)
{
	const struct record_pool *table = pools_table(pools);
	uint32_t slot;
	int err = 0;

	/* Others may be given out meanwhile, in any place. */
	out->pools = calloc(RECORD_POOLS, sizeof(*out->pools));
	if (!out->pools)
		return -ENOMEM;
	for (slot = 0; slot < RECORD_POOLS && !err; slot++)
		if (table[slot].mempool)
			err = read_pool(pools, t, slot, &out->pools[out->nr_pools++]);
	return err;
}

static int read_disks(const struct trace *t, struct read_snapshot *out)
{
	uint32_t row;
	int err = 0;

	out->disks = calloc(RECORD_DISKS, sizeof(*out->disks));
	if (!out->disks)
		return -ENOMEM;
	for (row = 0; row < RECORD_DISKS && !err; row++) {
		struct read_disk *d = &out->disks[out->nr_disks];

		if (!t->disks[row].dev)
			continue;
		d->id = t->disks[row];
		err = read_times(t, RECORD_TIMED_DISK, row, &d->latency);
		out->nr_disks++;
	}
	return err;
}

static int read_waiters(const struct trace *t, struct read_snapshot *out)
{
	uint32_t *keys = calloc(RECORD_WAITERS, sizeof(*keys));
	struct record_waiter *values = calloc(RECORD_WAITERS, sizeof(*values));
	ssize_t i, n = -ENOMEM;

	if (keys && values)
		n = batch_read(t->waiters_fd, keys, sizeof(*keys), values, sizeof(*values),
			       RECORD_WAITERS);
	if (n > 0) {
		out->waiters = calloc((size_t)n, sizeof(*out->waiters));
		out->nr_waiters = out->waiters ? (size_t)n : 0;
		for (i = 0; out->waiters && i < n; i++)
			out->waiters[i].rec = values[i];
	}
	free(keys);
	free(values);
	return n < 0 ? (int)n : n && !out->waiters ? -ENOMEM : 0;
}

static const struct record_pool *find_pool(const struct read_snapshot *s, uint32_t slot)
{
	size_t i;

	for (i = 0; i < s->nr_pools; i++)
		if (s->pools[i].slot == slot)
			return &s->pools[i].id;
	return NULL;
}

/* Whether who took an element may still have it: its pool is short, and was not full since. */
static bool may_be_held(const struct record_pool *id, const struct record_holder *h)
{
	return id && !(id->flags & RECORD_POOL_GONE) && id->level < id->reserve &&
	       h->since_ns >= id->full_ns && h->since_ns >= id->since_ns;
}

static int by_slot(const void *a, const void *b)
{
	const struct read_holder *x = a, *y = b;

	return (x->rec.slot > y->rec.slot) - (x->rec.slot < y->rec.slot);
}

/* Leaves out who has given back what he took: it is in the reserve again. */
static void drop_returned(struct pools *pools, struct read_snapshot *out)
{
	const uint64_t *in = NULL;
	uint32_t slot = RECORD_POOLS;
	size_t i, kept = 0;
	int n = 0, k;

	qsort(out->holders, out->nr_holders, sizeof(*out->holders), by_slot);
	for (i = 0; i < out->nr_holders; i++) {
		const struct read_holder *h = &out->holders[i];

		if (h->rec.slot != slot)
			n = pools_read_reserve(pools, h->rec.slot, &in);
		slot = h->rec.slot;
		for (k = 0; k < n && in[k] != h->element.element; k++)
			;
		if (k >= n)
			out->holders[kept++] = *h;
	}
	out->nr_holders = kept;
}

static int read_elements(struct pools *pools, struct read_snapshot *out)
{
	struct record_element *e = calloc(out->nr_holders + 1, sizeof(*e));
	size_t i;
	int err;

	if (!e)
		return -ENOMEM;
	for (i = 0; i < out->nr_holders; i++)
		e[i] = out->holders[i].element;
	err = pools_read_elements(pools, e, out->nr_holders);
	for (i = 0; !err && i < out->nr_holders; i++)
		out->holders[i].element = e[i];
	free(e);
	return err;
}

static bool is_short(const struct read_snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nr_pools; i++)
		if (s->pools[i].id.level < s->pools[i].id.reserve)
			return true;
	return false;
}

static int read_holders(struct pools *pools, const struct trace *t, struct read_snapshot *out)
{
	uint64_t *keys = calloc(RECORD_HOLDERS, sizeof(*keys));
	struct record_holder *values = calloc(RECORD_HOLDERS, sizeof(*values));
	ssize_t i, n = -ENOMEM;

	out->holders = calloc(RECORD_HOLDERS, sizeof(*out->holders));
	if (keys && values && out->holders)
		n = batch_read(t->holders_fd, keys, sizeof(*keys), values, sizeof(*values),
			       RECORD_HOLDERS);
	for (i = 0; i < n; i++) {
		struct read_holder *h = &out->holders[out->nr_holders];
		const struct record_pool *id = find_pool(out, values[i].slot);

		if (!may_be_held(id, &values[i]))
			continue;
		h->rec = values[i];
		if (id->bs && !(id->flags & RECORD_POOL_IS_BVEC))
			h->bio = keys[i] + id->front_pad;
		h->element.element = keys[i];
		h->element.slot = values[i].slot;
		out->nr_holders++;
	}
	free(keys);
	free(values);
	if (n < 0)
		return (int)n;
	drop_returned(pools, out);
	return read_elements(pools, out);
}

/* What the kernel has left out: whole allocations by one program, details of something by others. */
static void read_skipped(const struct trace *t, struct read_snapshot *out)
{
	size_t i;

	for (i = 0; i < PROBES; i++) {
		if (trace_counts(t, i))
			out->lost[RECORD_LOST_ALLOCATIONS] += trace_skipped(t, i);
		else
			out->skipped[i] = trace_skipped(t, i);
	}
}

int read_now(struct pools *pools, const struct trace *t, const struct read_gone *gone,
	     struct read_snapshot *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	if (gone)
		out->gone = *gone;
	err = pools_refresh(pools);
	pools_name_all(pools, t ? t->stacks_fd : -1);
	out->time_ns = clock_ns(CLOCK_MONOTONIC);
	err = err ?: read_pools(pools, t, out);
	out->sees = t ? trace_sees(t) : 0;
	out->probes = t ? t->probes : NULL;
	if (!err && (out->sees & TRACE_SEES_DISKS))
		err = read_disks(t, out);
	if (!err && t)
		err = read_waiters(t, out);
	if (!err && t && is_short(out))
		err = read_holders(pools, t, out);
	memcpy(out->lost, pools_lost(pools), sizeof(out->lost));
	if (t)
		read_skipped(t, out);
	if (err) {
		msg_error("cannot read the tracer's maps: %s", strerror(-err));
		read_free(out);
	}
	return err;
}

void read_free(struct read_snapshot *s)
{
	unsigned int what;
	size_t i;

	for (i = 0; i < s->nr_pools; i++)
		for (what = 0; what < RECORD_TIMED_POOL; what++)
			free(s->pools[i].times[what]);
	for (i = 0; i < s->nr_disks; i++)
		free(s->disks[i].latency);
	free(s->pools);
	free(s->waiters);
	free(s->holders);
	free(s->stacks);
	free(s->frames);
	free(s->blocked);
	free(s->blocked_frames);
	free(s->parked);
	for (i = 0; i < s->nr_queues; i++)
		free(s->queues[i].bios);
	free(s->queues);
	free(s->disks);
	memset(s, 0, sizeof(*s));
}
