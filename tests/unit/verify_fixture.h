/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trials of verify, and who waits for whom in them, made by hand.
 */
#ifndef VERIFY_FIXTURE_H
#define VERIFY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/circle.h"
#include "model/verify.h"

/* One that passes, of two pools. */
static inline struct verify_trial passed(size_t pools)
{
	return (struct verify_trial){
		.nr_pools = pools,
		.slots = { 1, 4 },
		.names = { "stackb0 bs", "stackb0 bio_split" },
		.parts = { { .device = "stackb0", .pool = "bs", .module = "stack_blk" },
			   { .device = "stackb0", .pool = "bio_split", .module = "" } },
		.bio_sets = { true, true },
		.reserves = { 4, 2 },
		.begun = true,
		.recovered = true,
		.seen = { .refused = { 7, 9 },
			  .held = true,
			  .ended = true,
			  .work = { .duration_ns = 2000000000,
				    .ios = 500,
				    .timed = true,
				    .p99_ns = 3000000,
				    .longest_ns = 8000000 } },
	};
}

/* Tasks 11 and 12 wait for stackb0 bs, 13 for its bio_split, in this order of time; each holds what is said. */
struct scene {
	struct record_waiter recs[3];
	struct read_waiter read[3];
	struct model_waiter waiters[3];
	struct read_holder held[3];
	struct model_holder holders[3];
	struct model_report r;
};

static inline void scene_init(struct scene *s)
{
	static const char *const pools[] = { "stackb0 bs", "stackb0 bs", "stackb0 bio_split" };
	size_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < 3; i++) {
		s->recs[i].tid = 11 + (uint32_t)i;
		snprintf(s->recs[i].comm, sizeof(s->recs[i].comm), "job-%zu", i);
		s->waiters[i] = (struct model_waiter){ .pool = pools[i],
						       .waiter = &s->read[i],
						       .rec = &s->recs[i],
						       .waited_ns = 9000000000 - i };
	}
	s->r.nr_waiters = 3;
	s->r.waiters = s->waiters;
	s->r.holders = s->holders;
}

static inline void scene_hold(struct scene *s, const char *pool, uint32_t tid, uint32_t state)
{
	size_t i = s->r.nr_holders++;

	s->held[i].rec.tid = tid;
	s->held[i].element.state = state;
	s->held[i].element.dev = 8 << 20 | 16;
	s->holders[i] = (struct model_holder){ .pool = pool, .held = &s->held[i], .held_ns = 1 };
}

static inline const struct circle *circle_of(const struct scene *s, const char *pool)
{
	static struct circle c;

	assert_int_equal(circle_find(&s->r, pool, &c), 0);
	return &c;
}

#endif
