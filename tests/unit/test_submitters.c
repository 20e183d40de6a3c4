// SPDX-License-Identifier: GPL-2.0
/*
 * For whom a worker works: whoever allocated the bio that its work lies in front of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "read/submitters.h"

#define ROWS 0xffffffffc0000000ULL /* what its keys are relative to */
#define BIO 0xffff888000001100ULL
#define PAD 0x100
#define WORKER 70
#define NOBODY 4000000000U /* has no /proc */

static struct record_pool table[RECORD_POOLS];
static struct record_lives sets[RECORD_BIO_SETS];

const struct record_pool *pools_table(const struct pools *p)
{
	(void)p;
	return table;
}

static void live(size_t set, size_t way, uint64_t bio, uint32_t slot, uint32_t tid)
{
	sets[set].key[way] = bio - ROWS;
	sets[set].of[way] = (struct record_life){ .slot = slot, .tid = tid };
}

static int set_up(void **state)
{
	(void)state;
	memset(sets, 0, sizeof(sets));
	table[3].front_pad = PAD;
	table[4].front_pad = 0;
	live(0, 0, BIO + 0x1000, 3, 11);
	live(0, 7, BIO, 3, NOBODY);
	live(1, 3, BIO - 0x1000, 3, 13);
	live(RECORD_BIO_SETS - 1, 4, BIO + 0x2000, 4, 14);
	return 0;
}

/* Of a worker that is blocked by the work at @work, and another one that works elsewhere. */
static struct read_waiter found(uint64_t work, __u64 rows_at)
{
	const struct record_blocked blocked[] = {
		{ .tid = WORKER + 1, .work = BIO - 0x1000 - 8 },
		{ .tid = WORKER, .work = work },
		{ .tid = WORKER - 1 },
	};
	struct trace t = { .lives = sets, .rows_at = &rows_at };
	struct read_waiter waiters[2] = { { .rec.tid = WORKER }, { .rec.tid = WORKER - 1 } };
	struct read_snapshot s = { .waiters = waiters, .nr_waiters = 2 };

	submitters_find(&t, blocked, 3, &s);
	assert_int_equal(waiters[1].submitter, 0);
	return waiters[0];
}

static void in_front_of_a_bio(void **state)
{
	(void)state;
	assert_int_equal(found(BIO - PAD, ROWS).submitter, NOBODY);
	assert_int_equal(found(BIO - 1, ROWS).submitter, NOBODY);
	assert_int_equal(found(BIO + 0x1000 - 8, ROWS).submitter, 11);
	assert_int_equal(found(BIO - 0x1000 - PAD, ROWS).submitter, 13);
}

static void in_front_of_none(void **state)
{
	(void)state;
	assert_int_equal(found(BIO - PAD - 1, ROWS).submitter, 0);
	assert_int_equal(found(BIO, ROWS).submitter, 0); /* it is the bio itself */
	assert_int_equal(found(BIO + 0x2000 - 8, ROWS).submitter, 0); /* which has nothing there */
	assert_int_equal(found(BIO + 0x9000, ROWS).submitter, 0);
	assert_int_equal(found(0, ROWS).submitter, 0); /* no worker */
	assert_int_equal(found(BIO - 8, 0).submitter, 0); /* nobody has waited since it began */
}

static void of_two_bios_the_later(void **state)
{
	(void)state;
	sets[0].since_ns[7] = 20;
	live(1, 0, BIO + 8, 3, 15); /* is there no longer, which was not seen */
	sets[1].since_ns[0] = 10;
	assert_int_equal(found(BIO - 8, ROWS).submitter, NOBODY);
	sets[1].since_ns[0] = 30;
	assert_int_equal(found(BIO - 8, ROWS).submitter, 15);
}

static void without_waiters_nothing_is_looked_for(void **state)
{
	struct trace t = { .lives = NULL };
	struct read_snapshot s = { 0 };

	(void)state;
	submitters_find(&t, NULL, 0, &s);
}

static void a_task_that_has_ended_has_no_name(void **state)
{
	uint32_t self = (uint32_t)getpid();

	(void)state;
	assert_string_equal(found(BIO - 8, ROWS).submitter_comm, "");
	live(0, 7, BIO, 3, self);
	assert_string_not_equal(found(BIO - 8, ROWS).submitter_comm, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_front_of_a_bio, set_up),
		cmocka_unit_test_setup(in_front_of_none, set_up),
		cmocka_unit_test_setup(of_two_bios_the_later, set_up),
		cmocka_unit_test(without_waiters_nothing_is_looked_for),
		cmocka_unit_test_setup(a_task_that_has_ended_has_no_name, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
