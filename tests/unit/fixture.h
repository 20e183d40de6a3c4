/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots made by hand, for the tests of the model and the renderers.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "model/model.h"

#define FIXTURE_POOLS 3

/* What a tracer sees that measures no durations but those that are rare. */
#define FIXTURE_SEES                                                                               \
	(TRACE_SEES_CALLS | TRACE_SEES_CACHE | TRACE_SEES_RESERVE | TRACE_SEES_WAITS |             \
	 TRACE_SEES_FAILURES | TRACE_SEES_FIRST_FAILURES | TRACE_SEES_PUNTS | TRACE_SEES_RESCUES | \
	 TRACE_SEES_WAKEUPS | TRACE_SEES_RUNS)

struct fixture {
	struct read_pool pools[FIXTURE_POOLS];
	struct read_waiter waiters[2];
	struct read_holder holders[2];
	struct read_disk disks[2];
	struct record_times times[FIXTURE_POOLS][RECORD_TIMED_POOL];
	struct record_times disk_times[2];
	struct read_snapshot s;
};

/* Slots 1 (stackb0 bs), 4 (stackb0 bio_split), 9 (fs_bio_set); at 10 s. */
static inline void fixture_init(struct fixture *f)
{
	static const struct {
		uint32_t slot, dev, reserve;
		const char *device, *pool, *module;
	} rows[FIXTURE_POOLS] = { { 1, 0xfd00000, 4, "stackb0", "bs", "stack_blk" },
				  { 4, 0xfd00000, 2, "stackb0", "bio_split", "stack_blk" },
				  { 9, 0, 2, "", "fs_bio_set", "" } };
	int i, what;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < FIXTURE_POOLS; i++) {
		struct read_pool *p = &f->pools[i];

		for (what = 0; what < RECORD_TIMED_POOL; what++)
			p->times[what] = &f->times[i][what];
		p->slot = rows[i].slot;
		p->id.bs = 0xffff0000 + rows[i].slot;
		p->id.mempool = p->id.bs + 8;
		p->id.lowest = rows[i].reserve;
		p->id.dev = rows[i].dev;
		p->id.reserve = rows[i].reserve;
		p->id.level = rows[i].reserve;
		snprintf(p->name.device, sizeof(p->name.device), "%s", rows[i].device);
		snprintf(p->name.pool, sizeof(p->name.pool), "%s", rows[i].pool);
		snprintf(p->name.module, sizeof(p->name.module), "%s", rows[i].module);
	}
	f->s.time_ns = 10000000000;
	f->s.sees = FIXTURE_SEES;
	f->s.nr_pools = FIXTURE_POOLS;
	f->s.pools = f->pools;
	f->s.waiters = f->waiters;
	f->s.holders = f->holders;
	f->s.disks = f->disks;
}

/* nullb0 (251:0) and stackb0 (253:0), which have completed nothing yet. */
static inline void fixture_add_disks(struct fixture *f)
{
	f->disks[0].id = (struct record_disk){ .dev = 0xfb00000, .name = "nullb0" };
	f->disks[1].id = (struct record_disk){ .dev = 0xfd00000, .name = "stackb0" };
	f->disks[0].latency = &f->disk_times[0];
	f->disks[1].latency = &f->disk_times[1];
	f->s.nr_disks = 2;
	f->s.sees |= TRACE_SEES_TIMES | TRACE_SEES_LIVES | TRACE_SEES_DISKS;
}

#endif
