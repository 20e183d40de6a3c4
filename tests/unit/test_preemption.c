// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels that preempt BPF programs are told from those that do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load/preemption.h"

static void the_chosen_model_decides(void **state)
{
	(void)state;
	assert_false(preemption_of_model("none (voluntary) full\n", "#1 SMP PREEMPT_DYNAMIC"));
	assert_false(preemption_of_model("(none) voluntary full\n", "#1 SMP PREEMPT_DYNAMIC"));
	assert_true(preemption_of_model("none voluntary (full)\n", "#1 SMP PREEMPT_DYNAMIC"));
	assert_true(preemption_of_model("none voluntary full (lazy)\n", "#1 SMP PREEMPT_DYNAMIC"));
	assert_true(preemption_of_model("full (lazy)\n", "#1 SMP PREEMPT_DYNAMIC"));
}

static void without_a_model_the_build_decides(void **state)
{
	(void)state;
	assert_false(preemption_of_model(NULL, "#1 SMP Debian 6.1.158-1"));
	assert_true(preemption_of_model(NULL, "#1 SMP PREEMPT_DYNAMIC Debian"));
	assert_true(preemption_of_model(NULL, "#1 SMP PREEMPT_RT"));
	assert_true(preemption_of_model("undefined\n", "#1 SMP PREEMPT"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chosen_model_decides),
		cmocka_unit_test(without_a_model_the_build_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
