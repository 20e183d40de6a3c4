// SPDX-License-Identifier: GPL-2.0
/*
 * Lines that say what is known and no finding: how they are understood, and what they are about.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/suppress.h"
#include "rules_fixture.h"

static void lines_of_suppressions(void **state)
{
	struct suppress s = parsed("# nothing but a comment\r\n"
				   "\n"
				   " \t \r\n"
				   "  unsubmitted\t\"md? bio_set\"   raid1_* # known\r\n"
				   "wait \"\" a#b\n"
				   "[lm]* x\"y z\"#1 \"#c\"\n"
				   "* * f");

	(void)state;
	assert_int_equal(s.nr_rules, 4);
	assert_int_equal(s.rules[0].line, 4);
	assert_string_equal(s.rules[0].rule, "unsubmitted");
	assert_string_equal(s.rules[0].pool, "md? bio_set");
	assert_string_equal(s.rules[0].function, "raid1_*");
	assert_int_equal(s.rules[1].line, 5);
	assert_string_equal(s.rules[1].pool, "");
	assert_string_equal(s.rules[1].function, "a#b");
	assert_string_equal(s.rules[2].pool, "xy z#1");
	assert_string_equal(s.rules[2].function, "#c");
	assert_int_equal(s.rules[3].line, 7);
	assert_string_equal(s.rules[3].function, "f");
	assert_false(s.rules[3].used);
	suppress_free(&s);
	s = parsed("");
	assert_int_equal(s.nr_rules, 0);
	suppress_free(&s);
	suppress_free(&s);
}

#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void lines_that_are_wrong(void **state)
{
	static const struct {
		const char *text, *why;
		unsigned int line;
	} cases[] = {
		{ "wait", "it has fewer than the three words RULE POOL FUNCTION", 1 },
		{ "\n\nwait * # f\n", "it has fewer than the three words RULE POOL FUNCTION", 3 },
		{ "* * *\r\n* md0 bio_set f\r\n",
		  "it has more than the three words RULE POOL FUNCTION; one that has a blank goes "
		  "between double quotes",
		  2 },
		{ "* \"md0 bio_set f\n* * \"", "a double quote has no other one that ends it", 1 },
		{ "* * f\"", "a double quote has no other one that ends it", 1 },
		{ "* " X63 X63 "xx f", "a word has more than 127 bytes", 1 },
		{ "* * f\n\nwaits * f",
		  "RULE matches none of unsubmitted, mempool, rescuer, leak, wait", 3 },
		{ "\"\" * f", "RULE matches none of unsubmitted, mempool, rescuer, leak, wait", 1 },
		{ "wait* [ f\nWAIT * f",
		  "RULE matches none of unsubmitted, mempool, rescuer, leak, wait", 2 },
	};
	struct suppress s;
	unsigned int line;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(suppress_parse(cases[i].text, &s, &line, &why), -EINVAL);
		assert_string_equal(why, cases[i].why);
		assert_int_equal(line, cases[i].line);
		suppress_free(&s);
	}
	s = parsed("* " X63 X63 "x f");
	assert_int_equal(strlen(s.rules[0].pool), SUPPRESS_WORD - 1);
	suppress_free(&s);
}

static void a_line_is_about_what_it_matches(void **state)
{
	static const char *const functions[] = { "g", "raid1_write.part.0" };
	static const struct {
		const char *text, *rule, *pool;
		size_t n;
		bool found;
	} cases[] = {
		{ "leak * *", "leak", "md0 bio_set", 2, true },
		{ "leak * *", "wait", "md0 bio_set", 2, false },
		{ "* md0* raid1_write", "leak", "md0 bio_set", 2, true },
		{ "* md0* raid1_write", "leak", "md0 bio_set", 1, false },
		{ "* md0* raid1_write.part.0", "leak", "md0 bio_set", 2, true },
		{ "* md0* raid1_write.part", "leak", "md0 bio_set", 2, false },
		{ "* md0 *", "leak", "md0 bio_set", 2, false },
		{ "* \"md[01] bio_set\" ?", "leak", "md1 bio_set", 2, true },
		{ "wait * *", "wait", "", 2, true },
		{ "wait \"\" *", "wait", "", 2, true },
		{ "wait ?* *", "wait", "", 2, false },
		{ "* \"\" *", "leak", "md0 bio_set", 2, false },
		{ "* * *", "leak", "md0 bio_set", 0, true }, /* no stack is known */
		{ "* * ?*", "leak", "md0 bio_set", 0, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct suppress s = parsed(cases[i].text);
		const struct suppress_rule *r =
			suppress_find(&s, cases[i].rule, cases[i].pool, functions, cases[i].n);

		assert_ptr_equal(r, cases[i].found ? &s.rules[0] : NULL);
		assert_int_equal(s.rules[0].used, cases[i].found);
		suppress_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_suppressions),
		cmocka_unit_test(lines_that_are_wrong),
		cmocka_unit_test(a_line_is_about_what_it_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
