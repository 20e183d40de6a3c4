// SPDX-License-Identifier: GPL-2.0
/*
 * From two snapshots to a report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static const struct model_filter all;

static void counts_are_what_was_added(void **state)
{
	struct fixture a, b;
	struct model_report r;

	(void)state;
	fixture_init(&a);
	fixture_init(&b);
	b.s.time_ns += 2000000000;
	a.pools[0].counts.calls = 100;
	b.pools[0].counts.calls = 157;
	b.pools[0].counts.rare.wait = 7;
	a.pools[0].counts.rare.punts = 1;
	b.pools[0].counts.rare.punts = 4;
	a.times[0][RECORD_TIMED_WAIT].times[hist_bucket(1000)] = 6;
	b.times[0][RECORD_TIMED_WAIT].times[hist_bucket(1000)] = 5; /* one went on */
	b.times[0][RECORD_TIMED_WAIT].times[hist_bucket(2000)] = 2;
	b.times[0][RECORD_TIMED_WAIT].max_ns = 2000;
	assert_int_equal(model_report(&a.s, &b.s, &all, &r), 0);
	assert_int_equal(r.duration_ns, 2000000000);
	assert_int_equal(r.nr_pools, 3);
	assert_int_equal(r.pools[0].way[RECORD_WAY_SLAB], 50);
	assert_int_equal(r.pools[0].allocs, 57);
	assert_int_equal(r.pools[0].punts, 3);
	assert_int_equal(r.pools[0].wait.count, 2);
	assert_int_equal(r.pools[0].wait.p50, 2000);
	assert_int_equal(r.pools[1].allocs, 0);
	model_free(&r);
}

/* Slot 1 was given out again, and slot 9 is not used any more: both had counted something since. */
static void what_is_gone_is_still_counted(void **state)
{
	struct fixture a, b;
	struct model_report r;

	(void)state;
	fixture_init(&a);
	fixture_init(&b);
	a.pools[0].counts.calls = 100;
	a.pools[2].counts.calls = 20;
	a.pools[2].counts.rare.wait = 2;
	b.pools[0].generation = 1;
	b.pools[0].counts.calls = 7;
	b.s.nr_pools = 2;
	a.s.gone.pools = 3;
	a.s.gone.all.calls = 1000;
	b.s.gone.pools = 5;
	b.s.gone.all.calls = 1000 + 110 + 25;
	b.s.gone.all.rare.wait = 3;
	assert_int_equal(model_report(&a.s, &b.s, &all, &r), 0);
	assert_int_equal(r.nr_pools, 2);
	assert_int_equal(r.pools[0].allocs, 7);
	assert_int_equal(r.gone.pools, 2);
	assert_int_equal(r.gone.all.allocs, 10 + 5);
	assert_int_equal(r.gone.all.way[RECORD_WAY_WAIT], 1);
	assert_int_equal(r.gone.all.way[RECORD_WAY_SLAB], 14);
	model_free(&r);
	assert_int_equal(model_report(NULL, &b.s, &all, &r), 0);
	assert_int_equal(r.gone.all.allocs, 1135);
	model_free(&r);
}

/* What waited for another pool in the same slot does not wait for this one. */
static void who_waited_before_does_not_wait_for_it(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	f.s.nr_waiters = 1;
	f.waiters[0].rec = (struct record_waiter){ .slot = 1, .since_ns = 5 };
	f.pools[0].id.since_ns = 6;
	f.waiters[0].rec.slept_ns = f.s.time_ns;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 0);
	model_free(&r);
	f.pools[0].id.since_ns = 5;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 1);
	model_free(&r);
}

static void from_the_slab_is_what_is_left(void **state)
{
	struct fixture a, b;
	struct model_report r;

	(void)state;
	fixture_init(&a);
	fixture_init(&b);
	b.pools[0].counts.calls = 100;
	b.pools[0].counts.cached = 10;
	b.pools[0].counts.rare.reserve = 20;
	b.pools[0].counts.rare.wait = 30;
	b.pools[0].counts.rare.failed = 5;
	b.pools[0].counts.rare.unasked = 2;
	/* Called before the first snapshot, and waited after it. */
	a.pools[2].counts.calls = 8;
	b.pools[2].counts.calls = 8;
	b.pools[2].counts.rare.wait = 1;
	b.pools[1].counts.rare.unasked = 1; /* likewise */
	assert_int_equal(model_report(&a.s, &b.s, &all, &r), 0);
	assert_int_equal(r.pools[0].allocs, 98);
	assert_int_equal(r.pools[1].allocs, 0);
	assert_int_equal(r.pools[0].way[RECORD_WAY_SLAB], 33);
	assert_int_equal(r.pools[2].allocs, 0);
	assert_int_equal(r.pools[2].way[RECORD_WAY_WAIT], 1);
	assert_int_equal(r.pools[2].way[RECORD_WAY_SLAB], 0);
	model_free(&r);
}

static void a_pool_that_is_new_counts_from_nothing(void **state)
{
	struct fixture a, b;
	struct model_report r;

	(void)state;
	fixture_init(&a);
	fixture_init(&b);
	a.s.nr_pools = 2; /* fs_bio_set, slot 9, is not there yet */
	b.pools[2].counts.calls = 3;
	b.pools[2].counts.cached = 3;
	assert_int_equal(model_report(&a.s, &b.s, &all, &r), 0);
	assert_int_equal(r.pools[2].way[RECORD_WAY_CACHE], 3);
	model_free(&r);
	assert_int_equal(model_report(NULL, &b.s, &all, &r), 0);
	assert_int_equal(r.pools[2].way[RECORD_WAY_CACHE], 3);
	assert_int_equal(r.duration_ns, 0);
	model_free(&r);
}

/* How many pools, and disks, a report with that filter has. */
static void matches(struct fixture *f, const struct model_filter *filter, size_t pools,
		    size_t disks)
{
	struct model_report r;

	assert_int_equal(model_report(NULL, &f->s, filter, &r), 0);
	assert_int_equal(r.nr_pools, pools);
	assert_int_equal(r.nr_disks, disks);
	model_free(&r);
}

static void filters_choose_by_device_number_and_pool(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	matches(&f, &all, 3, 0);
	matches(&f, &(struct model_filter){ .device = "stackb0" }, 2, 0);
	matches(&f, &(struct model_filter){ .device = "stackb" }, 0, 0);
	matches(&f, &(struct model_filter){ .dev = 0xfd00000 }, 2, 0);
	matches(&f, &(struct model_filter){ .device = "stackb0", .pool = "bs" }, 1, 0);
	matches(&f, &(struct model_filter){ .pool = "fs_bio_set" }, 1, 0);
	matches(&f, &(struct model_filter){ .pool = "none" }, 0, 0);
}

static void names_are_device_and_pool(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_string_equal(r.pools[0].name, "stackb0 bs");
	assert_string_equal(r.pools[2].name, "fs_bio_set");
	model_free(&r);
}

static void lowest_is_what_was_seen_or_the_level_now(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	f.pools[0].id.lowest = 1;
	f.pools[1].id.lowest = 0;
	f.pools[2].id.level = 1;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.pools[0].lowest, 1);
	assert_int_equal(r.pools[1].lowest, 0);
	assert_int_equal(r.pools[2].lowest, 1);
	model_free(&r);
}

static void holders_are_those_of_the_pools_asked_for(void **state)
{
	static const struct model_filter bs = { .pool = "bs" };
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	f.s.nr_holders = 2;
	f.holders[0].rec.slot = 9;
	f.holders[1].rec.slot = 1;
	f.holders[1].rec.since_ns = f.s.time_ns - 3000;
	f.holders[1].element.state = RECORD_BIO_SUBMITTED;
	assert_int_equal(model_report(NULL, &f.s, &bs, &r), 0);
	assert_int_equal(r.nr_holders, 1);
	assert_string_equal(r.holders[0].pool, "stackb0 bs");
	assert_int_equal(r.holders[0].held_ns, 3000);
	assert_string_equal(model_bio_state_name(r.holders[0].held->element.state), "submitted");
	model_free(&r);
}

static void a_cycle_without_an_element_is_a_stall(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	f.s.nr_waiters = 2;
	f.waiters[0].rec = (struct record_waiter){ .slot = 1, .tid = 11 };
	f.waiters[1].rec = (struct record_waiter){ .slot = 4, .tid = 12 };
	/* The other one has waited for longer, and was woken meanwhile. */
	f.waiters[0].rec.since_ns = f.waiters[0].rec.stuck_ns = f.s.time_ns - MODEL_STALL_NS;
	f.waiters[1].rec.since_ns = f.s.time_ns - 2 * MODEL_STALL_NS + 1;
	f.waiters[1].rec.stuck_ns = f.s.time_ns - MODEL_STALL_NS + 1;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 2);
	assert_true(r.pools[0].stalled);
	assert_int_equal(r.pools[0].waiting, 1);
	assert_int_equal(r.pools[0].waiting_longest_ns, MODEL_STALL_NS);
	assert_int_equal(r.pools[1].waiting_longest_ns, 2 * MODEL_STALL_NS - 1);
	assert_false(r.pools[1].stalled);
	assert_true(r.waiters[0].stalled);
	assert_false(r.waiters[1].stalled);
	assert_int_equal(r.waiters[1].stuck_ns, MODEL_STALL_NS - 1);
	assert_string_equal(r.waiters[1].pool, "stackb0 bio_split");
	model_free(&r);
}

static void who_looks_again_still_waits(void **state)
{
	struct fixture f;
	struct model_report r;
	struct record_waiter *w = &f.waiters[0].rec;

	(void)state;
	fixture_init(&f);
	f.s.nr_waiters = 1;
	*w = (struct record_waiter){ .slot = 1, .since_ns = f.s.time_ns - MODEL_STALL_NS };
	w->stuck_ns = w->since_ns;
	w->woken_ns = f.s.time_ns - RECORD_GOES_ON_NS;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 1);
	assert_true(r.pools[0].stalled);
	model_free(&r);
	w->woken_ns--;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 0);
	assert_int_equal(r.pools[0].waiting, 0);
	model_free(&r);
	w->woken_ns = f.s.time_ns + 1; /* after the snapshot's time */
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 1);
	model_free(&r);
}

/* Nothing in the kernel sleeps that long: the program that would have told of its end was left out. */
static void who_sleeps_for_too_long_does_not_wait(void **state)
{
	struct fixture f;
	struct model_report r;
	struct record_waiter *w = &f.waiters[0].rec;

	(void)state;
	fixture_init(&f);
	f.s.time_ns = 1000000000000;
	f.s.nr_waiters = 1;
	*w = (struct record_waiter){ .slot = 1, .since_ns = 1, .stuck_ns = 1, .cycles = 190 };
	w->slept_ns = f.s.time_ns - RECORD_SLEEP_NS - RECORD_LATE_NS;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 1);
	assert_true(r.pools[0].stalled);
	model_free(&r);
	w->slept_ns--;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_waiters, 0);
	assert_int_equal(r.pools[0].waiting, 0);
	model_free(&r);
}

static void waiters_of_other_pools_are_left_out(void **state)
{
	struct model_filter filter = { .pool = "fs_bio_set" };
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	f.s.nr_waiters = 1;
	f.waiters[0].rec = (struct record_waiter){ .slot = 1, .since_ns = f.s.time_ns + 5 };
	assert_int_equal(model_report(NULL, &f.s, &filter, &r), 0);
	assert_int_equal(r.nr_waiters, 0);
	model_free(&r);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.waiters[0].waited_ns, 0); /* began after the snapshot's time */
	model_free(&r);
}

static void lifetimes_are_of_what_was_freed_since(void **state)
{
	struct fixture a, b;
	struct model_report r;

	(void)state;
	fixture_init(&a);
	fixture_init(&b);
	a.times[0][RECORD_TIMED_LIFETIME].times[hist_bucket(1000)] = 7;
	b.times[0][RECORD_TIMED_LIFETIME].times[hist_bucket(1000)] = 7;
	b.times[0][RECORD_TIMED_LIFETIME].times[hist_bucket(3000)] = 2;
	b.times[0][RECORD_TIMED_LIFETIME].max_ns = 3000;
	assert_int_equal(model_report(&a.s, &b.s, &all, &r), 0);
	assert_false(model_sees(&r, TRACE_SEES_LIVES));
	assert_int_equal(r.pools[0].lifetime.count, 2);
	assert_int_equal(r.pools[0].lifetime.p50, 3000);
	assert_int_equal(r.pools[1].lifetime.count, 0);
	model_free(&r);
}

static void disks_are_those_that_completed_something_since(void **state)
{
	struct fixture a, b;
	struct model_report r;

	(void)state;
	fixture_init(&a);
	fixture_init(&b);
	fixture_add_disks(&a);
	fixture_add_disks(&b);
	a.s.nr_disks = 1; /* stackb0 is not there yet */
	a.disk_times[0].times[hist_bucket(100)] = 4;
	b.disk_times[0].times[hist_bucket(100)] = 4;
	b.disk_times[1].times[hist_bucket(200)] = 5;
	b.disk_times[1].max_ns = 200;
	assert_int_equal(model_report(&a.s, &b.s, &all, &r), 0);
	assert_true(model_sees(&r, TRACE_SEES_DISKS));
	assert_int_equal(r.nr_disks, 1);
	assert_string_equal(r.disks[0].name, "stackb0");
	assert_int_equal(r.disks[0].dev, 0xfd00000);
	assert_int_equal(r.disks[0].latency.count, 5);
	assert_int_equal(r.disks[0].latency.max, 200);
	model_free(&r);
	assert_int_equal(model_report(NULL, &b.s, &all, &r), 0);
	assert_int_equal(r.nr_disks, 2);
	model_free(&r);
}

/* The row of a number keeps the name of who had it first. */
static void a_disk_is_called_as_who_has_its_number_now(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	fixture_add_disks(&f);
	f.disk_times[1].times[0] = 1;
	f.pools[1].id.kind = RECORD_POOL_BIO_SPLIT;
	strcpy(f.pools[1].id.disk, "later0");
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_disks, 1);
	assert_string_equal(r.disks[0].name, "later0");
	model_free(&r);
	assert_int_equal(model_report(NULL, &f.s, &(struct model_filter){ .device = "later0" }, &r),
			 0);
	assert_int_equal(r.nr_disks, 1);
	model_free(&r);
	f.pools[1].id.flags |= RECORD_POOL_GONE;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_string_equal(r.disks[0].name, "stackb0");
	model_free(&r);
}

static void filters_choose_disks_by_device_only(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f);
	fixture_add_disks(&f);
	f.disk_times[0].times[0] = 1;
	f.disk_times[1].times[0] = 1;
	matches(&f, &all, 3, 2);
	matches(&f, &(struct model_filter){ .device = "stackb0" }, 2, 1);
	matches(&f, &(struct model_filter){ .dev = 0xfd00000 }, 2, 1);
	matches(&f, &(struct model_filter){ .device = "stackb" }, 0, 0);
	matches(&f, &(struct model_filter){ .pool = "bs" }, 1, 0);
}

static void a_detail_is_told_but_not_lost(void **state)
{
	struct fixture a, b;
	struct model_report r;

	(void)state;
	fixture_init(&a);
	fixture_init(&b);
	a.s.lost[RECORD_LOST_ALLOCATIONS] = 2;
	b.s.lost[RECORD_LOST_ALLOCATIONS] = 5;
	b.s.lost[RECORD_LOST_POOLS] = 1;
	b.s.lost[RECORD_LOST_ORPHANS] = 7;
	b.s.lost[RECORD_LOST_TIMES] = 8;
	a.s.skipped[3] = 1;
	b.s.skipped[3] = 10;
	assert_int_equal(model_report(&a.s, &b.s, &all, &r), 0);
	assert_int_equal(r.lost[RECORD_LOST_ALLOCATIONS], 3);
	assert_int_equal(r.lost[RECORD_LOST_ORPHANS], 7);
	assert_int_equal(r.lost[RECORD_LOST_TIMES], 8);
	assert_int_equal(r.skipped[3], 9);
	assert_int_equal(r.lost_total, 3);
	model_free(&r);
}

/* Innermost first; NULL ends a stack. */
static const char *const stacks[][6] = {
	{ "__schedule", "schedule", "io_schedule_timeout", "mempool_alloc_noprof", "submit_bio",
	  NULL },
	{ "__schedule", "io_schedule", "blk_mq_get_tag", "__submit_bio", "submit_bio_wait", NULL },
	{ "__schedule", "schedule", "wait_barrier", "submit_bio_noacct", NULL },
	{ "__schedule", "io_schedule", "bit_wait_io", "out_of_line_wait_on_bit", "__wait_on_buffer",
	  NULL },
	{ "schedule", "rwsem_down_write_slowpath", "do_unlinkat", NULL },
};

static void what_tasks_are_blocked_by(void **state)
{
	struct ksyms_at frames[5][6] = { 0 };
	struct read_blocked blocked[5];
	struct fixture f;
	struct model_report r;
	size_t i, n;

	(void)state;
	fixture_init(&f);
	for (i = 0; i < 5; i++) {
		for (n = 0; n < 6 && stacks[i][n]; n++)
			snprintf(frames[i][n].name, sizeof(frames[i][n].name), "%s", stacks[i][n]);
		blocked[i] = (struct read_blocked){ .blocked_ns = 100 + i,
						    .frames = frames[i],
						    .nr_frames = n };
	}
	f.s.blocked = blocked;
	f.s.nr_blocked = 5;
	f.s.has_causes = true;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_true(r.has_causes);
	assert_int_equal(r.blocked[BLOCKED_POOL].tasks, 1);
	assert_int_equal(r.blocked[BLOCKED_SUBMIT].tasks, 2);
	assert_int_equal(r.blocked[BLOCKED_SUBMIT].longest_ns, 102);
	assert_string_equal(r.blocked[BLOCKED_SUBMIT].where, "wait_barrier");
	assert_int_equal(r.blocked[BLOCKED_IO].tasks, 1);
	assert_string_equal(r.blocked[BLOCKED_IO].where, "__wait_on_buffer");
	model_free(&r);
}

static struct record_request requests[] = {
	{ .request = 1, .start_ns = 4000000000, .bio = 100, .bs = 0xffff0001 }, /* seen */
	{ .request = 1, .start_ns = 4000000000, .bio = 101, .bs = 0xffff0001 },
	{ .request = 2, .start_ns = 7000000000, .bio = 102, .bs = 0xffff0009 }, /* is full */
	{ .request = 3, .bio = 103 },
	{ .request = 5, .start_ns = 10500000000, .bio = 107, .bs = 0xffff0001 }, /* is later */
};
static struct record_request old_request = { .request = 4, .start_ns = 1000000000 };
static struct read_queue queues[] = { { .slot = 4, .nr_bios = 5, .bios = requests },
				      { .slot = 9, .nr_bios = 1, .bios = &old_request } };
static struct record_parked parked[] = { { .bio = 104, .bs = 0xffff0001, .tid = 7 },
					 { .bio = 105, .tid = 7 },
					 { .bio = 106, .bs = 0xffff0009, .tid = 8 } };

/* Of four elements of slot 1 one is there, one was seen to be taken, and two are found. */
static void fixture_init_short(struct fixture *f)
{
	fixture_init(f);
	f->pools[0].id.level = 1;
	snprintf(f->pools[1].id.disk, sizeof(f->pools[1].id.disk), "stackb0");
	f->s.queues = queues;
	f->s.nr_queues = 2;
	f->s.parked = parked;
	f->s.nr_parked = 3;
	f->s.nr_holders = 1;
	f->holders[0] = (struct read_holder){ .rec = { .slot = 1 }, .bio = 100 };
	f->s.nr_waiters = 2;
	f->waiters[0].rec = (struct record_waiter){ .slot = 1, .tid = 7, .since_ns = 9000000000 };
	f->waiters[1].rec = (struct record_waiter){ .slot = 1, .tid = 8, .since_ns = 9000000000 };
	f->waiters[0].rec.slept_ns = f->waiters[1].rec.slept_ns = 9000000000;
	f->s.has_causes = true;
	f->s.causes_ns = f->s.time_ns;
}

static void where_bios_of_a_short_pool_are(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init_short(&f);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_unseen, 2);
	assert_string_equal(r.unseen[0].disk, "stackb0");
	assert_string_equal(r.unseen[0].pool, "stackb0 bs");
	assert_int_equal(r.unseen[0].bios, 1);
	assert_int_equal(r.unseen[0].oldest_ns, 6000000000);
	assert_null(r.unseen[1].disk);
	assert_int_equal(r.unseen[1].task->tid, 7);
	assert_int_equal(r.nr_waiters, 2);
	assert_int_equal(r.waiters[0].parked, 1);
	assert_int_equal(r.waiters[1].parked, 0); /* that of another pool */
	model_free(&r);
	f.s.has_causes = false;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_unseen, 0);
	model_free(&r);
}

static void what_disks_have_not_completed(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init_short(&f);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_in_flight, 2);
	assert_int_equal(r.in_flight[0].requests, 1);
	assert_int_equal(r.in_flight[0].oldest_ns, 9000000000);
	assert_string_equal(r.in_flight[1].name, "stackb0");
	assert_int_equal(r.in_flight[1].requests, 4);
	assert_int_equal(r.in_flight[1].oldest_ns, 6000000000);
	model_free(&r);
}

/* @reserve: elements of slot 1, of which three are known. */
static uint64_t unknown_of(uint32_t reserve, uint32_t flags)
{
	struct fixture f;
	struct model_report r;
	uint64_t n;

	fixture_init_short(&f);
	f.pools[0].id.reserve = reserve;
	f.pools[0].id.flags = flags;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	n = model_unknown(&r.pools[0]);
	assert_int_equal(model_unknown(&r.pools[2]), 0);
	model_free(&r);
	return n;
}

static void of_how_many_elements_nothing_is_known(void **state)
{
	(void)state;
	assert_int_equal(unknown_of(4, 0), 0);
	assert_int_equal(unknown_of(8, 0), 4);
	assert_int_equal(unknown_of(8, RECORD_POOL_GONE), 0);
}

/* Of those that are still told apart, and of those that are not. */
static void all_that_is_gone(void **state)
{
	struct model_gone gone;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.pools[0].counts.calls = 10;
	f.pools[1].counts.calls = 5;
	f.pools[1].id.flags = RECORD_POOL_GONE;
	f.s.gone.pools = 7;
	f.s.gone.all.calls = 100;
	model_all_gone(&f.s, &gone);
	assert_int_equal(gone.pools, 8);
	assert_int_equal(gone.all.way[RECORD_WAY_SLAB], 105);
}

/* By its address, whatever it is called by now. */
static void a_filter_chooses_one_pool_by_address(void **state)
{
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	assert_int_equal(model_report(NULL, &f.s,
				      &(struct model_filter){ .mempool = f.pools[1].id.mempool },
				      &r),
			 0);
	assert_int_equal(r.nr_pools, 1);
	assert_int_equal(r.pools[0].slot, 4);
	model_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_are_what_was_added),
		cmocka_unit_test(what_is_gone_is_still_counted),
		cmocka_unit_test(all_that_is_gone),
		cmocka_unit_test(a_filter_chooses_one_pool_by_address),
		cmocka_unit_test(what_tasks_are_blocked_by),
		cmocka_unit_test(where_bios_of_a_short_pool_are),
		cmocka_unit_test(what_disks_have_not_completed),
		cmocka_unit_test(of_how_many_elements_nothing_is_known),
		cmocka_unit_test(who_waited_before_does_not_wait_for_it),
		cmocka_unit_test(from_the_slab_is_what_is_left),
		cmocka_unit_test(a_pool_that_is_new_counts_from_nothing),
		cmocka_unit_test(filters_choose_by_device_number_and_pool),
		cmocka_unit_test(names_are_device_and_pool),
		cmocka_unit_test(lowest_is_what_was_seen_or_the_level_now),
		cmocka_unit_test(holders_are_those_of_the_pools_asked_for),
		cmocka_unit_test(a_cycle_without_an_element_is_a_stall),
		cmocka_unit_test(who_looks_again_still_waits),
		cmocka_unit_test(who_sleeps_for_too_long_does_not_wait),
		cmocka_unit_test(waiters_of_other_pools_are_left_out),
		cmocka_unit_test(lifetimes_are_of_what_was_freed_since),
		cmocka_unit_test(disks_are_those_that_completed_something_since),
		cmocka_unit_test(a_disk_is_called_as_who_has_its_number_now),
		cmocka_unit_test(filters_choose_disks_by_device_only),
		cmocka_unit_test(a_detail_is_told_but_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
