// SPDX-License-Identifier: GPL-2.0
/*
 * Events: their names, and what is shown of them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "model/event_kinds.h"
#include "render/event.h"

static void a_list_of_names_is_bits(void **state)
{
	static const char *const wrong[] = { "",   ",",	   "dip,",    ",dip", "dip,,dry",
					     "di", "dips", "dip dry", "DIP" };
	uint32_t bits = 77;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(event_kinds_parse(wrong[i], &bits), -EINVAL);
	assert_int_equal(bits, 77);
	assert_int_equal(event_kinds_parse("dip", &bits), 0);
	assert_int_equal(bits, 1u << RECORD_EVENT_DIP);
	assert_int_equal(event_kinds_parse("rescued,wait,waited", &bits), 0);
	assert_int_equal(bits, 1u << RECORD_EVENT_RESCUED | 1u << RECORD_EVENT_WAIT |
				       1u << RECORD_EVENT_WAITED);
}

static void every_kind_has_a_name_that_is_taken(void **state)
{
	uint32_t kind, bits;

	(void)state;
	for (kind = 0; kind < RECORD_EVENT_KINDS; kind++) {
		assert_int_equal(event_kinds_parse(event_kind_name(kind), &bits), 0);
		assert_int_equal(bits, 1u << kind);
	}
	assert_string_equal(event_kind_name(RECORD_EVENT_KINDS), "unknown");
}

static void a_value_is_under_the_name_of_what_it_is(void **state)
{
	static const struct {
		uint32_t kind;
		const char *key, *json;
	} cases[] = {
		{ RECORD_EVENT_DIP, "left", "7" },
		{ RECORD_EVENT_DRY, "left", NULL },
		{ RECORD_EVENT_WAIT, "cycle", "7" },
		{ RECORD_EVENT_PUNT, "bios", "7" },
		{ RECORD_EVENT_WAITED, "took_s", "0.000000007" },
		{ RECORD_EVENT_RESCUE, "took_s", "0.000000007" },
		{ RECORD_EVENT_RESCUED, "took_s", "0.000000007" },
		{ RECORD_EVENT_STALL, "took_s", "0.000000007" },
		{ RECORD_EVENT_CREATED, "took_s", NULL },
		{ RECORD_EVENT_GONE, "took_s", NULL },
		{ RECORD_EVENT_REFILL, "there", "7" },
		{ RECORD_EVENT_DIP, "there", NULL },
		{ RECORD_EVENT_PRESSURE, "rate_ppm", "7" },
		{ RECORD_EVENT_LIFTED, "refused", "7" },
		{ RECORD_EVENT_DIP, "took_s", NULL },
	};
	struct json_object *o, *value;
	struct record_event rec;
	struct event e = { .wall_ns = 1500000000, .pool = "stackb0 bs", .rec = &rec };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rec = (struct record_event){
			.kind = cases[i].kind, .value = 7, .comm = "fio", .tid = 12
		};
		o = render_event_json(&e);
		assert_string_equal(json_object_get_string(json_object_object_get(o, "event")),
				    event_kind_name(cases[i].kind));
		value = json_object_object_get(o, cases[i].key);
		if (cases[i].json)
			assert_string_equal(json_object_to_json_string(value), cases[i].json);
		else
			assert_null(value);
		json_object_put(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_names_is_bits),
		cmocka_unit_test(every_kind_has_a_name_that_is_taken),
		cmocka_unit_test(a_value_is_under_the_name_of_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
