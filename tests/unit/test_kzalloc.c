// SPDX-License-Identifier: GPL-2.0
/*
 * From a snapshot of zeroed allocations to a report, and its JSON.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "model/kzalloc.h"
#include "util/msg.h"
#include "render/kzalloc.h"

#define S 1000000000ULL

static void symbols_are_taken_apart(void **state)
{
	static const char *const wrong[] = {
		"", "0xffffffff81000000", "f", "+0x1/0x2", "f+1/2", "f+0x1a", "f+0x1a/0x60 [mod"
	};
	struct kzalloc_name n;
	size_t i;

	(void)state;
	assert_int_equal(kzalloc_parse_symbol("f+0x1a/0x60 [mod]", &n), 0);
	assert_string_equal(n.symbol, "f");
	assert_int_equal(n.offset, 0x1a);
	assert_string_equal(n.module, "mod");
	assert_int_equal(kzalloc_parse_symbol("g.isra.0+0x2/0x60", &n), 0);
	assert_string_equal(n.symbol, "g.isra.0");
	assert_string_equal(n.module, "");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(kzalloc_parse_symbol(wrong[i], &n), -EINVAL);
		assert_string_equal(n.symbol, "");
	}
}

/*
 * A module was loaded at 1 s and unloaded at 5 s, then another at the same place, with its code that
 * runs once elsewhere; a third was always there, and its size is too large. It is 10 s.
 */
static struct record_kzalloc_module modules[] = {
	{ .name = "old", .base = 0x1000, .size = 0x100, .loaded_ns = S, .gone_ns = 5 * S },
	{ .name = "new",
	  .base = 0x1000,
	  .size = 0x100,
	  .init_base = 0x8000,
	  .init_size = 0x100,
	  .loaded_ns = 6 * S },
	{ .name = "there", .base = 0xf00, .size = 0x1000 },
	{ .name = "" },
};

static struct kzalloc_site sites[] = {
	{ .id = { 0x1010, 2 * S, "" }, .counts = { .calls = 5, .bytes_req = 50, .freed = 3 } },
	{ .id = { 0x1010, 7 * S, "" }, .counts = { .calls = 2, .failed = 1, .bytes_req = 20 } },
	{ .id = { 0x8020, 6 * S, "" }, .counts = { .calls = 1, .bytes_req = 8, .freed = 1 } },
	{ .id = { 0 } },
	{ .id = { 0x9000, 2 * S, "" },
	  .name = { "f", 0x10, "" },
	  .counts = { .calls = 1, .freed = 1 } },
	{ .id = { 0xf80, 3 * S, "" }, .counts = { .calls = 4, .freed = 4 } },
};

static struct record_kzalloc_object objects[] = {
	{ 3 * S, 10, 16, 0, 1 },
	{ 4 * S, 10, 16, 0, 1 },
	{ 8 * S, 20, 32, 1, 1 },
	{ 8 * S, 20, 32, 99, 1 }, /* of no call site */
};

static struct kzalloc_snapshot snapshot(void)
{
	return (struct kzalloc_snapshot){
		.start_ns = S / 2,
		.time_ns = 10 * S,
		.nr_sites = 6,
		.sites = sites,
		.nr_objects = 4,
		.objects = objects,
		.nr_modules = 4,
		.modules = modules,
	};
}

static const struct kzalloc_row *row(const struct kzalloc_report *r, const char *module,
				     const char *site)
{
	size_t i;

	for (i = 0; i < r->nr_rows; i++)
		if (!strcmp(r->rows[i].module, module) && !strcmp(r->rows[i].site, site))
			return &r->rows[i];
	fail_msg("no row %s %s", module, site);
	return NULL;
}

static void a_call_site_is_of_the_module_that_was_there_then(void **state)
{
	struct kzalloc_snapshot s = snapshot();

	(void)state;
	assert_string_equal(kzalloc_module_of(&s, &sites[0])->name, "old");
	assert_string_equal(kzalloc_module_of(&s, &sites[1])->name, "new");
	assert_string_equal(kzalloc_module_of(&s, &sites[2])->name, "new");
	assert_null(kzalloc_module_of(&s, &sites[4]));
	assert_string_equal(kzalloc_module_of(&s, &sites[5])->name, "there");
}

static void what_an_unloaded_module_has_not_freed_is_its_leak(void **state)
{
	struct kzalloc_snapshot s = snapshot();
	struct kzalloc_report r;
	const struct kzalloc_row *x;

	(void)state;
	assert_int_equal(kzalloc_report(&s, NULL, &r), 0);
	assert_int_equal(r.nr_rows, 5);
	assert_int_equal(r.nr_modules, 4);
	assert_string_equal(r.modules[0].module, "old");
	x = row(&r, "old", "code+0x10");
	assert_int_equal(x->calls, 5);
	assert_int_equal(x->live.objects, 0);
	assert_int_equal(x->leaked.objects, 2);
	assert_int_equal(x->leaked.bytes_req, 20);
	assert_int_equal(x->leaked.bytes_alloc, 32);
	assert_true(x->leaked.oldest_ns == 7 * S);
	assert_true(x->gone_ns == 5 * S);
	x = row(&r, "new", "code+0x10");
	assert_int_equal(x->failed, 1);
	assert_int_equal(x->live.objects, 1);
	assert_int_equal(x->leaked.objects, 0);
	row(&r, "new", "init code+0x20");
	row(&r, "", "f+0x10");
	assert_int_equal(r.total.calls, 13);
	assert_int_equal(r.total.leaked.objects, 2);
	assert_int_equal(kzalloc_report_status(&r), MSG_EXIT_FAILED);
	kzalloc_report_free(&r);
}

static void other_modules_are_left_out(void **state)
{
	struct kzalloc_snapshot s = snapshot();
	struct kzalloc_report r;

	(void)state;
	assert_int_equal(kzalloc_report(&s, "new", &r), 0);
	assert_int_equal(r.nr_rows, 2);
	assert_int_equal(r.total.calls, 3);
	assert_int_equal(kzalloc_report_status(&r), MSG_EXIT_OK);
	kzalloc_report_free(&r);
}

static void slots_of_one_name_become_one_row(void **state)
{
	struct kzalloc_site twice[] = {
		{ .id = { 0x1010, 2 * S, "" },
		  .name = { "g", 1, "old" },
		  .counts = { .calls = 5 } },
		{ .id = { 0x1010, 3 * S, "" },
		  .name = { "g", 1, "old" },
		  .counts = { .calls = 6 } },
	};
	struct kzalloc_snapshot s = snapshot();
	struct kzalloc_report r;

	(void)state;
	s.sites = twice;
	s.nr_sites = 2;
	assert_int_equal(kzalloc_report(&s, NULL, &r), 0);
	assert_int_equal(r.nr_rows, 1);
	assert_int_equal(r.rows[0].calls, 11);
	assert_int_equal(r.rows[0].leaked.objects, 3);
	kzalloc_report_free(&r);
}

static void a_leak_of_which_frees_were_missed_is_not_certain(void **state)
{
	struct kzalloc_snapshot s = snapshot();
	struct kzalloc_site changed[6];
	struct kzalloc_report r;

	(void)state;
	memcpy(changed, sites, sizeof(changed));
	s.sites = changed;
	changed[1].counts.unseen = 1; /* another module's */
	kzalloc_report(&s, NULL, &r);
	assert_int_equal(kzalloc_report_status(&r), MSG_EXIT_FAILED);
	kzalloc_report_free(&r);
	changed[0].counts.unseen = 1;
	kzalloc_report(&s, NULL, &r);
	assert_int_equal(kzalloc_report_status(&r), MSG_EXIT_LOST);
	kzalloc_report_free(&r);
	s.nr_objects = 0;
	kzalloc_report(&s, NULL, &r);
	assert_int_equal(kzalloc_report_status(&r), MSG_EXIT_OK);
	kzalloc_report_free(&r);
	s.lost[RECORD_KZALLOC_LOST_OBJECTS] = 1;
	kzalloc_report(&s, NULL, &r);
	assert_int_equal(kzalloc_report_status(&r), MSG_EXIT_LOST);
	kzalloc_report_free(&r);
}

static void json_says_what_the_report_says(void **state)
{
	struct kzalloc_snapshot s = snapshot();
	struct json_object *o, *v, *leak;
	struct kzalloc_report r;

	(void)state;
	assert_int_equal(kzalloc_report(&s, NULL, &r), 0);
	o = render_kzalloc_json(&r);
	v = json_object_object_get(o, "schema");
	assert_string_equal(json_object_get_string(v), RENDER_KZALLOC_SCHEMA);
	v = json_object_object_get(o, "leaks");
	assert_int_equal(json_object_array_length(v), 1);
	leak = json_object_array_get_idx(v, 0);
	assert_string_equal(json_object_get_string(json_object_object_get(leak, "module")), "old");
	assert_int_equal(json_object_get_int(json_object_object_get(leak, "objects")), 2);
	assert_true(json_object_get_boolean(json_object_object_get(leak, "certain")));
	assert_int_equal(json_object_array_length(json_object_object_get(o, "sites")), 5);
	json_object_put(o);
	kzalloc_report_free(&r);
}

static void nothing_makes_an_empty_report(void **state)
{
	struct kzalloc_snapshot s = { 0 };
	struct kzalloc_report r;

	(void)state;
	assert_int_equal(kzalloc_report(&s, NULL, &r), 0);
	assert_int_equal(r.nr_rows + r.nr_modules, 0);
	assert_int_equal(kzalloc_report_status(&r), MSG_EXIT_OK);
	kzalloc_report_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_are_taken_apart),
		cmocka_unit_test(a_call_site_is_of_the_module_that_was_there_then),
		cmocka_unit_test(what_an_unloaded_module_has_not_freed_is_its_leak),
		cmocka_unit_test(other_modules_are_left_out),
		cmocka_unit_test(slots_of_one_name_become_one_row),
		cmocka_unit_test(a_leak_of_which_frees_were_missed_is_not_certain),
		cmocka_unit_test(json_says_what_the_report_says),
		cmocka_unit_test(nothing_makes_an_empty_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
