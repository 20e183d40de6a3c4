// SPDX-License-Identifier: GPL-2.0
/*
 * What the rule checker has seen: what is the same, what saves the host from it, what is known.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/frames.h"
#include "model/rules.h"
#include "rules_fixture.h"
#include "util/msg.h"

static void the_site_is_whose_the_allocation_is(void **state)
{
	static const char *const below[] = {
		"",
		"bpf_prog_1_x",
		"bpf_trampoline_6442536467",
		"ftrace_trampoline",
		"bio_alloc_bioset",
		"bio_split.constprop.0",
		"mempool_alloc_noprof",
		"mempool_alloc_bulk_noprof",
		"wait_for_completion_io_timeout",
		"bio_await.cold",
	};
	static const char *const others[] = { "bio_alloc_clones", "xbpf_",
					      "bio_split_",	  ".cold",
					      "mempool_allocate", "raid1_write_request" };
	struct rules_stack stack = STACK(asks);
	size_t i;

	(void)state;
	assert_string_equal(rules_site(&stack)->name, "raid1_write_request");
	for (i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		assert_int_not_equal(frames_kind_of(below[i]), FRAMES_OTHER);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(frames_kind_of(others[i]), FRAMES_OTHER);
	assert_int_equal(frames_kind_of("bpf_prog_1_x"), FRAMES_TRACER);
	assert_int_equal(frames_kind_of("blk_next_bio"), FRAMES_ALLOCATOR);
	assert_int_equal(frames_kind_of("blk_wait_io"), FRAMES_WAIT);
	stack.nr_frames = 4; /* the outermost is the allocator's */
	assert_string_equal(rules_site(&stack)->name, "bio_alloc_clone");
	stack.nr_frames = 1; /* and has no name */
	assert_null(rules_site(&stack));
	stack.nr_frames = 0;
	assert_null(rules_site(&stack));
}

static void what_differs_by_its_callers_is_told_once(void **state)
{
	struct rules_seen more = raid1, less = raid1, other = raid1;
	const struct rules_seen *all[] = { &less, &more, &raid1, &other };
	struct rules_report r;

	(void)state;
	less.rec.count = 7;
	less.rec.depth = 5;
	more.stack = (struct rules_stack)STACK(asks_otherwise);
	more.rec.stranded = 20;
	more.rec.tid = 9;
	strcpy(other.name.device, "md1");
	r = report_of(all, 4, &none);
	assert_int_equal(r.nr_findings, 2);
	assert_int_equal(r.nr_suppressed, 0);
	assert_int_equal(r.findings[0].count, 7 + 1520 + 1520);
	assert_int_equal(r.findings[0].depth, 5);
	assert_int_equal(r.findings[0].stranded, 20);
	assert_int_equal(r.findings[0].seen->rec.tid, 9); /* the first of the largest */
	assert_string_equal(r.findings[0].site, "raid1_write_request.part.0");
	assert_string_equal(r.findings[0].module, "raid1");
	assert_string_equal(r.findings[0].first_site, "raid1_write_request");
	assert_string_equal(r.findings[1].seen->name.device, "md1");
	assert_true(r.duration_ns == 1234567890);
	rules_report_free(&r);
}

/* Each of what makes two violations different. */
static void what_differs_is_told_twice(void **state)
{
	static const struct ksyms_at elsewhere[] = { { .name = "raid1_write_request",
						       .module = "raid1_old" } };
	static const struct ksyms_at longer[] = { { .name = "raid1_write_request_2",
						    .module = "raid1" } };
	struct rules_seen module = raid1, site = raid1, first = raid1;
	const struct rules_seen *all[] = { &raid1, &module, &site, &first };
	struct rules_report r;

	(void)state;
	module.stack = (struct rules_stack)STACK(elsewhere);
	site.stack = (struct rules_stack)STACK(longer);
	first.first = (struct rules_stack){ 0 };
	r = report_of(all, 4, &none);
	assert_int_equal(r.nr_findings, 4);
	rules_report_free(&r);
	site = raid1;
	site.rec.key.rule = RECORD_RULE_MEMPOOL;
	all[1] = &site;
	r = report_of(all, 2, &none);
	assert_int_equal(r.nr_findings, 2);
	rules_report_free(&r);
}

static void the_grade_is_what_saves(void **state)
{
	static const struct {
		enum record_rule rule;
		uint32_t reserve, depth;
		bool rescuer;
		uint64_t stranded;
		enum rules_grade grade;
		uint32_t tasks;
	} cases[] = {
		{ RECORD_RULE_UNSUBMITTED, 2, 2, false, 0, RULES_NOT_COVERED, 0 },
		{ RECORD_RULE_UNSUBMITTED, 2, 2, true, 0, RULES_SAVED, 0 },
		{ RECORD_RULE_UNSUBMITTED, 2, 2, true, 1, RULES_NOT_COVERED, 0 },
		{ RECORD_RULE_UNSUBMITTED, 3, 2, false, 1, RULES_COVERED, 2 },
		{ RECORD_RULE_UNSUBMITTED, 4, 3, true, 0, RULES_COVERED, 1 },
		{ RECORD_RULE_UNSUBMITTED, 5, 3, false, 0, RULES_COVERED, 2 },
		{ RECORD_RULE_UNSUBMITTED, 256, 4, false, 0, RULES_COVERED, 85 },
		{ RECORD_RULE_UNSUBMITTED, 2, 1, false, 0, RULES_COVERED, 0 },
		{ RECORD_RULE_UNSUBMITTED, 0, 0, false, 0, RULES_NOT_COVERED, 0 },
		{ RECORD_RULE_MEMPOOL, 2, 2, true, 0, RULES_NOT_COVERED, 0 },
		{ RECORD_RULE_MEMPOOL, 16, 2, false, 0, RULES_COVERED, 15 },
		{ RECORD_RULE_RESCUER, 16, 2, true, 0, RULES_NOT_COVERED, 0 },
		{ RECORD_RULE_LEAK, 16, 2, true, 0, RULES_NOT_COVERED, 0 },
		{ RECORD_RULE_WAIT, 16, 2, true, 0, RULES_NOT_COVERED, 0 },
	};
	struct rules_seen seen = raid1;
	struct rules_report r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		seen.rec.key.rule = cases[i].rule;
		seen.rec.depth = cases[i].depth;
		seen.rec.stranded = cases[i].stranded;
		seen.reserve = cases[i].reserve;
		seen.rescuer = cases[i].rescuer;
		r = report_of_one(&seen);
		assert_int_equal(r.findings[0].grade, cases[i].grade);
		assert_int_equal(r.findings[0].tasks, cases[i].tasks);
		rules_report_free(&r);
	}
}

static void the_worst_come_first(void **state)
{
	struct rules_seen covered = raid1, saved = raid1, rare = raid1;
	const struct rules_seen *all[] = { &covered, &saved, &waiting, &raid1 };
	const struct rules_seen *same[] = { &raid1, &rare, &saved };
	struct suppress s = parsed("uns* md0* *");
	struct rules_report r;

	(void)state;
	covered.reserve = 16;
	strcpy(covered.name.device, "a");
	saved.rescuer = true;
	strcpy(saved.name.device, "b");
	r = report_of(all, 4, &none);
	assert_int_equal(r.findings[0].rule, RECORD_RULE_UNSUBMITTED);
	assert_int_equal(r.findings[0].grade, RULES_NOT_COVERED);
	assert_int_equal(r.findings[1].rule, RECORD_RULE_WAIT);
	assert_int_equal(r.findings[2].grade, RULES_SAVED);
	assert_int_equal(r.findings[3].grade, RULES_COVERED);
	rules_report_free(&r);
	r = report_of(all, 4, &s);
	assert_int_equal(r.nr_findings, 3);
	assert_int_equal(r.nr_suppressed, 1);
	assert_int_equal(r.findings[0].rule, RECORD_RULE_WAIT);
	assert_string_equal(r.findings[3].seen->name.device, "md0");
	assert_int_equal(r.findings[3].suppressed->line, 1);
	rules_report_free(&r);
	suppress_free(&s);
	/* By name of the pool, and then by count. */
	rare.rec.count = 2;
	rare.first = (struct rules_stack){ 0 };
	saved.rescuer = false;
	r = report_of(same, 3, &none);
	assert_string_equal(r.findings[0].seen->name.device, "b");
	assert_int_equal(r.findings[1].count, 1520);
	assert_int_equal(r.findings[2].count, 2);
	rules_report_free(&r);
}

static void nothing_is_no_finding(void **state)
{
	struct rules_report r = report_of(NULL, 0, &none);

	(void)state;
	assert_int_equal(r.nr_findings + r.nr_suppressed, 0);
	assert_int_equal(rules_status(&r), MSG_EXIT_OK);
	rules_report_free(&r);
}

static void the_status_is_that_of_what_is_certain(void **state)
{
	const struct rules_seen *both[] = { &leak, &raid1 };
	struct suppress s = parsed("unsubmitted * *\n");
	struct rules_snapshot lossy = { .lost = { [RECORD_RULES_LOST_TASKS] = 2 } };
	struct rules_report r = report_of_one(&leak);

	(void)state;
	assert_int_equal(rules_status(&r), MSG_EXIT_FAILED);
	r.lost[RECORD_RULES_LOST_FREES] = r.lost_total = 1;
	assert_int_equal(rules_status(&r), MSG_EXIT_LOST);
	rules_report_free(&r);
	r = report_of(both, 2, &none);
	r.lost[RECORD_RULES_LOST_FREES] = r.lost_total = 1;
	assert_int_equal(rules_status(&r), MSG_EXIT_FAILED);
	rules_report_free(&r);
	r = report_of(both, 2, &s); /* what is not suppressed is a leak */
	assert_int_equal(rules_status(&r), MSG_EXIT_FAILED);
	r.lost[RECORD_RULES_LOST_FREES] = r.lost_total = 1;
	assert_int_equal(rules_status(&r), MSG_EXIT_LOST);
	rules_report_free(&r);
	r = report_of(&both[1], 1, &s);
	assert_int_equal(rules_status(&r), MSG_EXIT_OK);
	rules_report_free(&r);
	assert_int_equal(rules_report(&lossy, &none, &r), 0);
	assert_int_equal(r.lost_total, 2);
	assert_int_equal(rules_status(&r), MSG_EXIT_LOST);
	rules_report_free(&r);
	suppress_free(&s);
}

/* Only what comes by way of md_thread() is known. */
static void a_suppression_hides_nothing_else(void **state)
{
	struct rules_seen known = raid1;
	const struct rules_seen *all[] = { &known, &raid1 };
	struct suppress s = parsed("leak * *\n* * md_thread\n* * raid1_write_request\n");
	struct rules_report r;

	(void)state;
	known.stack = (struct rules_stack)STACK(asks_otherwise);
	known.rec.count = 9999;
	s.nr_rules = 2;
	r = report_of(all, 2, &s);
	assert_int_equal(r.nr_findings, 1);
	assert_int_equal(r.nr_suppressed, 1);
	assert_int_equal(r.findings[0].count, 1520);
	assert_null(r.findings[0].suppressed);
	assert_int_equal(r.findings[1].suppressed->line, 2);
	assert_false(s.rules[0].used);
	rules_report_free(&r);
	s.nr_rules = 3; /* also where what is held was allocated */
	r = report_of(all, 2, &s);
	assert_int_equal(r.nr_findings, 0);
	assert_int_equal(r.nr_suppressed, 2);
	rules_report_free(&r);
	suppress_free(&s);
}

static void every_enumerator_has_a_name(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < RECORD_RULES; i++)
		for (j = 0; j < i; j++) {
			assert_string_not_equal(rules_name(i), rules_name(j));
			assert_string_not_equal(rules_title(i), rules_title(j));
		}
	for (i = 0; i < RECORD_RULES_LOSTS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(rules_lost_name(i), rules_lost_name(j));
	assert_string_equal(rules_name(RECORD_RULES), "unknown");
	assert_string_equal(rules_title(RECORD_RULES), "unknown");
	assert_string_equal(rules_lost_name(RECORD_RULES_LOSTS), "unknown");
}

/* How many are left. */
static size_t left(struct model_filter filter)
{
	struct rules_seen seen[] = { raid1, waiting, leak };
	struct rules_snapshot s = { .nr_seen = 3, .seen = seen };

	seen[0].dev = 9 << 20;
	seen[1].rec.dev = 9 << 20 | 1;
	strcpy(seen[1].device, "md1");
	rules_filter(&s, &filter);
	return s.nr_seen;
}

static void what_is_not_asked_for_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(left((struct model_filter){ 0 }), 3);
	assert_int_equal(left((struct model_filter){ .device = "md0" }), 1);
	assert_int_equal(left((struct model_filter){ .device = "md1" }), 1);
	assert_int_equal(left((struct model_filter){ .device = "nullb0" }), 0);
	assert_int_equal(left((struct model_filter){ .device = "" }), 1);
	assert_int_equal(left((struct model_filter){ .dev = 9 << 20 }), 1);
	assert_int_equal(left((struct model_filter){ .dev = 9 << 20 | 1 }), 1);
	assert_int_equal(left((struct model_filter){ .pool = "bio_set" }), 1);
	assert_int_equal(left((struct model_filter){ .device = "md1", .pool = "bio_set" }), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_site_is_whose_the_allocation_is),
		cmocka_unit_test(what_differs_by_its_callers_is_told_once),
		cmocka_unit_test(what_differs_is_told_twice),
		cmocka_unit_test(the_grade_is_what_saves),
		cmocka_unit_test(the_worst_come_first),
		cmocka_unit_test(nothing_is_no_finding),
		cmocka_unit_test(the_status_is_that_of_what_is_certain),
		cmocka_unit_test(a_suppression_hides_nothing_else),
		cmocka_unit_test(what_is_not_asked_for_is_left_out),
		cmocka_unit_test(every_enumerator_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
