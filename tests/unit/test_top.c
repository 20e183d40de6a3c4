// SPDX-License-Identifier: GPL-2.0
/*
 * `top': which pools are shown, in which order, and what keys do to that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curses.h>

#include "render/top.h"

#define POOLS 5
#define PAGE 2

static struct model_pool pools[POOLS];
static struct model_report r;
static struct top t;

/* "idle" is; of the others "wait" is in trouble, and "busy" does most. */
static int set_up(void **state)
{
	static const char *const names[POOLS] = { "dm-0 idle", "dm-1 busy", "dm-2 wait", "md0 some",
						  "md1 some" };
	size_t i;

	(void)state;
	memset(pools, 0, sizeof(pools));
	for (i = 0; i < POOLS; i++) {
		snprintf(pools[i].name, sizeof(pools[i].name), "%s", names[i]);
		pools[i].mempool = 0x1000 + i;
	}
	pools[1].allocs = 1000;
	pools[1].wait = (struct hist_summary){ .count = 1, .p50 = 10, .p99 = 20 };
	pools[2].allocs = 10;
	pools[2].waiting = 3;
	pools[3].allocs = 20;
	pools[4].allocs = 20;
	r = (struct model_report){
		.duration_ns = 1000000000, .pools = pools, .nr_pools = POOLS, .sees = ~0U
	};
	top_init(&t);
	return top_arrange(&t, &r);
}

static int tear_down(void **state)
{
	(void)state;
	top_free(&t);
	return 0;
}

static void press(int key)
{
	top_press(&t, key, PAGE);
	assert_int_equal(top_arrange(&t, &r), 0);
}

static void type(const char *keys)
{
	while (*keys)
		press(*keys++);
}

/* What is shown, from the last words of the names. */
static const char *shown(void)
{
	static char out[POOLS * (MODEL_NAME + 1)];
	size_t i;

	out[0] = '\0';
	for (i = 0; i < t.nr_rows; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", i ? " " : "",
			 t.rows[i]->name);
	return out;
}

static void those_in_trouble_first(void **state)
{
	(void)state;
	assert_string_equal(shown(), "dm-2 wait dm-1 busy md0 some md1 some");
}

static void sorted_by_any_column(void **state)
{
	unsigned int c;

	(void)state;
	press('>');
	assert_int_equal(t.sort, COLUMNS);
	assert_string_equal(shown(), "dm-1 busy dm-2 wait md0 some md1 some");
	press('r');
	assert_string_equal(shown(), "md1 some md0 some dm-2 wait dm-1 busy");
	press('>');
	assert_int_equal(t.sort, COLUMN_ALLOC);
	assert_string_equal(shown(), "dm-2 wait md0 some md1 some dm-1 busy");
	press('r');
	for (c = 1; c <= COLUMN_P99; c++)
		press('>');
	/* What was not measured is less than anything. */
	assert_int_equal(t.sort, COLUMN_P99);
	assert_string_equal(shown(), "dm-1 busy dm-2 wait md0 some md1 some");
	for (; c < COLUMNS + COLUMN_P99 + 2; c++)
		press('<');
	assert_int_equal(t.sort, COLUMN_P99);
}

static void a_filter_is_typed(void **state)
{
	(void)state;
	type("/MD");
	assert_true(t.typing);
	assert_string_equal(shown(), "md0 some md1 some");
	type("1q");
	assert_string_equal(shown(), "");
	press(KEY_BACKSPACE);
	press('\n');
	assert_false(t.typing || t.done);
	assert_string_equal(shown(), "md1 some");
	press(27);
	assert_string_equal(shown(), "dm-2 wait dm-1 busy md0 some md1 some");
	type("/md");
	press(27);
	assert_false(t.typing);
	assert_int_equal(t.nr_rows, 4);
}

static void a_filter_ends_where_it_is_full(void **state)
{
	size_t i;

	(void)state;
	press('/');
	for (i = 0; i < 100; i++)
		press('x');
	assert_int_equal(strlen(t.filter), sizeof(t.filter) - 1);
	for (i = 0; i < 100; i++)
		press(127);
	assert_string_equal(t.filter, "");
}

static void idle_ones_are_shown_if_asked_for(void **state)
{
	(void)state;
	press('i');
	assert_string_equal(shown(), "dm-2 wait dm-1 busy md0 some md1 some dm-0 idle");
	press('i');
	assert_int_equal(t.nr_rows, 4);
}

static void the_chosen_one_stays_chosen(void **state)
{
	(void)state;
	assert_int_equal(t.at, 0);
	press(KEY_DOWN);
	assert_string_equal(t.rows[t.at]->name, "dm-1 busy");
	pools[3].waiting = 5; /* comes first now */
	assert_int_equal(top_arrange(&t, &r), 0);
	assert_int_equal(t.at, 2);
	assert_string_equal(t.rows[t.at]->name, "dm-1 busy");
	pools[1] = pools[0]; /* is gone */
	assert_int_equal(top_arrange(&t, &r), 0);
	assert_int_equal(t.at, 2);
	press(KEY_END);
	assert_int_equal(t.at, t.nr_rows - 1);
	press(KEY_DOWN);
	assert_int_equal(t.at, t.nr_rows - 1);
	press(KEY_PPAGE);
	assert_int_equal(t.at, t.nr_rows - 1 - PAGE);
	press(KEY_HOME);
	press(KEY_UP);
	assert_int_equal(t.at, 0);
}

static void one_in_depth_and_back(void **state)
{
	(void)state;
	press('j');
	press('\n');
	assert_int_equal(t.view, TOP_ONE);
	assert_int_equal(t.chosen, pools[1].mempool);
	press(KEY_NPAGE);
	press('j');
	assert_int_equal(t.scroll, PAGE + 1);
	press('k');
	assert_int_equal(t.scroll, PAGE);
	press(KEY_END);
	press(KEY_NPAGE);
	assert_true(t.scroll >= SIZE_MAX - 2);
	press('?');
	assert_int_equal(t.view, TOP_HELP);
	assert_int_equal(t.scroll, 0);
	press('?');
	assert_int_equal(t.view, TOP_POOLS);
	press(KEY_ENTER);
	assert_int_equal(t.view, TOP_ONE);
	press(27);
	assert_int_equal(t.view, TOP_POOLS);
	press(' ');
	assert_true(t.paused);
	press('q');
	assert_true(t.done);
}

static void without_pools_no_key_does_harm(void **state)
{
	static const int keys[] = { KEY_UP,    KEY_DOWN,   KEY_HOME, KEY_END, KEY_NPAGE,
				    KEY_PPAGE, '\n',	   '<',	     '>',     'r',
				    27,	       KEY_RESIZE, 1 };
	size_t i;

	(void)state;
	r.nr_pools = 0;
	assert_int_equal(top_arrange(&t, &r), 0);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		press(keys[i]);
	assert_int_equal(t.view, TOP_POOLS);
	assert_int_equal(t.at, 0);
}

static size_t count(const bool *columns)
{
	size_t n = 0, c;

	for (c = 0; c < COLUMNS; c++)
		n += columns[c];
	return n;
}

static void columns_go_where_there_is_no_room(void **state)
{
	bool columns[COLUMNS];
	int width, left;
	size_t n = 0, c;

	(void)state;
	assert_int_equal(columns_fit(20, 24, columns), 20 - 11);
	assert_int_equal(count(columns), 1);
	assert_true(columns[COLUMN_WAITING]);
	assert_int_equal(columns_fit(5, 24, columns), 5);
	assert_int_equal(count(columns), 0);
	columns_fit(80, 24, columns);
	assert_true(columns[COLUMN_ALLOC] && columns[COLUMN_LEVEL] && columns[COLUMN_WAIT]);
	for (width = 12; width < 200; width++) {
		left = columns_fit(width, 24, columns);
		assert_true(count(columns) >= n);
		n = count(columns);
		for (c = 0; c < COLUMNS; c++)
			left += columns[c] ? 1 + column_heads[c].width : 0;
		assert_int_equal(left, width);
	}
	assert_int_equal(n, COLUMNS);
}

static void each_key_of_the_help_is_explained(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; top_keys[i].key; i++) {
		assert_true(top_keys[i].key[0] && top_keys[i].does[0]);
		assert_true(strlen(top_keys[i].key) <= 12);
		assert_true(strlen(top_keys[i].does) < 80 - 13);
	}
	assert_true(i && i <= 24 - 3); /* one screen */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(those_in_trouble_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sorted_by_any_column, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_filter_is_typed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_filter_ends_where_it_is_full, set_up, tear_down),
		cmocka_unit_test_setup_teardown(idle_ones_are_shown_if_asked_for, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_chosen_one_stays_chosen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_in_depth_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_pools_no_key_does_harm, set_up, tear_down),
		cmocka_unit_test(columns_go_where_there_is_no_room),
		cmocka_unit_test(each_key_of_the_help_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
