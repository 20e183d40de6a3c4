// SPDX-License-Identifier: GPL-2.0
/*
 * Symbols as the kernel prints them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "load/symbol.h"

#define AT 0xffffffff81001034ULL

/* "NAME@START[MODULE]" of what is parsed, "" if there is no symbol. */
static const char *parsed(const char *text)
{
	static char out[256];
	struct ksyms_at at = { .addr = AT, .start = 1, .name = "old", .module = "old" };
	bool is = symbol_parse(text, &at);

	assert_int_equal(is, at.start != 0);
	assert_int_equal(is, at.name[0] != '\0');
	assert_int_equal(at.addr, AT);
	if (!is) {
		assert_string_equal(at.module, "");
		return "";
	}
	snprintf(out, sizeof(out), "%s@%llx[%s]", at.name, (unsigned long long)at.start, at.module);
	return out;
}

static void of_the_image_and_of_modules(void **state)
{
	(void)state;
	assert_string_equal(parsed("submit_bio+0x34/0x60"), "submit_bio@ffffffff81001000[]");
	assert_string_equal(parsed("fs_bio_set+0x0/0xf0"), "fs_bio_set@ffffffff81001034[]");
	assert_string_equal(parsed("crypt_ctr+0x4/0x60 [dm_crypt]"),
			    "crypt_ctr@ffffffff81001030[dm_crypt]");
	assert_string_equal(parsed("crypt_ctr.part.0+0x4/0x60 [dm_crypt 0123456789abcdef]"),
			    "crypt_ctr.part.0@ffffffff81001030[dm_crypt]");
}

static void of_none(void **state)
{
	static const char *const none[] = {
		"",
		"0xffffffff81001034",
		"+0x4/0x60",
		"a",
		"a+0x",
		"a+0x/0x60",
		"a+0x4",
		"a+0x4/60",
		"a+4/0x60",
		"a+0xzz/0x60",
		"a+0xffffffffffffffff/0x60",
		"a+0x1ffffffffffffffff/0x60",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_string_equal(parsed(none[i]), "");
}

static void names_that_are_too_long_are_cut(void **state)
{
	char text[256], expected[256];

	(void)state;
	snprintf(text, sizeof(text), "%0100d+0x34/0x60 [%0100d]", 0, 1);
	snprintf(expected, sizeof(expected), "%063d@ffffffff81001000[%055d]", 0, 0);
	assert_string_equal(parsed(text), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_the_image_and_of_modules),
		cmocka_unit_test(of_none),
		cmocka_unit_test(names_that_are_too_long_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
