// SPDX-License-Identifier: GPL-2.0
/*
 * What of a kernel's types an object gets to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <bpf/btf.h>
#include <cmocka.h>

#include "load/core_btf.h"

/*
 * struct inner { int number; }; struct wanted { struct inner in; struct other *next; call_t call; int array[3]; };
 * struct other { struct other *back; }; typedef int (*call_t)(void); enum state { BUSY = 7 }; and another struct
 * of the name "wanted".
 */
static struct btf *make_kernel(void)
{
	struct btf *b = btf__new_empty();
	int number, inner, other, to_other, wanted, proto, call, array;

	assert_non_null(b);
	assert_true(btf__add_struct(b, "unused", 0) > 0);
	number = btf__add_int(b, "int", 4, BTF_INT_SIGNED);
	inner = btf__add_struct(b, "inner", 4);
	assert_int_equal(btf__add_field(b, "number", number, 0, 0), 0);
	other = btf__add_struct(b, "other", 8);
	assert_int_equal(btf__add_field(b, "back", btf__type_cnt(b), 0, 0), 0);
	to_other = btf__add_ptr(b, other);
	proto = btf__add_func_proto(b, number);
	call = btf__add_typedef(b, "call_t", btf__add_ptr(b, proto));
	array = btf__add_array(b, number, number, 3);
	wanted = btf__add_struct(b, "wanted", 40);
	assert_true(wanted > 0);
	assert_int_equal(btf__add_field(b, "in", inner, 0, 0), 0);
	assert_int_equal(btf__add_field(b, "next", to_other, 64, 0), 0);
	assert_int_equal(btf__add_field(b, "call", call, 128, 0), 0);
	assert_int_equal(btf__add_field(b, "array", array, 192, 0), 0);
	assert_true(btf__add_enum(b, "state", 4) > 0);
	assert_int_equal(btf__add_enum_value(b, "BUSY", 7), 0);
	assert_true(btf__add_struct(b, "wanted", 4) > 0);
	assert_int_equal(btf__add_field(b, "in", number, 0, 0), 0);
	return b;
}

/* What an object gets that has these types, structs without members, of which one is of a flavour. */
static struct btf *filled(const char *const *names, size_t n)
{
	struct btf *kernel = make_kernel(), *object = btf__new_empty(), *types;
	struct core_btf file;
	size_t i;

	for (i = 0; i < n; i++)
		assert_true(btf__add_struct(object, names[i], 0) > 0);
	assert_int_equal(core_btf_open(&file), 0);
	assert_int_equal(core_btf_fill(&file, kernel, object), 0);
	types = btf__parse(file.path, NULL);
	assert_non_null(types);
	core_btf_close(&file);
	assert_true(file.fd < 0);
	btf__free(kernel);
	btf__free(object);
	return types;
}

static const struct btf_type *type_of_member(const struct btf *b, const struct btf_type *t, int i)
{
	return btf__type_by_id(b, btf_members(t)[i].type);
}

static const char *name_of(const struct btf *b, const struct btf_type *t)
{
	return btf__name_by_offset(b, t->name_off);
}

static void struct_has_what_it_consists_of(void **state)
{
	static const char *const names[] = { "mine", "wanted___before_7" };
	struct btf *b = filled(names, 2);
	int id = btf__find_by_name_kind(b, "wanted", BTF_KIND_STRUCT);
	const struct btf_type *t, *part;

	(void)state;
	assert_true(id > 0);
	t = btf__type_by_id(b, (uint32_t)id);
	assert_int_equal(t->size, 40);
	assert_int_equal(btf_vlen(t), 4);
	assert_string_equal(btf__name_by_offset(b, btf_members(t)[2].name_off), "call");
	assert_int_equal(btf_member_bit_offset(t, 3), 192);
	part = type_of_member(b, t, 0);
	assert_string_equal(name_of(b, part), "inner");
	assert_string_equal(name_of(b, type_of_member(b, part, 0)), "int");
	part = type_of_member(b, t, 3);
	assert_int_equal(btf_array(part)->nelems, 3);
	assert_string_equal(name_of(b, btf__type_by_id(b, btf_array(part)->type)), "int");
	btf__free(b);
}

static void pointers_lead_nowhere(void **state)
{
	static const char *const names[] = { "wanted" };
	struct btf *b = filled(names, 1);
	int id = btf__find_by_name_kind(b, "wanted", BTF_KIND_STRUCT);
	const struct btf_type *t = btf__type_by_id(b, (uint32_t)id), *call;

	(void)state;
	assert_true(btf_is_ptr(type_of_member(b, t, 1)));
	assert_int_equal(type_of_member(b, t, 1)->type, 0);
	call = type_of_member(b, t, 2);
	assert_string_equal(name_of(b, call), "call_t");
	assert_true(btf_is_ptr(btf__type_by_id(b, call->type)));
	assert_true(btf__find_by_name(b, "other") < 0);
	assert_true(btf__find_by_name(b, "unused") < 0);
	btf__free(b);
}

/* Which of them is meant is for libbpf to say. */
static void all_of_a_name_are_there(void **state)
{
	static const char *const names[] = { "wanted", "state" };
	struct btf *b = filled(names, 2);
	unsigned int id, found = 0;

	(void)state;
	for (id = 1; id < btf__type_cnt(b); id++)
		found += !strcmp(name_of(b, btf__type_by_id(b, id)), "wanted");
	assert_int_equal(found, 2);
	found = (unsigned int)btf__find_by_name_kind(b, "state", BTF_KIND_ENUM);
	assert_int_equal(btf_enum(btf__type_by_id(b, found))[0].val, 7);
	btf__free(b);
}

/* The file is used for one object after another. */
static void file_has_the_last_only(void **state)
{
	struct btf *kernel = make_kernel(), *all = btf__new_empty(), *few = btf__new_empty();
	struct core_btf file;
	struct btf *types;

	(void)state;
	assert_true(btf__add_struct(all, "wanted", 0) > 0);
	assert_true(btf__add_struct(few, "inner", 0) > 0);
	assert_int_equal(core_btf_open(&file), 0);
	assert_int_equal(core_btf_fill(&file, kernel, all), 0);
	assert_int_equal(core_btf_fill(&file, kernel, few), 0);
	types = btf__parse(file.path, NULL);
	assert_non_null(types);
	assert_true(btf__find_by_name(types, "inner") > 0);
	assert_true(btf__find_by_name(types, "wanted") < 0);
	btf__free(types);
	core_btf_close(&file);
	btf__free(kernel);
	btf__free(all);
	btf__free(few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(struct_has_what_it_consists_of),
		cmocka_unit_test(pointers_lead_nowhere),
		cmocka_unit_test(all_of_a_name_are_there),
		cmocka_unit_test(file_has_the_last_only),
	};

	return cmocka_run_group_tests_name("core_btf", tests, NULL, NULL);
}
