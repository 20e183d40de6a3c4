// SPDX-License-Identifier: GPL-2.0
/*
 * Whether two maps are laid out the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "load/layout.h"

/* What is in a map, in which a version may differ. */
struct version {
	const char *enumerator, *member;
	unsigned int places; /* of an array */
	unsigned int at; /* bytes, of a variable */
	int fill; /* types before it, which are nothing of it */
};

static const struct version ours = { "KIND_A", "kind", 4, 8, 0 };

struct made {
	struct btf *btf;
	uint32_t record, section;
};

/*
 * enum kind { enumerator }; struct record { u64 first; enum kind member; u64 array[places]; }, and a section
 * with a variable of that.
 */
static struct made make(const struct version *v)
{
	struct made m = { .btf = btf__new_empty() };
	int number, kind, array, record, var, section, i;
	unsigned int size = 16 + 8 * v->places;

	assert_non_null(m.btf);
	for (i = 0; i < v->fill; i++)
		assert_true(btf__add_struct(m.btf, "other", 0) > 0);
	number = btf__add_int(m.btf, "u64", 8, 0);
	kind = btf__add_enum(m.btf, "kind", 4);
	assert_int_equal(btf__add_enum_value(m.btf, v->enumerator, 0), 0);
	array = btf__add_array(m.btf, number, number, v->places);
	record = btf__add_struct(m.btf, "record", size);
	assert_int_equal(btf__add_field(m.btf, "first", number, 0, 0), 0);
	assert_int_equal(btf__add_field(m.btf, v->member, kind, 64, 0), 0);
	assert_int_equal(btf__add_field(m.btf, "array", array, 128, 0), 0);
	var = btf__add_var(m.btf, "it", BTF_VAR_GLOBAL_ALLOCATED, record);
	section = btf__add_datasec(m.btf, ".bss", v->at + size);
	assert_int_equal(btf__add_datasec_var_info(m.btf, var, v->at, size), 0);
	m.record = (uint32_t)record;
	m.section = (uint32_t)section;
	return m;
}

/* Whether records, and sections, of a version are as ours. */
static void is_as_ours(const struct version *v, bool record, bool section)
{
	struct made a = make(&ours), b = make(v);

	assert_int_equal(layout_is_same(a.btf, a.record, b.btf, b.record), record);
	assert_int_equal(layout_is_same(a.btf, a.section, b.btf, b.section), section);
	assert_false(layout_is_same(a.btf, a.record, b.btf, b.section));
	btf__free(a.btf);
	btf__free(b.btf);
}

static void same(void **state)
{
	struct version other = ours;

	(void)state;
	is_as_ours(&ours, true, true);
	other.fill = 3;
	is_as_ours(&other, true, true);
}

static void what_is_where_or_means_something_else(void **state)
{
	struct version other = ours;

	(void)state;
	other.enumerator = "KIND_B";
	is_as_ours(&other, false, false);
	other = ours;
	other.member = "sort";
	is_as_ours(&other, false, false);
	other = ours;
	other.places = 5;
	is_as_ours(&other, false, false);
	other = ours;
	other.at = 16;
	is_as_ours(&other, true, false);
}

static void without_types(void **state)
{
	struct made m = make(&ours);

	(void)state;
	assert_true(layout_is_same(m.btf, 0, m.btf, 0));
	assert_false(layout_is_same(m.btf, m.record, m.btf, 0));
	assert_false(layout_is_same(m.btf, 0, m.btf, m.record));
	assert_false(layout_is_same(m.btf, 1000, m.btf, 1000));
	btf__free(m.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same),
		cmocka_unit_test(what_is_where_or_means_something_else),
		cmocka_unit_test(without_types),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
