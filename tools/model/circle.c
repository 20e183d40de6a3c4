// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for whom.
 */
#include "model/circle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX

/* One who has an element of a pool. */
struct owner {
	uint32_t tid; /* 0: no task has it any more */
	enum circle_hold hold;
	const struct model_holder *holder; /* NULL: it was not seen how it was taken */
};

struct search {
	const struct model_report *r;
	size_t path[CIRCLE_LINKS]; /* waiters, by index */
	struct owner owners[CIRCLE_LINKS]; /* by which the next one has it */
	size_t looked_at[CIRCLE_LINKS]; /* so many of those who have what he waits for */
	size_t n;
	size_t closes; /* at this one of the path */
	bool *tried; /* by waiter: what is reached from it closes no circle, or is being looked at */
};

static bool of_pool(const struct model_report *r, size_t waiter, const char *pool)
{
	return !strcmp(r->waiters[waiter].pool, pool);
}

static size_t waiter_of(const struct model_report *r, uint32_t tid)
{
	size_t i;

	for (i = 0; i < r->nr_waiters; i++)
		if (r->waiters[i].rec->tid == tid)
			return i;
	return NOBODY;
}

/* A worker that waits, and works on a bio that this task has allocated. */
static size_t worker_for(const struct model_report *r, uint32_t tid)
{
	size_t i;

	for (i = 0; i < r->nr_waiters; i++)
		if (r->waiters[i].waiter->submitter == tid)
			return i;
	return NOBODY;
}

static struct owner owner_of(const struct model_report *r, const struct model_holder *h)
{
	struct owner o = { .holder = h, .tid = h->held->rec.tid, .hold = CIRCLE_TOOK };
	size_t worker;

	switch (h->held->element.state) {
	case RECORD_BIO_UNSUBMITTED:
		o.hold = CIRCLE_UNSUBMITTED;
		break;
	case RECORD_BIO_PARKED:
		o.hold = CIRCLE_PARKED;
		o.tid = h->held->parked_by;
		break;
	case RECORD_BIO_SUBMITTED:
		worker = worker_for(r, o.tid);
		o.hold = CIRCLE_WORKS;
		o.tid = worker == NOBODY ? 0 : r->waiters[worker].rec->tid;
		break;
	case RECORD_BIO_COMPLETED:
		o.tid = 0;
		break;
	default:
		break;
	}
	return o;
}

/* The n-th who has an element of a pool; false: there are no more. */
static bool nth_owner(const struct model_report *r, const char *pool, size_t n, struct owner *o)
{
	size_t i;

	for (i = 0; i < r->nr_holders; i++) {
		if (strcmp(r->holders[i].pool, pool) || n--)
			continue;
		*o = owner_of(r, &r->holders[i]);
		return true;
	}
	for (i = 0; i < r->nr_unseen; i++) {
		const struct where_bios *b = &r->unseen[i];

		if (!b->task || strcmp(b->pool, pool) || n--)
			continue;
		*o = (struct owner){ .tid = b->task->tid, .hold = CIRCLE_PARKED };
		return true;
	}
	return false;
}

static size_t on_path(const struct search *s, size_t waiter)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->path[i] == waiter)
			return i;
	return NOBODY;
}

/* The next one who has what the last of the path waits for, and waits himself; false: there is none left. */
static bool next_owner(struct search *s, size_t *waiter)
{
	size_t last = s->n - 1;
	const char *pool = s->r->waiters[s->path[last]].pool;
	struct owner o;

	while (nth_owner(s->r, pool, s->looked_at[last]++, &o)) {
		*waiter = o.tid ? waiter_of(s->r, o.tid) : NOBODY;
		if (*waiter == NOBODY)
			continue;
		s->owners[last] = o;
		return true;
	}
	return false;
}

static void push(struct search *s, size_t waiter)
{
	s->tried[waiter] = true;
	s->looked_at[s->n] = 0;
	s->path[s->n++] = waiter;
}

/* Goes from who waits to who has that, as far as it leads; true if it closes a circle. */
static bool go_on(struct search *s)
{
	size_t next;

	while (s->n) {
		if (!next_owner(s, &next)) {
			s->n--;
			continue;
		}
		s->closes = on_path(s, next);
		if (s->closes != NOBODY)
			return true;
		if (s->n < CIRCLE_LINKS && !s->tried[next])
			push(s, next);
	}
	return false;
}

/* Who leads into the circle is one more that waits, if others in it wait for the same pool: then he is left out. */
static size_t first_of(const struct search *s, const char *pool)
{
	size_t i;

	for (i = s->closes; i < s->n; i++)
		if (of_pool(s->r, s->path[i], pool))
			return s->closes;
	return 0;
}

static void links_of(const struct search *s, size_t first, struct circle *c)
{
	size_t i;

	for (i = first; i < s->n; i++)
		c->links[c->n++] = (struct circle_link){ .waiter = &s->r->waiters[s->path[i]],
							 .hold = s->owners[i].hold,
							 .holder = s->owners[i].holder };
}

static enum circle_end end_by(const struct owner *o)
{
	if (o->holder->held->element.state == RECORD_BIO_COMPLETED)
		return CIRCLE_COMPLETED;
	return o->hold == CIRCLE_WORKS ? CIRCLE_DISK : CIRCLE_TASK;
}

/* Where there is no circle: a task that has an element, or, if none has, who has to give it back. */
static void end_of(const struct model_report *r, const char *pool, struct circle *c)
{
	static const enum circle_end rank[] = { CIRCLE_UNKNOWN, CIRCLE_DISK, CIRCLE_COMPLETED,
						CIRCLE_TASK };
	size_t i, n, best = 0;
	struct owner o;

	c->end = CIRCLE_UNKNOWN;
	for (i = 0; nth_owner(r, pool, i, &o); i++) {
		for (n = 0; o.holder && rank[n] != end_by(&o); n++)
			;
		if (!o.holder || n <= best)
			continue;
		best = n;
		c->end = rank[n];
		c->holder = o.holder;
		c->dev = o.holder->held->element.dev;
	}
}

/* Of the waiters for the pool that have not been tried, who has waited longest. */
static size_t next_start(const struct model_report *r, const char *pool, size_t before)
{
	size_t i, next = NOBODY;

	for (i = 0; i < r->nr_waiters; i++) {
		if (!of_pool(r, i, pool))
			continue;
		if (before != NOBODY &&
		    (r->waiters[i].waited_ns > r->waiters[before].waited_ns ||
		     (r->waiters[i].waited_ns == r->waiters[before].waited_ns && i <= before)))
			continue;
		if (next == NOBODY || r->waiters[i].waited_ns > r->waiters[next].waited_ns)
			next = i;
	}
	return next;
}

/* Begins with a waiter; true if that leads to a circle. */
static bool try_from(struct search *s, size_t start)
{
	s->n = 0;
	push(s, start);
	return go_on(s);
}

int circle_find(const struct model_report *r, const char *pool, struct circle *c)
{
	struct search s = { .r = r, .tried = calloc(r->nr_waiters + 1, sizeof(*s.tried)) };
	size_t first = next_start(r, pool, NOBODY), start = first;

	memset(c, 0, sizeof(*c));
	c->end = CIRCLE_UNKNOWN;
	if (!s.tried)
		return -ENOMEM;
	while (start != NOBODY && !(!s.tried[start] && try_from(&s, start)))
		start = next_start(r, pool, start);
	if (start != NOBODY) {
		links_of(&s, first_of(&s, pool), c);
		c->end = CIRCLE_CLOSED;
		c->back = s.closes - (s.n - c->n);
	} else if (first != NOBODY) {
		s.path[0] = first;
		s.n = 1;
		links_of(&s, 0, c);
		end_of(r, pool, c);
	}
	free(s.tried);
	return 0;
}
