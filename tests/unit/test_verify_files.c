// SPDX-License-Identifier: GPL-2.0
/*
 * The page for a browser that verify writes.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "render/verify.h"
#include "verify_story.h"

/* An entity, or a character that needs none. */
static const char *skip_text(const char *s)
{
	static const char *const entities[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&apos;" };
	size_t i;

	if (*s != '&') {
		assert_true(*s == '\n' || (unsigned char)*s >= ' ');
		return s + 1;
	}
	for (i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (!strncmp(s, entities[i], strlen(entities[i])))
			return s + strlen(entities[i]);
	fail_msg("a bare ampersand: %.40s", s);
	return NULL;
}

/* NAME="VALUE" again and again, until the tag ends; returns what is behind. */
static const char *skip_attributes(const char *s, bool *empty)
{
	while (*s == ' ') {
		s += 1 + strcspn(s + 1, "=<>\"' ");
		assert_memory_equal(s, "=\"", 2);
		for (s += 2; *s != '"';) {
			assert_int_not_equal(*s, '<');
			s = skip_text(s);
		}
		s++;
	}
	*empty = *s == '/';
	s += *empty;
	assert_int_equal(*s, '>');
	return s + 1;
}

#define DEPTH 32

/* Whether each element ends where it has to, and nothing is in it that has to be escaped. */
static void check_well_formed(const char *s)
{
	const char *open[DEPTH];
	size_t depth = 0, n;
	bool empty;

	assert_memory_equal(s, "<!DOCTYPE html>\n", 16);
	for (s += 16; *s;) {
		if (*s != '<') {
			s = skip_text(s);
			continue;
		}
		n = strcspn(s + 1, " />");
		if (s[1] == '/') {
			if (!depth) {
				fail_msg("what ends here has not begun: %.40s", s);
				return;
			}
			n = strcspn(open[--depth], " />");
			assert_memory_equal(s + 2, open[depth], n);
			assert_int_equal(s[2 + n], '>');
			s += 3 + n;
			continue;
		}
		assert_true(isalpha((unsigned char)s[1]) && depth < DEPTH);
		open[depth] = s + 1;
		s = skip_attributes(s + 1 + n, &empty);
		depth += !empty;
	}
	assert_int_equal(depth, 0);
}

static char *page_of(const struct story *s)
{
	char *page = written(render_verify_html, &s->r);

	check_well_formed(page);
	return page;
}

static void a_page_says_what_the_text_does(void **state)
{
	struct story s;
	char *page;

	(void)state;
	story_circle(&s);
	page = page_of(&s);
	assert_has(page, "<html lang=\"en\"");
	assert_has(page, "<title>stackb0: STALL - bioscope verify</title>");
	assert_has(page, "<dt>Kernel</dt><dd>7.3.1</dd>");
	assert_has(page, "<time datetime=\"2025-01-01T00:00:00Z\">2025-01-01 00:00 UTC</time>");
	assert_has(page, "6 jobs read, seed 5");
	assert_int_equal(count(page, "<th scope=\"col\""), RENDER_VERIFY_COLUMNS);
	assert_int_equal(count(page, "<th scope=\"row\""), 3);
	assert_has(page, "stackb0 bs + stackb0 bio_split</th><td>4+2</td>");
	assert_has(page,
		   "<td class=\"text\" colspan=\"4\">the workload takes nothing from it</td>");
	assert_int_equal(count(page, "<section "), 1);
	assert_has(page, "2 of 6 jobs do not get on; 2 tasks wait for the pool");
	assert_has(page, "the pressure was lifted, and all had ended 1.50ms later");
	assert_has(page, "<details>");
	assert_has(page, "stack_blk_clone_alloc+0x145 [stack_blk]");
	free(page);
}

static void a_page_takes_nothing_from_elsewhere(void **state)
{
	struct story s;
	char *page;

	(void)state;
	story_circle(&s);
	page = page_of(&s);
	assert_int_equal(count(page, "<script"), 0);
	assert_int_equal(count(page, "src="), 0);
	assert_int_equal(count(page, "<link"), 0);
	assert_int_equal(count(page, "@import"), 0);
	assert_int_equal(count(page, "url("), count(page, "url(#"));
	assert_int_equal(count(page, "http"), 2); /* names of XML */
	free(page);
}

static void names_cannot_break_out_of_a_page(void **state)
{
	static const char evil[] = "\"><b>&'\x1b\n\xff\xef\xbf\xbf";
	struct story s;
	char *page;

	(void)state;
	story_circle(&s);
	memcpy(s.scene.recs[1].comm, evil, sizeof(evil));
	memcpy(s.scene.held[1].rec.comm, evil, sizeof(evil));
	memcpy(s.trials[0].names[0], evil, sizeof(evil));
	s.scene.waiters[2].pool = evil;
	s.r.device = evil;
	s.r.written = evil;
	snprintf(s.r.kernel.release, sizeof(s.r.kernel.release), "%s", evil);
	page = page_of(&s);
	assert_int_equal(count(page, "<b>"), 0);
	assert_has(page, "&quot;&gt;&lt;b&gt;&amp;&apos;\\x1b\\x0a\\xff\\xef\\xbf\\xbf");
	free(page);
}

static void long_names_are_cut_where_a_character_ends(void **state)
{
	struct story s;
	char *page;

	(void)state;
	story_circle(&s);
	s.scene.waiters[2].pool =
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
	page = page_of(&s);
	assert_has(page, "\xc3\xa4\xe2\x80\xa6</text>");
	assert_has(page, "\xc3\xa4\xc3\xa4</title>");
	free(page);
}

static void check_picture(const char *page, size_t tasks, size_t ends)
{
	assert_int_equal(count(page, "<svg "), 1);
	assert_int_equal(count(page, "<g class=\"task\">"), tasks);
	assert_int_equal(count(page, "<g class=\"pool\">"), tasks);
	assert_int_equal(count(page, "<g class=\"end "), ends);
	assert_int_equal(count(page, "<rect "), 2 * tasks + ends);
	/* From each task to its pool, and from there to who has its elements. */
	assert_int_equal(count(page, "<path class=\"edge waits\""), tasks);
	assert_int_equal(count(page, "<path class=\"edge held"), tasks);
	assert_int_equal(count(page, "<path class=\"edge held back\""), !ends);
}

static void a_picture_has_a_box_for_each_and_an_arrow_for_each_edge(void **state)
{
	struct story s;
	char *page;

	(void)state;
	story_circle(&s);
	page = page_of(&s);
	check_picture(page, 2, 0);
	assert_has(page, "aria-labelledby=\"circle-title-0 circle-desc-0\"");
	assert_has(
		page,
		"<desc id=\"circle-desc-0\">  job-2 (task 13) waits for stackb0 bio_split for 9.00s\n");
	assert_has(page, "<title>job-2, task 13</title>");
	assert_has(page, "<title>stackb0 bs, reserve 4</title>");
	assert_has(page, "<title>stackb0 bio_split</title>"); /* which is not exhausted */
	assert_has(page, ">has one, not submitted, taken 9.10s ago</text>");
	assert_has(page, ">has one on its own list of bios, taken 9.10s ago</text>");
	free(page);
}

static void reserves_of_other_pools_are_those_of_the_report(void **state)
{
	struct model_pool other = { .name = "stackb0 bio_split", .reserve = 2 };
	struct story s;
	char *page;

	(void)state;
	story_circle(&s);
	s.trials[0].has_report = true;
	s.trials[0].report.nr_pools = 1;
	s.trials[0].report.pools = &other;
	page = page_of(&s);
	assert_has(page, "<title>stackb0 bio_split, reserve 2</title>");
	free(page);
}

static void a_circle_of_one_task_leads_back_to_it(void **state)
{
	struct story s;
	char *page;

	(void)state;
	story_init(&s);
	scene_hold(&s.scene, "stackb0 bs", 11, RECORD_BIO_UNKNOWN);
	story_stall(&s);
	page = page_of(&s);
	check_picture(page, 1, 0);
	assert_has(page, ">has one, taken 9.10s ago</text>");
	free(page);
}

static char *page_of_end(uint32_t element)
{
	struct story s;

	story_init(&s);
	if (element != UINT32_MAX)
		scene_hold(&s.scene, "stackb0 bs", 70, element);
	story_stall(&s);
	return page_of(&s);
}

static void what_is_no_circle_ends_where_the_elements_are(void **state)
{
	static const struct {
		uint32_t element;
		const char *kind, *name;
	} ends[] = {
		{ RECORD_BIO_SUBMITTED, "<g class=\"end disk\">", ">disk 8:16</text>" },
		{ RECORD_BIO_COMPLETED, "<g class=\"end completed\">", ">a completed bio</text>" },
		{ RECORD_BIO_UNSUBMITTED, "<g class=\"end task\">",
		  ">task 70, waits for no pool</text>" },
		{ UINT32_MAX, "<g class=\"end unknown\">", ">unknown</text>" },
	};
	char *page;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		page = page_of_end(ends[i].element);
		check_picture(page, 1, 1);
		assert_has(page, ends[i].kind);
		assert_has(page, ends[i].name);
		free(page);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_says_what_the_text_does),
		cmocka_unit_test(a_page_takes_nothing_from_elsewhere),
		cmocka_unit_test(names_cannot_break_out_of_a_page),
		cmocka_unit_test(long_names_are_cut_where_a_character_ends),
		cmocka_unit_test(a_picture_has_a_box_for_each_and_an_arrow_for_each_edge),
		cmocka_unit_test(reserves_of_other_pools_are_those_of_the_report),
		cmocka_unit_test(a_circle_of_one_task_leads_back_to_it),
		cmocka_unit_test(what_is_no_circle_ends_where_the_elements_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
