// SPDX-License-Identifier: GPL-2.0
/*
 * The words of `bioscope stack create' and `set', and how sizes and names are shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/msg.h"
#include "stack/args.h"
#include "stack_tree.h"
#include "util/text.h"

#define WORDS 8

/* Words separated by commas. */
static size_t split(char *text, char **words)
{
	char *save = NULL, *word = strtok_r(text, ",", &save);
	size_t n = 0;

	for (; word; word = strtok_r(NULL, ",", &save)) {
		assert_true(n < WORDS);
		words[n++] = word;
	}
	return n;
}

static void words_of_create(void **state)
{
	char text[] = "chunk_kb=4,/dev/a=b,t,lose_inject/times=3,dev/c,scenario=B5,layout=";
	char *words[WORDS], here[PATH_MAX], want[PATH_MAX + 32];
	struct stack_args a;

	(void)state;
	assert_int_equal(stack_args_create(words, split(text, words), &a), MSG_EXIT_OK);
	assert_string_equal(a.name, "t");
	assert_non_null(getcwd(here, sizeof(here)));
	snprintf(want, sizeof(want), "/dev/a=b %s/dev/c", here);
	assert_string_equal(a.lower, want);
	assert_int_equal(a.n, 5);
	assert_string_equal(a.settings[0].knob, "chunk_kb");
	assert_string_equal(a.settings[0].value, "4");
	assert_int_equal(a.settings[0].phase, STACK_KNOB);
	assert_int_equal(a.settings[1].phase, STACK_FAULT);
	assert_int_equal(a.settings[2].phase, STACK_SCENARIO);
	assert_string_equal(a.settings[3].value, "");
	assert_int_equal(a.settings[4].phase, STACK_LOWER);
	assert_string_equal(a.settings[4].value, want);
	stack_args_free(&a);
	assert_int_equal(stack_args_create(NULL, 0, &a), MSG_EXIT_OK);
	assert_null(a.name);
	assert_int_equal(a.n, 0);
	stack_args_free(&a);
}

/* Words that are wrong, and what is said of them. */
static void refused(int (*parse)(char **, size_t, struct stack_args *), const char *list,
		    const char *want)
{
	char text[256], said[512], *words[WORDS];
	struct stack_args a;
	struct caught err;

	snprintf(text, sizeof(text), "%s", list);
	snprintf(said, sizeof(said), "bioscope: %s\n", want);
	take_output(&err, STDERR_FILENO);
	assert_int_equal(parse(words, split(text, words), &a), MSG_EXIT_USAGE);
	said_is(&err, said);
	stack_args_free(&a);
}

static void words_that_are_wrong(void **state)
{
	static const char *const knobs[] = {
		"=1", "Chunk=1", "../x=1", "a/b/c=1", "a/=1", "a.b=1"
	};
	char said[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		snprintf(said, sizeof(said),
			 "stack create: setting \"%s\" is not valid; it must be KNOB=VALUE; "
			 "`bioscope stack knobs' has the knobs",
			 knobs[i]);
		refused(stack_args_create, knobs[i], said);
	}
	refused(stack_args_create, "t,nullb0",
		"stack create: a device has one name, and \"nullb0\" is another one than \"t\"; a lower "
		"device is named by its path, as in /dev/nullb0");
	refused(stack_args_create, "a b",
		"stack create: name \"a b\" is not valid; it must be 1 to 255 letters, digits and signs, "
		"and not begin with a dot");
	refused(stack_args_create, "..",
		"stack create: name \"..\" is not valid; it must be 1 to 255 letters, digits and signs, "
		"and not begin with a dot");
	refused(stack_args_create, "/dev/a b",
		"stack create: lower device \"/dev/a b\" is not valid; it must be a path without blanks, "
		"such as one in /dev/disk/by-id");
	refused(stack_args_create, "/dev/a,lower=/dev/b",
		"stack create: lower devices are given twice: by paths, and by lower=");
	refused(stack_args_create, "power=1",
		"stack create: a device is powered on when it is made, unless --no-power is given");
	refused(stack_args_set, "t",
		"stack set: what is to be set of which device? NAME KNOB=VALUE...");
	refused(stack_args_set, "t,/dev/a",
		"stack set: setting \"/dev/a\" is not valid; it must be KNOB=VALUE; "
		"`bioscope stack knobs' has the knobs");
}

static void too_many_lower_devices(void **state)
{
	char word[STACK_VALUE], *words[] = { word, word };
	struct stack_args a;
	struct caught err;

	(void)state;
	memset(word, 'x', sizeof(word));
	word[0] = '/';
	word[STACK_VALUE / 2] = '\0';
	take_output(&err, STDERR_FILENO);
	assert_int_equal(stack_args_create(words, 2, &a), MSG_EXIT_USAGE);
	said_is(&err,
		"bioscope: stack create: the paths of the lower devices have more than 4094 bytes\n");
	stack_args_free(&a);
}

static void sizes_and_escapes(void **state)
{
	char out[64], tiny[6];

	(void)state;
	assert_string_equal(text_bytes(0, out), "0");
	assert_string_equal(text_bytes(512, out), "512");
	assert_string_equal(text_bytes(1024, out), "1K");
	assert_string_equal(text_bytes(1536, out), "1.5K");
	assert_string_equal(text_bytes(1ULL << 30, out), "1G");
	assert_string_equal(text_bytes(UINT64_MAX - 511, out), "16.0E");
	assert_string_equal(text_bytes(UINT64_MAX, out), "-");
	assert_string_equal(text_escape("a\nb\x7f", out, sizeof(out)), "a\\x0ab\\x7f");
	assert_string_equal(text_escape("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", out, sizeof(out)),
			    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	/* C1, an overlong form, a surrogate, beyond Unicode, cut short. */
	assert_string_equal(text_escape("\xc2\x9b", out, sizeof(out)), "\\xc2\\x9b");
	assert_string_equal(text_escape("\xe0\x80\xaf", out, sizeof(out)), "\\xe0\\x80\\xaf");
	assert_string_equal(text_escape("\xed\xa0\x80", out, sizeof(out)), "\\xed\\xa0\\x80");
	assert_string_equal(text_escape("\xf4\x90\x80\x80", out, sizeof(out)),
			    "\\xf4\\x90\\x80\\x80");
	assert_string_equal(text_escape("\xe2\x82", out, sizeof(out)), "\\xe2\\x82");
	assert_string_equal(text_escape("abcdef", tiny, sizeof(tiny)), "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_create),
		cmocka_unit_test(words_that_are_wrong),
		cmocka_unit_test(too_many_lower_devices),
		cmocka_unit_test(sizes_and_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
