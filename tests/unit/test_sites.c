// SPDX-License-Identifier: GPL-2.0
/*
 * Finding calls in machine code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load/sites.h"

#define AT 0xffffffff81000100ULL

static void a_call_is_found_by_its_target(void **state)
{
	/* push %rbp; call +0x10; call -0x20; ret */
	static const uint8_t text[] = { 0x55, 0xe8, 0x10, 0,	0,    0,
					0xe8, 0xe0, 0xff, 0xff, 0xff, 0xc3 };

	(void)state;
	assert_int_equal(sites_find_call(text, sizeof(text), AT, AT + 6 + 0x10), 1);
	assert_int_equal(sites_find_call(text, sizeof(text), AT, AT + 11 - 0x20), 6);
	assert_int_equal(sites_find_call(text, sizeof(text), AT, AT + 7), -1);
}

static void the_first_of_two_calls_is_found(void **state)
{
	static const uint8_t text[] = { 0xe8, 0x10, 0, 0, 0, 0xe8, 0x0b, 0, 0, 0 };

	(void)state;
	assert_int_equal(sites_find_call(text, sizeof(text), AT, AT + 0x15), 0);
}

static void a_call_that_is_cut_off_is_none(void **state)
{
	static const uint8_t text[] = { 0x90, 0xe8, 0x10, 0, 0, 0 };

	(void)state;
	assert_int_equal(sites_find_call(text, 5, AT, AT + 6 + 0x10), -1);
	assert_int_equal(sites_find_call(text, 6, AT, AT + 6 + 0x10), 1);
	assert_int_equal(sites_find_call(text, 0, AT, AT), -1);
}

static void a_call_with_a_probe_on_it_is_found(void **state)
{
	/* push %rbp; int3 where the call was; ret */
	static const uint8_t text[] = { 0x55, 0xcc, 0x10, 0, 0, 0, 0xc3 };

	(void)state;
	assert_int_equal(sites_find_call(text, sizeof(text), AT, AT + 6 + 0x10), 1);
	assert_int_equal(sites_find_call(text, sizeof(text), AT, AT + 6 + 0x11), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_found_by_its_target),
		cmocka_unit_test(the_first_of_two_calls_is_found),
		cmocka_unit_test(a_call_that_is_cut_off_is_none),
		cmocka_unit_test(a_call_with_a_probe_on_it_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
