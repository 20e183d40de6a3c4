// SPDX-License-Identifier: GPL-2.0
/*
 * Strict numbers.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/number.h"

static void uint_takes_the_whole_string_only(void **state)
{
	static const char *const wrong[] = {
		"", " 1", "1 ", "+1", "-1", "0x10", "1k", "1.0", "one"
	};
	uint64_t v = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(number_parse_uint(wrong[i], 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(v, 77);
	assert_int_equal(number_parse_uint("0", 0, 10, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(number_parse_uint("18446744073709551615", 0, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
}

static void uint_keeps_to_its_range(void **state)
{
	uint64_t v = 77;

	(void)state;
	assert_int_equal(number_parse_uint("9", 10, 20, &v), -ERANGE);
	assert_int_equal(number_parse_uint("21", 10, 20, &v), -ERANGE);
	assert_int_equal(number_parse_uint("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(v, 77);
}

static void bytes_know_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "0", 0 },
		     { "4096", 4096 },
		     { "64K", 65536 },
		     { "3M", 3 << 20 },
		     { "1G", 1 << 30 },
		     { "2T", 2ULL << 40 },
		     { "9223372036854775800", 9223372036854775800ULL } };
	static const char *const wrong[] = { "",   "K",	 "-1",	"+1",	" 1",
					     "1 ", "1k", "1KB", "1.5M", "0x10" };
	const char *end;
	uint64_t v = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(number_parse_bytes(wrong[i], NULL, &v), -EINVAL);
	assert_int_equal(number_parse_bytes("9223372036854775808", NULL, &v), -ERANGE);
	assert_int_equal(number_parse_bytes("99999999999999999999", NULL, &v), -ERANGE);
	assert_int_equal(number_parse_bytes("8388608T", NULL, &v), -ERANGE);
	assert_int_equal(v, 77);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(number_parse_bytes(good[i].text, NULL, &v), 0);
		assert_int_equal(v, good[i].bytes);
	}
	assert_int_equal(number_parse_bytes("64K+1", &end, &v), 0);
	assert_string_equal(end, "+1");
}

static void duration_knows_units_and_decimals(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = { { "5", 5000000000 }, { "2.5s", 2500000000 }, { "300ms", 300000000 },
		     { "0.5ms", 500000 }, { "2m", 120000000000 }, { "1h", 3600000000000 },
		     { "0.000000001", 1 } };
	uint64_t v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(number_parse_duration(good[i].text, 0, UINT64_MAX, &v), 0);
		assert_int_equal(v, good[i].ns);
	}
}

static void duration_refuses_nonsense(void **state)
{
	static const char *const wrong[] = { "",    "s",   "5x", "5 s", "1.", ".5", "1.0000000001",
					     "5ss", "1e3", "-1", "1..2" };
	uint64_t v = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(number_parse_duration(wrong[i], 0, UINT64_MAX, &v), -EINVAL);
	assert_int_equal(number_parse_duration("25h", 0, 24ULL * 3600 * 1000000000, &v), -ERANGE);
	assert_int_equal(number_parse_duration("99999999999999h", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(v, 77);
}

static void share_is_percent_or_ppm(void **state)
{
	uint32_t v = 77;

	(void)state;
	assert_int_equal(number_parse_share("50", &v), -EINVAL);
	assert_int_equal(number_parse_share("%", &v), -EINVAL);
	assert_int_equal(number_parse_share("1.5ppm", &v), -EINVAL);
	assert_int_equal(number_parse_share("0%", &v), -ERANGE);
	assert_int_equal(number_parse_share("100.1%", &v), -ERANGE);
	assert_int_equal(v, 77);
	assert_int_equal(number_parse_share("100%", &v), 0);
	assert_int_equal(v, 1000000);
	assert_int_equal(number_parse_share("12.5%", &v), 0);
	assert_int_equal(v, 125000);
	assert_int_equal(number_parse_share("1ppm", &v), 0);
	assert_int_equal(v, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uint_takes_the_whole_string_only),
		cmocka_unit_test(uint_keeps_to_its_range),
		cmocka_unit_test(bytes_know_units),
		cmocka_unit_test(duration_knows_units_and_decimals),
		cmocka_unit_test(duration_refuses_nonsense),
		cmocka_unit_test(share_is_percent_or_ppm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
