// SPDX-License-Identifier: GPL-2.0
/*
 * Where bios of pools that are short are.
 */
#include "model/where.h"

#include <errno.h>
#include <stdlib.h>

#include "model/model.h"

/* 0: not known */
static uint64_t age(const struct read_snapshot *s, uint64_t since_ns)
{
	if (!since_ns)
		return 0;
	return s->causes_ns > since_ns ? s->causes_ns - since_ns : 1;
}

static const struct read_pool *pool_of_slot(const struct read_snapshot *s, uint32_t slot)
{
	size_t i;

	for (i = 0; i < s->nr_pools; i++)
		if (s->pools[i].slot == slot)
			return &s->pools[i];
	return NULL;
}

static void add_disk(const struct read_snapshot *s, const struct read_queue *q,
		     struct where_disk *out)
{
	const struct read_pool *split = pool_of_slot(s, q->slot);
	uint64_t one;
	size_t i;

	out->name = split ? split->id.disk : "";
	out->dev = split ? split->id.dev : 0;
	for (i = 0; i < q->nr_bios; i++) {
		out->requests += !i || q->bios[i].request != q->bios[i - 1].request;
		one = age(s, q->bios[i].start_ns);
		if (one > out->oldest_ns)
			out->oldest_ns = one;
	}
}

static bool is_short(const struct model_pool *p)
{
	return p->level < p->reserve && !(p->flags & (RECORD_POOL_GONE | RECORD_POOL_IS_BVEC)) &&
	       p->address != p->mempool;
}

/* The pool of the report whose bio_set that is, if it is short; NULL: none. */
static struct model_pool *short_pool(const struct model_report *r, uint64_t bs)
{
	size_t i;

	for (i = 0; bs && i < r->nr_pools; i++)
		if (r->pools[i].address == bs && is_short(&r->pools[i]))
			return &r->pools[i];
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct search {
	const struct read_snapshot *s;
	struct model_report *r;
	uint64_t *held; /* bios of holders, ascending */
	uint64_t last_bs; /* bios of one bio_set come in rows */
	struct model_pool *last;
};

/* The pool that misses a bio of which nobody was seen taking it; NULL: none does. */
static struct model_pool *misses(struct search *w, uint64_t bio, uint64_t bs)
{
	if (bs != w->last_bs) {
		w->last = short_pool(w->r, bs);
		w->last_bs = bs;
	}
	if (!w->last || bsearch(&bio, w->held, w->s->nr_holders, sizeof(*w->held), by_value))
		return NULL;
	return w->last;
}

/* One more; @first is where entries of that disk or task begin. */
static void add_bio(struct search *w, size_t first, struct model_pool *p, const char *disk,
		    const struct record_parked *task, uint64_t age_ns)
{
	struct where_bios *out;
	size_t i;

	for (i = first; i < w->r->nr_unseen && w->r->unseen[i].pool != p->name; i++)
		;
	out = &w->r->unseen[i];
	if (i == w->r->nr_unseen) {
		w->r->nr_unseen++;
		*out = (struct where_bios){ .pool = p->name, .disk = disk, .task = task };
	}
	out->bios++;
	p->unseen++;
	if (age_ns > out->oldest_ns)
		out->oldest_ns = age_ns;
}

static void find_in_requests(struct search *w, size_t queue)
{
	const struct read_queue *q = &w->s->queues[queue];
	size_t i, first = w->r->nr_unseen;

	for (i = 0; i < q->nr_bios; i++) {
		struct model_pool *p = misses(w, q->bios[i].bio, q->bios[i].bs);

		/* Who has taken what is of a later request was not looked at. */
		if (p && q->bios[i].start_ns <= w->s->time_ns)
			add_bio(w, first, p, w->r->in_flight[queue].name, NULL,
				age(w->s, q->bios[i].start_ns));
	}
}

static void find_parked(struct search *w)
{
	const struct record_parked *all = w->s->parked;
	size_t i, first = 0;

	for (i = 0; i < w->s->nr_parked; i++) {
		struct model_pool *p = misses(w, all[i].bio, all[i].bs);

		if (!i || all[i].tid != all[i - 1].tid)
			first = w->r->nr_unseen;
		if (p)
			add_bio(w, first, p, NULL, &all[i], 0);
	}
}

static int by_tid(const void *a, const void *b)
{
	const struct model_waiter *const *x = a, *const *y = b;

	return ((*x)->rec->tid > (*y)->rec->tid) - ((*x)->rec->tid < (*y)->rec->tid);
}

static uint64_t bs_of(const struct model_report *r, const char *pool)
{
	size_t i;

	for (i = 0; i < r->nr_pools; i++)
		if (r->pools[i].name == pool)
			return r->pools[i].address;
	return 0;
}

/* What who waits has parked himself comes back when he returns, or by a rescuer. */
static int count_own(const struct read_snapshot *s, struct model_report *r)
{
	struct model_waiter **sorted = calloc(r->nr_waiters + 1, sizeof(struct model_waiter *));
	size_t i;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < r->nr_waiters; i++)
		sorted[i] = &r->waiters[i];
	qsort(sorted, r->nr_waiters, sizeof(struct model_waiter *), by_tid);
	for (i = 0; i < s->nr_parked; i++) {
		const struct record_waiter rec = { .tid = s->parked[i].tid };
		struct model_waiter key = { .rec = &rec }, *k = &key, **found;

		found = bsearch(&k, sorted, r->nr_waiters, sizeof(struct model_waiter *), by_tid);
		if (found && s->parked[i].bs && s->parked[i].bs == bs_of(r, (*found)->pool))
			(*found)->parked++;
	}
	free(sorted);
	return 0;
}

/* What is not known may be old. */
static uint64_t age_of(const struct where_disk *d)
{
	return d->oldest_ns ? d->oldest_ns : UINT64_MAX;
}

static int oldest_first(const void *a, const void *b)
{
	const uint64_t x = age_of(a), y = age_of(b);

	return (x < y) - (x > y);
}

static size_t count_bios(const struct read_snapshot *s)
{
	size_t i, n = s->nr_parked;

	for (i = 0; i < s->nr_queues; i++)
		n += s->queues[i].nr_bios;
	return n;
}

int where_find(const struct read_snapshot *s, struct model_report *r)
{
	struct search w = { .s = s, .r = r };
	size_t i;
	int err;

	if (!s->has_causes)
		return 0;
	r->in_flight = calloc(s->nr_queues + 1, sizeof(*r->in_flight));
	r->unseen = calloc(count_bios(s) + 1, sizeof(*r->unseen));
	w.held = calloc(s->nr_holders + 1, sizeof(*w.held));
	err = r->in_flight && r->unseen && w.held ? 0 : -ENOMEM;
	if (!err) {
		for (i = 0; i < s->nr_holders; i++)
			w.held[i] = s->holders[i].bio;
		qsort(w.held, s->nr_holders, sizeof(*w.held), by_value);
		for (i = 0; i < s->nr_queues; i++) {
			add_disk(s, &s->queues[i], &r->in_flight[r->nr_in_flight++]);
			find_in_requests(&w, i);
		}
		find_parked(&w);
		qsort(r->in_flight, r->nr_in_flight, sizeof(*r->in_flight), oldest_first);
		err = count_own(s, r);
	}
	free(w.held);
	return err;
}
