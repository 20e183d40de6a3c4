// SPDX-License-Identifier: GPL-2.0
/*
 * Findings of the rule checker as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "render/rules.h"
#include "render/rules_advice.h"
#include "render/rules_finding.h"
#include "rules_fixture.h"
#include "util/text_file.h"

/* What is printed of the findings; to be freed. */
static char *text_of(const struct rules_finding *f, uint64_t missed)
{
	struct text_file file;

	assert_non_null(text_file_open(&file));
	rules_finding_print(f, missed, file.out);
	return text_file_close(&file);
}

static void assert_text(const struct rules_seen *seen, uint64_t missed, const char *want)
{
	struct rules_report r = report_of_one(seen);
	char *text = text_of(&r.findings[0], missed);

	assert_string_equal(text, want);
	free(text);
	rules_report_free(&r);
}

#define TITLE \
	"a task asks for a second bio of the bio_set while an earlier one has not been dispatched\n"
#define STACKS                                               \
	"  asked at   raid1_write_request [raid1]\n"         \
	"               bio_alloc_bioset+0x20\n"             \
	"               bio_alloc_clone+0x20\n"              \
	"               raid1_write_request+0x145 [raid1]\n" \
	"               __submit_bio+0x20\n"                 \
	"  held from  raid1_write_request [raid1]\n"         \
	"               bio_alloc_bioset+0x20\n"             \
	"               raid1_write_request+0x100 [raid1]\n"

static void text_says_what_happened_and_what_to_do(void **state)
{
	struct rules_seen seen = raid1;

	(void)state;
	assert_text(
		&raid1, 0,
		"NOT COVERED  " TITLE "  pool       md0 bio_set, reserve 2, no rescuer\n"
		"  disk       nullb0\n"
		"  seen       1520 times, first by fio (tid 812); one task had or asked for up to "
		"2 at once, and what it had was all on current->bio_list\n"
		"  saved by   nothing: the reserve of 2 is not larger than the 2 of one task, and "
		"there is no rescuer\n"
		"  to do      dispatch each bio before asking for the next; else have a reserve "
		"larger than 2, by 1 more for each further such task, or a rescuer "
		"(BIOSET_NEED_RESCUER)\n" STACKS);
	assert_text(
		&leak, 1,
		"NOT COVERED  a bio was neither submitted nor freed\n"
		"  pool       fs_bio_set, reserve 2, no rescuer\n"
		"  seen       3 bios, first by task 5\n"
		"  certain    no: 1 free was not seen, so some of these may be free\n"
		"  saved by   nothing: when memory is short, each leaves one element fewer, until "
		"there is none\n"
		"  to do      submit each bio, or free it by bio_put(), also where something "
		"fails\n"
		"  taken at   raid1_write_request [raid1]\n"
		"               bio_alloc_bioset+0x20\n"
		"               raid1_write_request+0x100 [raid1]\n");
	assert_text(
		&waiting, 1,
		"NOT COVERED  a task waits for I/O while bios wait on its current->bio_list\n"
		"  seen       once\n"
		"  saved by   nothing: what it waits for may be on its own list, which is only "
		"dispatched when it returns\n"
		"  to do      wait in a worker, where current->bio_list is empty, or go on from "
		"bi_end_io() instead of waiting\n"
		"  waits at   md_super_wait [md_mod]\n"
		"               submit_bio_wait+0x10\n"
		"               md_super_wait+0x4 [md_mod]\n");
	seen.name = (struct pools_name){ 0 };
	seen.stack = seen.first = (struct rules_stack){ 0 };
	strcpy(seen.device, "");
	strcpy(seen.rec.comm, "a\033b");
	seen.rec.count = seen.rec.stranded = 1;
	assert_text(&seen, 0,
		    "NOT COVERED  " TITLE "  pool       not known any more\n"
		    "  seen       once, by a\\x1bb (tid 812); one task had or asked for up to 2 at "
		    "once\n"
		    "  saved by   not known, as nothing is known of the pool any more\n"
		    "  to do      dispatch each bio before asking for the next\n"
		    "  asked at   not known\n"
		    "  held from  not known\n");
}

/* What is said of what saves the host, and of what to do. */
static const struct {
	enum record_rule rule;
	uint32_t reserve, depth;
	bool rescuer;
	uint64_t count, stranded;
	const char *text;
} saving[] = {
	{ RECORD_RULE_UNSUBMITTED, 2, 2, true, 5, 0,
	  "  saved by   the rescuer, which dispatches what the task had on "
	  "current->bio_list\n"
	  "  to do      dispatch each bio before asking for the next: with the reserve empty, "
	  "the task waits for the rescuer each time\n" },
	{ RECORD_RULE_UNSUBMITTED, 2, 3, true, 5, 1,
	  "  saved by   nothing: the reserve of 2 is not larger than the 3 of one task, and no "
	  "rescuer can help: 1 of these times something it had was on no list\n"
	  "  to do      dispatch each bio before asking for the next; else have a reserve "
	  "larger than 3, by 2 more for each further such task\n" },
	{ RECORD_RULE_UNSUBMITTED, 2, 2, false, 1, 1,
	  "  saved by   nothing: the reserve of 2 is not larger than the 2 of one task, and no "
	  "rescuer can help: something it had was on no list\n"
	  "  to do      dispatch each bio before asking for the next; else have a reserve "
	  "larger than 2, by 1 more for each further such task\n" },
	{ RECORD_RULE_UNSUBMITTED, 4, 3, true, 5, 0,
	  "  saved by   the reserve, which is enough for 1 such task at a time, and beyond that "
	  "the rescuer\n" },
	{ RECORD_RULE_UNSUBMITTED, 3, 2, false, 5, 0,
	  "  saved by   the reserve, which is enough for 2 such tasks at a time; beyond that "
	  "nothing, as there is no rescuer\n"
	  "  to do      dispatch each bio before asking for the next, if more tasks can do "
	  "this at a time\n" },
	{ RECORD_RULE_UNSUBMITTED, 3, 2, true, 5, 4,
	  "  saved by   the reserve, which is enough for 2 such tasks at a time; beyond that no "
	  "rescuer can help: 4 of these times something it had was on no list\n"
	  "  to do      dispatch each bio before asking for the next, if more tasks can do "
	  "this at a time\n" },
	{ RECORD_RULE_MEMPOOL, 2, 1, false, 5, 0,
	  "  saved by   the reserve, which is larger than what one task was seen to need; "
	  "beyond that nothing, as no rescuer looks after a mempool\n"
	  "  to do      use front_pad for per-bio data, if more tasks can do this at a time\n" },
	{ RECORD_RULE_MEMPOOL, 2, 2, true, 5, 0,
	  "  saved by   nothing: the reserve of 2 is not larger than the 2 of one task, and no "
	  "rescuer looks after a mempool\n"
	  "  to do      use front_pad for per-bio data, which needs no mempool; else have a "
	  "reserve larger than 2, by 1 more for each further such task\n" },
	{ RECORD_RULE_RESCUER, 2, 2, true, 5, 0,
	  "  saved by   nothing: it is the rescuer that would wait, and nobody rescues it\n"
	  "  to do      let what the rescuer dispatches need no bio of the same bio_set: give "
	  "each device one of its own\n" },
};

static void what_saves_and_what_does_not(void **state)
{
	struct rules_seen seen = raid1;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(saving) / sizeof(saving[0]); i++) {
		struct rules_report r;
		struct text_file file;
		char *text;

		seen.rec.key.rule = saving[i].rule;
		seen.rec.depth = saving[i].depth;
		seen.rec.count = saving[i].count;
		seen.rec.stranded = saving[i].stranded;
		seen.reserve = saving[i].reserve;
		seen.rescuer = saving[i].rescuer;
		r = report_of_one(&seen);
		assert_non_null(text_file_open(&file));
		rules_advice_print(&r.findings[0], file.out);
		text = text_file_close(&file);
		assert_string_equal(text, saving[i].text);
		free(text);
		rules_report_free(&r);
	}
}

/* What is written to @fd meanwhile. */
static void captured(int fd, void (*print)(const struct rules_report *, const struct suppress *),
		     const struct rules_report *r, const struct suppress *s, char *text,
		     size_t size)
{
	FILE *to = tmpfile();
	int before = dup(fd);
	size_t n;

	assert_non_null(to);
	fflush(NULL);
	assert_true(before >= 0 && dup2(fileno(to), fd) == fd);
	print(r, s);
	fflush(NULL);
	assert_int_equal(dup2(before, fd), fd);
	close(before);
	rewind(to);
	n = fread(text, 1, size - 1, to);
	text[n] = '\0';
	fclose(to);
}

static void print_text(const struct rules_report *r, const struct suppress *s)
{
	(void)s;
	render_rules_text(r);
}

static void the_end_says_how_many_there_are(void **state)
{
	struct rules_seen saved = raid1, covered = raid1;
	const struct rules_seen *all[] = { &raid1, &saved, &covered, &waiting };
	struct suppress s = parsed("wait * *\nleak * *");
	struct rules_report r;
	char text[8192];
	const char *end;

	(void)state;
	saved.rescuer = true;
	strcpy(saved.name.device, "md1");
	covered.reserve = 3;
	strcpy(covered.name.device, "md2");
	r = report_of(all, 4, &s);
	captured(STDOUT_FILENO, print_text, &r, &s, text, sizeof(text));
	end = strstr(text, "\n\n3 findings");
	assert_non_null(end);
	assert_string_equal(end,
			    "\n\n3 findings: 1 not covered, 1 saved by the rescuer, 1 covered; "
			    "1 suppressed\n");
	assert_non_null(strstr(text, "\n\nSAVED        a task"));
	assert_null(strstr(text, "md_super_wait"));
	r.lost[RECORD_RULES_LOST_VIOLATIONS] = 7;
	captured(STDERR_FILENO, render_rules_lost, &r, &s, text, sizeof(text));
	assert_string_equal(
		text, "bioscope: not checked: violations 7 (there were too many different "
		      "ones)\n"
		      "bioscope: line 2 of the suppressions is of no use: it is about nothing "
		      "that was found\n");
	rules_report_free(&r);
	r = report_of(&all[3], 1, &s);
	captured(STDOUT_FILENO, print_text, &r, &s, text, sizeof(text));
	assert_string_equal(text, "no findings; 1 suppressed\n");
	rules_report_free(&r);
	r = report_of(NULL, 0, &none);
	captured(STDOUT_FILENO, print_text, &r, &s, text, sizeof(text));
	assert_string_equal(text, "no findings\n");
	captured(STDERR_FILENO, render_rules_lost, &r, &none, text, sizeof(text));
	assert_string_equal(text, "");
	rules_report_free(&r);
	r = report_of_one(&raid1);
	captured(STDOUT_FILENO, print_text, &r, &s, text, sizeof(text));
	assert_non_null(strstr(text, "\n\n1 finding: 1 not covered\n"));
	rules_report_free(&r);
	suppress_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_says_what_happened_and_what_to_do),
		cmocka_unit_test(what_saves_and_what_does_not),
		cmocka_unit_test(the_end_says_how_many_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
