// SPDX-License-Identifier: GPL-2.0
/*
 * The table of probes, and what follows from what became of each.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "load/probes.h"

static void the_table_refers_to_itself(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < PROBES; i++) {
		const struct probe *p = &probe_table[i];

		assert_int_equal(probe_index(p->prog), i);
		assert_true(p->without[0]);
		assert_true(p->tracepoint || p->symbols[0]);
		/* Which is chosen first. */
		if (p->instead)
			assert_true(probe_index(p->instead) < i);
		if (p->needs)
			assert_true(probe_index(p->needs) < PROBES);
	}
	assert_int_equal(probe_index("no such program"), PROBES);
}

static void a_stand_in_sees_the_same(void **state)
{
	struct probe_result r[PROBES] = { 0 };
	size_t first = probe_index("punt_enter"), second = probe_index("punt_enter_kprobe"),
	       third = probe_index("punt_locks");

	(void)state;
	r[first].state = PROBE_MISSING;
	r[second].state = PROBE_REFUSED;
	r[third].state = PROBE_FAILED;
	assert_int_equal(probe_covered(r, first), PROBES);
	assert_true(probe_is_blind(r, first));
	assert_true(probe_is_blind(r, second));
	assert_true(probe_is_blind(r, third));
	r[third].state = PROBE_ATTACHED;
	assert_int_equal(probe_covered(r, first), third);
	assert_false(probe_is_blind(r, first));
	assert_false(probe_is_blind(r, second));
	assert_false(probe_is_blind(r, third));
	/* What was not asked for is not missed. */
	assert_false(probe_is_blind(r, probe_index("life_begin")));
}

static void a_reason_says_most(void **state)
{
	struct probe_result r = { .state = PROBE_MISSING };
	char buf[PROBE_WHY];

	(void)state;
	assert_string_equal(probe_reason(&r, buf), "");
	r.err = ENOENT;
	assert_string_equal(probe_reason(&r, buf), strerror(ENOENT));
	r.err = ECANCELED;
	assert_string_equal(probe_reason(&r, buf), "--without");
	strcpy(r.why, "R1 invalid mem access");
	assert_string_equal(probe_reason(&r, buf), "R1 invalid mem access");
	r.lacks = "wait_end";
	assert_string_equal(probe_reason(&r, buf), "of no use without wait_end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_refers_to_itself),
		cmocka_unit_test(a_stand_in_sees_the_same),
		cmocka_unit_test(a_reason_says_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
