// SPDX-License-Identifier: GPL-2.0
/*
 * What a trial of verify says, who waits for whom, and which pools are tried.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "fixture.h"
#include "model/verify.h"
#include "model/verify_plan.h"
#include "render/verify.h"
#include "run/job.h"
#include "util/msg.h"
#include "verify_story.h"

static enum verify_verdict judged(struct verify_trial t)
{
	verify_judge(&t);
	return t.verdict;
}

static void progress_is_said_only_of_what_was_refused_and_went_on(void **state)
{
	struct verify_trial t = passed(2);

	(void)state;
	assert_int_equal(judged(t), VERIFY_PROGRESS);
	t.seen.slept_ns = VERIFY_SLEPT_NS - 1;
	assert_int_equal(judged(t), VERIFY_PROGRESS);
	t.seen.slept_ns = VERIFY_SLEPT_NS;
	assert_int_equal(judged(t), VERIFY_SLOW);
	t.seen.slow_anyway = true; /* then nobody can tell */
	assert_int_equal(judged(t), VERIFY_PROGRESS);
}

static void what_was_not_tested_says_why(void **state)
{
	struct verify_trial t = passed(2);

	(void)state;
	t.seen.refused[1] = 0;
	verify_judge(&t);
	assert_int_equal(t.verdict, VERIFY_NOT_TESTED);
	assert_int_equal(t.untested, VERIFY_NOT_ALL_REFUSED);
	t.seen.refused[0] = 0;
	verify_judge(&t);
	assert_int_equal(t.untested, VERIFY_NOT_REFUSED);
	t = passed(1);
	t.seen.refused[1] = 0; /* there is none */
	assert_int_equal(judged(t), VERIFY_PROGRESS);
	t.seen.ended = false;
	verify_judge(&t);
	assert_int_equal(t.verdict, VERIFY_NOT_TESTED);
	assert_int_equal(t.untested, VERIFY_NOT_ENDED);
	t = passed(1);
	t.seen.work.ios = 0;
	verify_judge(&t);
	assert_int_equal(t.untested, VERIFY_NO_IO);
	assert_string_equal(verify_why(t.untested), "its disk has counted no I/O");
	t = passed(1);
	t.seen.held = false;
	verify_judge(&t);
	assert_int_equal(t.untested, VERIFY_NOT_HELD);
	assert_string_equal(verify_why(t.untested), "it could not be held exhausted");
	t.seen.gone = true;
	verify_judge(&t);
	assert_int_equal(t.untested, VERIFY_GONE);
	assert_string_equal(verify_why(t.untested), "it was destroyed while it was exhausted");
}

static void who_is_stuck_is_so_by_the_pool_or_by_something_else(void **state)
{
	struct verify_trial t = passed(1);

	(void)state;
	t.seen.stuck = 1;
	assert_int_equal(judged(t), VERIFY_BLOCKED);
	t.seen.waiting = 3;
	assert_int_equal(judged(t), VERIFY_STALL);
	t.seen.work.errors = 1;
	assert_int_equal(judged(t), VERIFY_STALL);
	t.seen.at_disk = true;
	assert_int_equal(judged(t), VERIFY_ERROR);
	t.seen.work.errors = 0;
	assert_int_equal(judged(t), VERIFY_BLOCKED);
	t.seen.refused[0] = 0;
	assert_int_equal(judged(t), VERIFY_BLOCKED);
	t.seen.stuck = 0;
	t.seen.work.errors = 1;
	assert_int_equal(judged(t), VERIFY_ERROR);
}

static int status_of(struct verify_trial *trials, size_t n)
{
	const struct verify_result r = { .nr_trials = n, .trials = trials };

	return verify_status(&r);
}

static void the_status_is_that_of_the_worst(void **state)
{
	struct verify_trial t[] = { passed(1), passed(1) };

	(void)state;
	assert_int_equal(status_of(t, 2), MSG_EXIT_OK);
	t[1].verdict = VERIFY_NOT_TESTED;
	assert_int_equal(status_of(t, 2), MSG_EXIT_OK);
	t[0].verdict = VERIFY_NOT_TESTED;
	assert_int_equal(status_of(t, 2), MSG_EXIT_CANT);
	assert_int_equal(status_of(t, 0), MSG_EXIT_CANT);
	t[0].verdict = VERIFY_SLOW;
	assert_int_equal(status_of(t, 2), MSG_EXIT_FAILED);
	t[0] = passed(1);
	t[0].blocks.damaged = 1;
	assert_int_equal(status_of(t, 2), MSG_EXIT_FAILED);
	t[0].blocks.damaged = 0;
	t[0].recovered = false;
	assert_int_equal(status_of(t, 2), MSG_EXIT_FAILED);
	t[0].begun = false;
	assert_int_equal(status_of(t, 2), MSG_EXIT_OK);
}

static void a_circle_is_found_through_the_one_whose_list_it_is_on(void **state)
{
	const struct circle *c;
	struct scene s;

	(void)state;
	scene_init(&s);
	scene_hold(&s, "stackb0 bs", 99, RECORD_BIO_SUBMITTED); /* which tells nothing */
	scene_hold(&s, "stackb0 bs", 98, RECORD_BIO_PARKED);
	s.held[1].parked_by = 13;
	scene_hold(&s, "stackb0 bio_split", 12, RECORD_BIO_UNSUBMITTED);
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_CLOSED);
	/* 11 waits for what 13 has, which waits for what 12 has, which waits for what 13 has: 11 is left out. */
	assert_int_equal(c->n, 2);
	assert_int_equal(c->links[0].waiter->rec->tid, 13);
	assert_int_equal(c->links[0].hold, CIRCLE_UNSUBMITTED);
	assert_ptr_equal(c->links[0].holder, &s.holders[2]);
	assert_int_equal(c->links[1].waiter->rec->tid, 12);
	assert_int_equal(c->links[1].hold, CIRCLE_PARKED);
	assert_ptr_equal(c->links[1].holder, &s.holders[1]);
	assert_int_equal(c->back, 0);
}

static void who_waits_for_those_in_a_circle_of_another_pool_leads_there(void **state)
{
	const struct circle *c;
	struct scene s;

	(void)state;
	scene_init(&s);
	s.r.nr_waiters = 3;
	s.waiters[1].pool = "stackb0 bio_split";
	scene_hold(&s, "stackb0 bs", 13, RECORD_BIO_UNSUBMITTED);
	scene_hold(&s, "stackb0 bio_split", 12, RECORD_BIO_UNSUBMITTED);
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_CLOSED);
	assert_int_equal(c->n, 3);
	assert_int_equal(c->links[0].waiter->rec->tid, 11);
	assert_int_equal(c->links[1].waiter->rec->tid, 13);
	assert_int_equal(c->links[2].waiter->rec->tid, 12);
	assert_int_equal(c->back, 2);
}

static void one_task_can_be_a_circle(void **state)
{
	const struct circle *c;
	struct scene s;

	(void)state;
	scene_init(&s);
	scene_hold(&s, "stackb0 bs", 12, RECORD_BIO_UNSUBMITTED);
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_CLOSED);
	assert_int_equal(c->links[c->back].waiter->rec->tid, 12);
	assert_int_equal(c->back, c->n - 1);
}

static void a_worker_has_what_it_works_on(void **state)
{
	const struct circle *c;
	struct scene s;

	(void)state;
	scene_init(&s);
	scene_hold(&s, "stackb0 bs", 50, RECORD_BIO_SUBMITTED);
	s.read[2].submitter = 50;
	scene_hold(&s, "stackb0 bio_split", 11, RECORD_BIO_UNKNOWN);
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_CLOSED);
	assert_int_equal(c->links[0].hold, CIRCLE_WORKS);
	assert_int_equal(c->links[1].waiter->rec->tid, 13);
	assert_int_equal(c->links[1].hold, CIRCLE_TOOK);
	assert_int_equal(c->back, 0);
}

static void what_nobody_was_seen_to_take_is_on_a_list_all_the_same(void **state)
{
	const struct record_parked parked = { .tid = 11 };
	struct where_bios unseen = { .pool = "stackb0 bs", .task = &parked, .bios = 1 };
	const struct circle *c;
	struct scene s;

	(void)state;
	scene_init(&s);
	s.r.nr_unseen = 1;
	s.r.unseen = &unseen;
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_CLOSED);
	assert_int_equal(c->n, 1);
	assert_int_equal(c->links[0].hold, CIRCLE_PARKED);
	assert_null(c->links[0].holder);
}

static void without_a_circle_the_end_is_told(void **state)
{
	const struct circle *c;
	struct scene s;

	(void)state;
	scene_init(&s);
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_UNKNOWN);
	assert_int_equal(c->n, 1);
	assert_int_equal(c->links[0].waiter->rec->tid, 11);
	scene_hold(&s, "stackb0 bs", 70, RECORD_BIO_SUBMITTED);
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_DISK);
	assert_int_equal(c->dev, 8 << 20 | 16);
	scene_hold(&s, "stackb0 bs", 71, RECORD_BIO_COMPLETED);
	assert_int_equal(circle_of(&s, "stackb0 bs")->end, CIRCLE_COMPLETED);
	scene_hold(&s, "stackb0 bs", 72, RECORD_BIO_UNSUBMITTED);
	c = circle_of(&s, "stackb0 bs");
	assert_int_equal(c->end, CIRCLE_TASK);
	assert_int_equal(c->holder->held->rec.tid, 72);
	assert_int_equal(circle_of(&s, "fs_bio_set")->n, 0);
}

static void report_of(struct fixture *f, struct model_report *r)
{
	const struct model_filter all = { 0 };

	assert_int_equal(model_report(NULL, &f->s, &all, r), 0);
}

static void pools_of_the_disks_are_tried_and_others_if_they_are_used(void **state)
{
	const uint32_t devs[] = { 0xfd00000 };
	struct verify_plan plan = { .devs = devs, .nr_devs = 1 };
	struct verify_candidate found[FIXTURE_POOLS];
	struct model_report r;
	struct fixture f;

	(void)state;
	fixture_init(&f);
	f.pools[0].counts.calls = 3;
	report_of(&f, &r);
	assert_int_equal(verify_plan_pools(&plan, &f.s, &r, found), 2);
	assert_string_equal(found[0].pool->name, "stackb0 bs");
	assert_false(found[0].unused);
	assert_string_equal(found[1].pool->name, "stackb0 bio_split");
	assert_true(found[1].unused);
	model_free(&r);

	f.pools[2].counts.calls = 1;
	f.pools[1].id.bs = 0; /* a mempool of its own: nobody counts what is taken from it */
	report_of(&f, &r);
	assert_int_equal(verify_plan_pools(&plan, &f.s, &r, found), 3);
	assert_false(found[1].unused);
	assert_string_equal(found[2].pool->name, "fs_bio_set");
	plan.disks_only = true;
	assert_int_equal(verify_plan_pools(&plan, &f.s, &r, found), 2);
	plan.disks_only = false;
	plan.pool = "bs";
	assert_int_equal(verify_plan_pools(&plan, &f.s, &r, found), 1);
	plan.pool = NULL;
	f.pools[0].id.flags = RECORD_POOL_GONE;
	assert_int_equal(verify_plan_pools(&plan, &f.s, &r, found), 2);
	model_free(&r);
}

static void there_are_more_jobs_than_elements(void **state)
{
	const uint32_t devs[] = { 0xfd00000 };
	const struct verify_plan plan = { .devs = devs, .nr_devs = 1 };
	struct fixture f;

	(void)state;
	fixture_init(&f);
	assert_int_equal(verify_plan_jobs(&plan, &f.s), 6);
	f.pools[0].id.reserve = 1;
	assert_int_equal(verify_plan_jobs(&plan, &f.s), VERIFY_PLAN_JOBS_LEAST);
	f.pools[2].id.reserve = 50; /* of no disk */
	assert_int_equal(verify_plan_jobs(&plan, &f.s), VERIFY_PLAN_JOBS_LEAST);
	f.pools[0].id.reserve = 200;
	assert_int_equal(verify_plan_jobs(&plan, &f.s), VERIFY_PLAN_JOBS_MOST);
}

static struct json_object *trial_of(struct json_object *obj, size_t i)
{
	return json_object_array_get_idx(json_object_object_get(obj, "trials"), i);
}

static const char *string_of(struct json_object *obj, const char *key)
{
	return json_object_get_string(json_object_object_get(obj, key));
}

static void json_has_what_is_known_and_null_for_the_rest(void **state)
{
	struct verify_trial t[] = { passed(2), passed(1) };
	struct verify_result r = { .device = "stackb0",
				   .jobs = 6,
				   .seed = 5,
				   .nr_trials = 2,
				   .trials = t,
				   .without = t[0].seen.work };
	struct json_object *obj, *first, *second, *links;
	struct scene s;

	(void)state;
	scene_init(&s);
	scene_hold(&s, "stackb0 bs", 12, RECORD_BIO_UNSUBMITTED);
	t[0].seen.stuck = 1;
	t[0].seen.waiting = 2;
	verify_judge(&t[0]);
	t[0].circle = *circle_of(&s, "stackb0 bs");
	t[1].verdict = VERIFY_NOT_TESTED;
	t[1].begun = false;
	t[1].untested = VERIFY_NO_TIME;
	obj = render_verify_json(&r);
	first = trial_of(obj, 0);
	second = trial_of(obj, 1);
	assert_string_equal(string_of(obj, "verdict"), "STALL");
	assert_null(json_object_object_get(obj, "written"));
	assert_string_equal(string_of(first, "verdict"), "STALL");
	assert_null(json_object_object_get(first, "damaged"));
	links = json_object_object_get(json_object_object_get(first, "circle"), "links");
	assert_int_equal(json_object_array_length(links), 1);
	assert_string_equal(string_of(json_object_array_get_idx(links, 0), "comm"), "job-1");
	assert_string_equal(string_of(json_object_array_get_idx(links, 0), "held_as"),
			    "unsubmitted");
	assert_string_equal(string_of(second, "why"), "the time was over");
	assert_false(json_object_object_get_ex(second, "ios", NULL));
	json_object_put(obj);
}

static void junit_fails_skips_and_passes(void **state)
{
	struct verify_trial t[] = { passed(1), passed(1), passed(2) };
	const struct verify_result r = {
		.device = "stackb0", .jobs = 6, .nr_trials = 3, .trials = t
	};
	char *text;

	(void)state;
	t[0].verdict = VERIFY_ERROR;
	t[0].seen.work.errors = 1;
	t[0].seen.work.error = EIO;
	t[1].verdict = VERIFY_NOT_TESTED;
	t[1].untested = VERIFY_UNUSED;
	text = written(render_verify_junit, &r);
	assert_non_null(strstr(text, "tests=\"3\" failures=\"1\" skipped=\"1\""));
	assert_non_null(strstr(text, "<failure message=\"ERROR\" type=\"ERROR\">"));
	assert_non_null(strstr(text, "Input/output error"));
	assert_non_null(strstr(text, "<skipped message=\"the workload takes nothing from it\"/>"));
	assert_non_null(strstr(text, "name=\"stackb0 bs + stackb0 bio_split\" time=\"2.000\">"));
	free(text);
}

/* bcache's reader has a lock of the btree that who has the element waits for: that shows in stacks alone. */
static void who_else_of_the_driver_sleeps_is_told_once_for_each_place(void **state)
{
	static const struct ksyms_at insert[] = {
		{ .addr = 1, .name = "bch_btree_insert", .module = "bcache" },
		{ .addr = 2, .name = "worker_thread" }
	};
	static const struct ksyms_at waits[] = {
		{ .addr = 3, .name = "mempool_alloc" },
		{ .addr = 4, .name = "cache_lookup", .module = "bcache" }
	};
	static const struct ksyms_at other[] = {
		{ .addr = 5, .name = "nfs_wait", .module = "nfs" }
	};
	struct read_blocked blocked[] = { { 5, "first", 0, insert, 2 },
					  { 6, "waiter", 0, waits, 2 },
					  { 7, "second", 0, insert, 2 },
					  { 8, "other", 0, other, 1 } };
	struct verify_trial t = { .nr_pools = 1,
				  .parts = { { .module = "bcache" } },
				  .has_report = true };
	struct text_file f;
	char *text;

	(void)state;
	assert_non_null(text_file_open(&f));
	t.snapshot.has_causes = true;
	t.snapshot.blocked = blocked;
	t.snapshot.nr_blocked = 4;
	render_verify_others(&t, f.out);
	text = text_file_close(&f);
	assert_non_null(strstr(text, "first (task 5), and 1 more, sleep, and for no pool, at\n"));
	assert_non_null(strstr(text, "bch_btree_insert"));
	assert_null(strstr(text, "waiter"));
	assert_null(strstr(text, "second"));
	assert_null(strstr(text, "other"));
	free(text);
	t.circle.end = CIRCLE_CLOSED; /* which explains it */
	assert_non_null(text_file_open(&f));
	render_verify_others(&t, f.out);
	text = text_file_close(&f);
	assert_string_equal(text, "");
	free(text);
}

/* What a job writes is told apart by place and round, to the last word. */
static void a_block_that_is_not_what_was_written_is_seen(void **state)
{
	static uint64_t block[JOB_BLOCK / sizeof(uint64_t)];
	uint64_t first = 4096 ^ (uint64_t)3 << 44;
	size_t i;

	(void)state;
	first = job_random(&first);
	for (i = 0; i < JOB_BLOCK / sizeof(uint64_t); i++)
		block[i] = first + i;
	assert_true(job_check_block(block, 4096, 3));
	assert_false(job_check_block(block, 8192, 3));
	assert_false(job_check_block(block, 4096, 2));
	block[JOB_BLOCK / sizeof(uint64_t) - 1] ^= 1;
	assert_false(job_check_block(block, 4096, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(progress_is_said_only_of_what_was_refused_and_went_on),
		cmocka_unit_test(what_was_not_tested_says_why),
		cmocka_unit_test(who_is_stuck_is_so_by_the_pool_or_by_something_else),
		cmocka_unit_test(the_status_is_that_of_the_worst),
		cmocka_unit_test(a_circle_is_found_through_the_one_whose_list_it_is_on),
		cmocka_unit_test(who_waits_for_those_in_a_circle_of_another_pool_leads_there),
		cmocka_unit_test(one_task_can_be_a_circle),
		cmocka_unit_test(a_worker_has_what_it_works_on),
		cmocka_unit_test(what_nobody_was_seen_to_take_is_on_a_list_all_the_same),
		cmocka_unit_test(without_a_circle_the_end_is_told),
		cmocka_unit_test(pools_of_the_disks_are_tried_and_others_if_they_are_used),
		cmocka_unit_test(there_are_more_jobs_than_elements),
		cmocka_unit_test(json_has_what_is_known_and_null_for_the_rest),
		cmocka_unit_test(junit_fails_skips_and_passes),
		cmocka_unit_test(who_else_of_the_driver_sleeps_is_told_once_for_each_place),
		cmocka_unit_test(a_block_that_is_not_what_was_written_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
