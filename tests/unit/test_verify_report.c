// SPDX-License-Identifier: GPL-2.0
/*
 * The mail that verify writes.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/verify.h"
#include "verify_story.h"

static char *report_of(const struct story *s)
{
	return written(render_verify_report, &s->r);
}

static void a_report_can_be_mailed(void **state)
{
	static const char subject[] =
		"stack_blk: stackb device makes no progress with bio_set bs exhausted\n\n";
	struct story s;
	char *report;

	(void)state;
	story_circle(&s);
	report = report_of(&s);
	assert_memory_equal(report, subject, strlen(subject));
	assert_has(report, "on 2025-01-01:\n");
	assert_has(report, "  kernel    7.3.1 #1 SMP x86_64\n");
	assert_has(report, "bio_set bs of stackb0");
	assert_has(report, "bio_alloc_bioset() in block/bio.c");
	assert_has(report, "Here, a task asks for an element of stackb0 bs while it has one of\n"
			   "stackb0 bio_split whose bio it has not submitted.\n");
	assert_has(report, "current->bio_list");
	assert_has(report, "  job-2 (task 13) waits for stackb0 bio_split for 9.00s, at\n");
	assert_has(report, "  and that closes the circle: job-2 (task 13) waits itself\n");
	assert_has(report, "Functions of stack_blk in these stacks:\n\n  stack_blk_split\n  "
			   "stack_blk_submit_bio\n  stack_blk_clone_alloc\n\n");
	assert_has(report, "  the pressure was lifted, and all had ended 1.50ms later\n");
	assert_has(report, "  nothing was written");
	assert_has(report, "\n\nmodprobe bio_pressure\n"
			   "bioscope verify /dev/stackb0 --single -p bs --jobs 6 --seed 5\n"
			   "bioscope pressure -d stackb0 -p bs -t 30 -- fio ");
	assert_has(report, " --filename=/dev/stackb0 --rw=randread ");
	free(report);
}

static void a_report_of_what_was_written_says_where(void **state)
{
	struct story s;
	char *report;

	(void)state;
	story_circle(&s);
	s.r.written = "0+64M";
	s.trials[0].checked = true;
	s.trials[0].blocks.read = 100;
	s.trials[0].blocks.unread = 28;
	report = report_of(&s);
	assert_has(report, "of 100 blocks that were written, 0 are damaged; 28 more were not read "
			   "back in time\n");
	free(report);
	s.trials[0].blocks.unread = 0;
	report = report_of(&s);
	assert_has(report, "of 100 blocks that were written, 0 are damaged\n");
	assert_has(report, " --seed 5 --write 0+64M\n");
	assert_has(report, " --filename=/dev/stackb0 --offset=0 --size=64M --rw=randrw ");
	assert_int_equal(count(report, "nothing was written"), 0);
	free(report);
	s.r.written = "/mnt/a'b c";
	report = report_of(&s);
	assert_has(report, " --write '/mnt/a'\\''b c'\n");
	assert_has(report, " --filename='/mnt/a'\\''b c' --size=12582912 --rw=randrw ");
	free(report);
}

static void a_report_of_a_command_has_the_command(void **state)
{
	static char *command[] = { "sh", "-c", "dd if=$D", NULL };
	struct story s;
	char *report;

	(void)state;
	story_circle(&s);
	s.r.jobs = 0;
	s.r.command = command;
	report = report_of(&s);
	assert_has(report, "bioscope verify /dev/stackb0 --single -p bs -- sh -c 'dd if=$D'\n");
	assert_has(report, "-p bs -t 30 -- sh -c 'dd if=$D'\n");
	assert_int_equal(count(report, "nothing was written"), 0);
	free(report);
}

static void a_report_of_two_pools_holds_both(void **state)
{
	static const char subject[] =
		"block: stackb device goes on only after 5 s with bio_set bs and "
		"mempool page_pool exhausted, and 1 more\n";
	struct story s;
	char *report;

	(void)state;
	story_init(&s);
	s.trials[1].verdict = VERIFY_SLOW;
	s.trials[1].seen.slept_ns = 5000000000;
	s.trials[1].parts[0].module[0] = '\0';
	s.trials[1].bio_sets[1] = false;
	snprintf(s.trials[1].parts[1].pool, sizeof(s.trials[1].parts[1].pool), "page_pool");
	s.trials[2].verdict = VERIFY_SLOW;
	report = report_of(&s);
	assert_memory_equal(report, subject, strlen(subject));
	assert_has(report, "\nbioscope verify /dev/stackb0 -t 600 --jobs 6 --seed 5\n"
			   "bioscope pressure -d stackb0 -p bs -t 30 -- "
			   "bioscope pressure -d stackb0 -p page_pool -t 30 -- fio ");
	assert_has(report, "mempools other than those of bio_sets");
	assert_int_equal(count(report, "By the kernel-doc"), 2); /* not again of the second trial */
	free(report);
}

static void a_report_of_errors_says_what_failed(void **state)
{
	struct story s;
	char *report;

	(void)state;
	story_init(&s);
	s.trials[0].seen.work.errors = 1;
	s.trials[0].seen.work.error = EIO;
	verify_judge(&s.trials[0]);
	report = report_of(&s);
	assert_has(report, "stack_blk: stackb device fails I/O with bio_set bs exhausted\n");
	assert_has(report, "I/O of 1 jobs failed: Input/output");
	assert_int_equal(count(report, "Who waits for whom"), 0);
	free(report);
}

static void names_cannot_break_out_of_a_report(void **state)
{
	struct story s;
	char *report;

	(void)state;
	story_circle(&s);
	s.r.device = "stackb0\n\x1b[2J";
	snprintf(s.trials[0].parts[0].device, sizeof(s.trials[0].parts[0].device), "b\n\xff");
	snprintf(s.trials[0].names[0], sizeof(s.trials[0].names[0]), "b\n\xff bs");
	report = report_of(&s);
	assert_has(report, "stack_blk: b\\x0a\\xff device makes no progress");
	assert_has(report, "  device    stackb0\\x0a\\x1b[2J\n");
	assert_has(report, "STALL with b\\x0a\\xff bs exhausted");
	assert_null(strpbrk(report, "\x1b\xff"));
	free(report);
}

static void nothing_is_reported_where_nothing_is_wrong_with_pools(void **state)
{
	struct story s;
	char *report;

	(void)state;
	story_init(&s);
	s.trials[0].verdict = VERIFY_BLOCKED;
	report = report_of(&s);
	assert_string_equal(report, "stackb0 on 7.3.1: nothing was found to report\n");
	free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_can_be_mailed),
		cmocka_unit_test(a_report_of_what_was_written_says_where),
		cmocka_unit_test(a_report_of_a_command_has_the_command),
		cmocka_unit_test(a_report_of_two_pools_holds_both),
		cmocka_unit_test(a_report_of_errors_says_what_failed),
		cmocka_unit_test(names_cannot_break_out_of_a_report),
		cmocka_unit_test(nothing_is_reported_where_nothing_is_wrong_with_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
