// SPDX-License-Identifier: GPL-2.0
/*
 * Streams into memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/text_file.h"

/* So many are still granted. */
static unsigned int grants = ~0U;

void *realloc_or_not(void *p, size_t size);

void *realloc_or_not(void *p, size_t size)
{
	return grants && grants-- ? realloc(p, size) : NULL;
}

/* The same source, with that. NOLINTBEGIN(bugprone-suspicious-include) */
#define realloc realloc_or_not
#define text_file_open tested_open
#define text_file_close tested_close
#include "util/text_file.c"
/* NOLINTEND(bugprone-suspicious-include) */
#undef realloc

static void all_that_is_printed_is_there(void **state)
{
	struct text_file f;
	char *text;
	int i;

	(void)state;
	assert_non_null(text_file_open(&f));
	for (i = 0; i < 5000; i++)
		fprintf(f.out, "%04d\n", i);
	text = text_file_close(&f);
	assert_non_null(text);
	assert_int_equal(f.size, 25000);
	assert_int_equal(strlen(text), 25000);
	assert_memory_equal(text, "0000\n0001\n", 10);
	assert_string_equal(text + 24990, "4998\n4999\n");
	free(text);
}

static void nothing_is_an_empty_string(void **state)
{
	struct text_file f;
	char *text;

	(void)state;
	assert_non_null(text_file_open(&f));
	text = text_file_close(&f);
	assert_string_equal(text, "");
	free(text);
}

/* Whichever time it is that there is none. */
static void without_memory_for_all_there_is_none_of_it(void **state)
{
	static const char block[4096];
	struct text_file f;
	unsigned int n, i;

	(void)state;
	for (n = 0; n < 4; n++) {
		grants = n;
		assert_int_equal(!!text_file_open(&f), n > 0);
		for (i = 0; f.out && i < 8; i++)
			fwrite(block, 1, sizeof(block), f.out);
		assert_null(text_file_close(&f));
	}
	grants = ~0U;
}

static void one_that_was_never_opened_is_nothing(void **state)
{
	struct text_file f = { 0 };

	(void)state;
	assert_null(text_file_close(&f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_printed_is_there),
		cmocka_unit_test(nothing_is_an_empty_string),
		cmocka_unit_test(without_memory_for_all_there_is_none_of_it),
		cmocka_unit_test(one_that_was_never_opened_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
