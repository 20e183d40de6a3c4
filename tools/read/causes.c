// SPDX-License-Identifier: GPL-2.0
/*
 * What everybody waits for.
 */
#include "read/causes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "read/submitters.h"
#include "util/clock.h"

static int read_blocked(const struct trace *t, struct read_snapshot *s)
{
	struct record_blocked *found = NULL;
	ssize_t n = pools_read_blocked(t->pools, &found), i;
	size_t f;

	if (n < 0)
		return (int)n;
	s->blocked = calloc((size_t)n + 1, sizeof(*s->blocked));
	s->blocked_frames = calloc((size_t)n * RECORD_STACK_DEPTH + 1, sizeof(*s->blocked_frames));
	for (i = 0; s->blocked && s->blocked_frames && i < n; i++) {
		struct read_blocked *b = &s->blocked[s->nr_blocked++];

		b->tid = found[i].tid;
		memcpy(b->comm, found[i].comm, sizeof(b->comm));
		b->blocked_ns = found[i].blocked_ns;
		b->nr_frames = found[i].nr_frames % (RECORD_STACK_DEPTH + 1);
		b->frames = &s->blocked_frames[s->nr_blocked_frames];
		for (f = 0; f < b->nr_frames; f++)
			s->blocked_frames[s->nr_blocked_frames++].addr = found[i].ip[f];
	}
	submitters_find(t, found, (size_t)n, s);
	free(found);
	return s->blocked && s->blocked_frames ? 0 : -ENOMEM;
}

static int by_bio(const void *a, const void *b)
{
	const struct record_parked *x = a, *y = b;

	return (x->bio > y->bio) - (x->bio < y->bio);
}

/* Who has parked the bios of holders. */
static int mark_parked(struct read_snapshot *s)
{
	struct record_parked *sorted = calloc(s->nr_parked + 1, sizeof(*sorted)), wanted, *found;
	size_t i;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < s->nr_parked; i++)
		sorted[i] = s->parked[i];
	qsort(sorted, s->nr_parked, sizeof(*sorted), by_bio);
	for (i = 0; i < s->nr_holders; i++) {
		struct read_holder *h = &s->holders[i];

		if (h->element.state != RECORD_BIO_SUBMITTED)
			continue;
		wanted.bio = h->bio;
		found = bsearch(&wanted, sorted, s->nr_parked, sizeof(*sorted), by_bio);
		if (!found)
			continue;
		h->element.state = RECORD_BIO_PARKED;
		h->parked_by = found->tid;
	}
	free(sorted);
	return 0;
}

static int read_parked(struct pools *pools, struct read_snapshot *s)
{
	ssize_t n = pools_read_parked(pools, &s->parked);

	if (n < 0)
		return (int)n;
	s->nr_parked = (size_t)n;
	return mark_parked(s);
}

static int read_queues(struct pools *pools, struct read_snapshot *s)
{
	size_t i;

	s->queues = calloc(s->nr_pools + 1, sizeof(*s->queues));
	if (!s->queues)
		return -ENOMEM;
	for (i = 0; i < s->nr_pools; i++) {
		struct read_queue *q = &s->queues[s->nr_queues];
		const struct record_pool *id = &s->pools[i].id;
		ssize_t n;

		if (id->kind != RECORD_POOL_BIO_SPLIT ||
		    (id->flags & (RECORD_POOL_GONE | RECORD_POOL_IS_BVEC)))
			continue;
		n = pools_read_requests(pools, s->pools[i].slot, &q->bios);
		/* Of a disk that takes bios, or cannot be read, nothing is said. */
		if (n <= 0)
			continue;
		q->slot = s->pools[i].slot;
		q->nr_bios = (size_t)n;
		s->nr_queues++;
	}
	return 0;
}

void causes_read(const struct trace *t, struct read_snapshot *s)
{
	s->has_causes = !(read_blocked(t, s)		   ?:
				  read_parked(t->pools, s) ?:
							     read_queues(t->pools, s));
	s->causes_ns = clock_ns(CLOCK_MONOTONIC);
}
