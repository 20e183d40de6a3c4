// SPDX-License-Identifier: GPL-2.0
/*
 * Whose status it is that the process ends with.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/status.h"

static void without_command(void **state)
{
	(void)state;
	assert_int_equal(status_final(MSG_EXIT_OK), 0);
	assert_int_equal(status_final(MSG_EXIT_LOST), 4);
}

static void beside_command(void **state)
{
	(void)state;
	status_beside_command();
	assert_int_equal(status_final(MSG_EXIT_OK), 0);
	assert_int_equal(status_final(MSG_EXIT_FAILED), 111);
	assert_int_equal(status_final(MSG_EXIT_LOST), 114);
	assert_int_equal(status_final(STATUS_COMMAND | 4), 4);
	assert_int_equal(status_final(STATUS_COMMAND | 255), 255);
}

static void what_the_kernel_refuses_is_no_finding(void **state)
{
	(void)state;
	assert_int_equal(status_of_error(-EPERM), MSG_EXIT_CANT);
	assert_int_equal(status_of_error(-EINVAL), MSG_EXIT_CANT);
	assert_int_equal(status_of_error(-ENOSYS), MSG_EXIT_CANT);
	assert_int_equal(status_of_error(-ENOMEM), MSG_EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_command),
		cmocka_unit_test(beside_command),
		cmocka_unit_test(what_the_kernel_refuses_is_no_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
