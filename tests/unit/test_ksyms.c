// SPDX-License-Identifier: GPL-2.0
/*
 * Names and addresses from files in the format of /proc/kallsyms and /proc/modules.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "load/ksyms.h"

static char kallsyms[] = "/tmp/test_ksyms.kallsyms.XXXXXX";
static char modules[] = "/tmp/test_ksyms.modules.XXXXXX";

static const char image[] = "0000000000000000 A __per_cpu_start\n"
			    "0000000000031000 A __per_cpu_end\n"
			    "ffffffff81000000 T _text\n"
			    "ffffffff81001000 t twice\n"
			    "ffffffff81001ff0 t __pfx_alloc\n"
			    "ffffffff81002000 T alloc\n"
			    "ffffffff81002000 T alloc_alias\n"
			    "ffffffff81003000 t twice\n"
			    "ffffffff82000000 r __ksymtab_alloc\n"
			    "ffffffff83000000 D pool\n"
			    "ffffffff84000000 B _end\n";
/* As of a kernel: modules in no order, nor their symbols. */
static const char others[] = "ffffffffc0102000 b late\t[second]\n"
			     "ffffffffc0100000 t run\t[second]\n"
			     "ffffffffc0001000 d set\t[first]\n"
			     "ffffffffc0000000 t twice\t[first]\n"
			     "ffffffffc0200000 t bpf_prog_1\t[bpf]\n";
static const char two[] = "second 16384 0 - Live 0xffffffffc0100000 (OE)\n"
			  "first 16384 1 second, Live 0xffffffffc0000000\n";

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	if (!f) /* an analyser does not know that it is not */
		abort();
	return f;
}

static void put(const char *path, const char *text, const char *more)
{
	FILE *f = create(path);

	fputs(text, f);
	fputs(more, f);
	assert_int_equal(fclose(f), 0);
}

static int start(void **state)
{
	(void)state;
	put(kallsyms, image, others);
	put(modules, two, "");
	ksyms_from(kallsyms, modules);
	return 0;
}

static int name_files(void **state)
{
	int a = mkstemp(kallsyms), b = mkstemp(modules);

	(void)state;
	return a < 0 || b < 0 || close(a) || close(b);
}

static int remove_files(void **state)
{
	(void)state;
	ksyms_from(kallsyms, modules); /* frees what was read */
	return unlink(kallsyms) || unlink(modules);
}

static uint64_t addr_of(const char *name)
{
	struct ksyms_want want = { .name = name };

	assert_int_equal(ksyms_by_name(&want, 1), 0);
	return want.addr;
}

/* "name+offset [module]" of an address, as long as it is looked at. */
static const char *at(uint64_t addr)
{
	static char text[160];
	struct ksyms_at a = { .addr = addr };

	assert_int_equal(ksyms_by_addr(&a, 1), 0);
	if (!a.start && !a.name[0])
		return "none";
	snprintf(text, sizeof(text), "%s+%#llx%s%s", a.name, (unsigned long long)(addr - a.start),
		 a.module[0] ? " " : "", a.module);
	return text;
}

static void names_are_found(void **state)
{
	struct ksyms_want want[] = { { .name = "set" },		{ .name = "nosuch" },
				     { .name = "twice" },	{ .name = "all" },
				     { .name = "alloc_alias" }, { .name = "late" } };

	(void)state;
	assert_int_equal(ksyms_by_name(want, 6), 0);
	assert_true(want[0].addr == 0xffffffffc0001000);
	assert_string_equal(want[0].module, "first");
	assert_true(want[1].addr == 0);
	assert_string_equal(want[1].module, "");
	assert_true(want[2].addr == 0xffffffff81001000); /* the first, of the image */
	assert_string_equal(want[2].module, "");
	assert_true(want[3].addr == 0); /* a part of a name is none */
	assert_true(want[4].addr == 0xffffffff81002000);
	assert_true(want[5].addr == 0xffffffffc0102000);
	assert_string_equal(want[5].module, "second");
	assert_true(addr_of("__per_cpu_end") == 0x31000);
	assert_int_equal(ksyms_passes(), 1);
}

static void what_is_not_asked_for_is_given_back(void **state)
{
	(void)state;
	assert_string_equal(at(0xffffffff81000000), "_text+0");
	ksyms_trim();
	assert_string_equal(at(0xffffffff81000fff), "_text+0xfff");
	assert_int_equal(ksyms_passes(), 1); /* it was asked for in between */
	ksyms_trim();
	ksyms_trim();
	assert_string_equal(at(0xffffffff81002004), "alloc+0x4");
	assert_int_equal(ksyms_passes(), 2);
}

static void addresses_are_found(void **state)
{
	(void)state;
	assert_string_equal(at(0xffffffff81000000), "_text+0");
	assert_string_equal(at(0xffffffff81000fff), "_text+0xfff");
	assert_string_equal(at(0xffffffff81002004), "alloc+0x4"); /* the first of the two */
	assert_string_equal(at(0xffffffff83000000), "pool+0");
	assert_string_equal(at(0xffffffffc0001000), "set+0 first");
	assert_int_equal(ksyms_passes(), 1);
	assert_string_equal(at(0xffffffffc0000010), "twice+0x10 first");
	assert_string_equal(at(0xffffffffc0100abc), "run+0xabc second");
	assert_string_equal(at(0xffffffffc0200010), "bpf_prog_1+0x10 bpf");
}

static void what_is_no_symbol_is_none(void **state)
{
	(void)state;
	assert_string_equal(at(0xffff888012345678), "none"); /* the heap */
	assert_string_equal(at(0x5555000000000000), "none");
	put(kallsyms, "ffffffff81000000 T _text\n", "");
	ksyms_from(kallsyms, modules);
	assert_string_equal(at(0xffffffff80000000), "none");
	assert_string_equal(at(0), "none");
}

static void bad_lines_are_passed_over(void **state)
{
	char *longest = malloc(300001);

	(void)state;
	assert_non_null(longest);
	snprintf(longest, 300001, "ffffffff81000100 t %0299980d\n", 0);
	put(kallsyms,
	    "\n \nffffffff81000000\nffffffff81000000 T\nffffffff81000000 T \n"
	    "T nosuch\nffffffff81000000Tnosuch\nffffffff81000000 TTnosuch\n"
	    "gfffffff81000000 T nosuch\n-1 T nosuch\n0xffffffff81000000 T nosuch\n"
	    "1ffffffff81000000 T nosuch\nffff888000000000 T nosuch\n"
	    "ffffffff81000010 t nosuch\t\nffffffff81000010 t nosuch\t[]\n"
	    "ffffffff81000010 t nosuch\tmodule\nffffffff81000010 t nosuch\t[module\n",
	    longest);
	free(longest);
	ksyms_from(kallsyms, modules);
	assert_true(addr_of("nosuch") == 0);
	assert_string_equal(at(0xffffffff81000200), "none");
	put(kallsyms, "nonsense\nffffffff81000000 T _text\nffffffff81002000 T no_newline", "");
	ksyms_from(kallsyms, modules);
	assert_true(addr_of("_text") == 0xffffffff81000000);
	assert_true(addr_of("no_newline") == 0);
}

/* More than a buffer, so that lines begin in one and end in the next. */
static void long_files_are_read_whole(void **state)
{
	FILE *f = create(kallsyms);
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 20000; i++)
		fprintf(f, "ffffffff8%07x T function_%d\n", i * 16, i);
	assert_int_equal(fclose(f), 0);
	ksyms_from(kallsyms, modules);
	for (i = 0; i < 19999; i += 7) {
		snprintf(name, sizeof(name), "function_%d+0xf", i);
		assert_string_equal(at(0xffffffff8000000f + (uint64_t)i * 16), name);
	}
	assert_true(addr_of("function_19999") == 0xffffffff80000000 + 19999UL * 16);
	assert_int_equal(ksyms_passes(), 1);
}

static void long_names_are_cut(void **state)
{
	struct ksyms_at a = { .addr = 0xffffffff81000000 };
	char line[200] = "ffffffff81000000 T ";
	size_t begin = strlen(line);

	(void)state;
	memset(line + begin, 'n', 100);
	line[begin + 100] = '\n';
	put(kallsyms, line, "");
	ksyms_from(kallsyms, modules);
	assert_int_equal(ksyms_by_addr(&a, 1), 0);
	assert_int_equal(strlen(a.name), KSYMS_NAME - 1);
	line[begin + 100] = '\0';
	assert_true(addr_of(line + begin) == 0xffffffff81000000);
	line[begin + 99] = '\0';
	assert_true(addr_of(line + begin) == 0);
}

static void hidden_addresses_are_an_error(void **state)
{
	struct ksyms_want want = { .name = "_text" };
	struct ksyms_at a = { .addr = 0xffffffff81000000 };

	(void)state;
	put(kallsyms, "0000000000000000 T _text\n0000000000000000 T alloc\n", "");
	ksyms_from(kallsyms, modules);
	assert_int_equal(ksyms_by_name(&want, 1), -EPERM);
	assert_int_equal(ksyms_by_addr(&a, 1), -EPERM);
	assert_int_equal(ksyms_by_addr(&a, 0), 0);
	ksyms_from("/no/such/file", modules);
	assert_int_equal(ksyms_by_name(&want, 1), -ENOENT);
	put(kallsyms, image, "");
	ksyms_from(kallsyms, "/no/such/file"); /* a kernel without modules */
	assert_int_equal(ksyms_by_name(&want, 1), 0);
	assert_true(want.addr == 0xffffffff81000000);
}

static void a_new_module_is_noticed(void **state)
{
	(void)state;
	assert_true(addr_of("fresh") == 0);
	put(kallsyms, image, "ffffffffc0300000 d fresh\t[third]\n");
	assert_true(addr_of("fresh") == 0);
	assert_int_equal(ksyms_passes(), 1); /* nothing says that there is one */
	put(modules, two, "third 4096 0 - Live 0xffffffffc0300000\n");
	assert_true(addr_of("fresh") == 0xffffffffc0300000);
	assert_int_equal(ksyms_passes(), 2);
	put(kallsyms, image, "ffffffffc0400000 d fresh\t[third]\n");
	put(modules, two, "third 4096 0 - Live 0xffffffffc0400000\n");
	assert_string_equal(at(0xffffffffc0400000), "fresh+0 third");
	assert_int_equal(ksyms_passes(), 3);
	put(modules, two, "third 4096 7 other, Live 0xffffffffc0400000\n");
	assert_true(addr_of("fresh") == 0xffffffffc0400000);
	assert_int_equal(ksyms_passes(), 3); /* who uses a module is no news */
}

static void new_programs_are_noticed(void **state)
{
	(void)state;
	assert_string_equal(at(0xffffffffc0200010), "bpf_prog_1+0x10 bpf");
	put(kallsyms, image, "ffffffffc0200100 t bpf_trampoline_2\t[bpf]\n");
	assert_string_equal(at(0xffffffffc0200110), "bpf_trampoline_2+0x10 bpf");
	assert_int_equal(ksyms_passes(), 2);
	assert_string_equal(at(0xffffffffc0200110), "bpf_trampoline_2+0x10 bpf");
	assert_string_equal(at(0xffffffff81002004), "alloc+0x4");
	assert_int_equal(ksyms_passes(), 2); /* for each address at most once */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(names_are_found, start),
		cmocka_unit_test_setup(what_is_not_asked_for_is_given_back, start),
		cmocka_unit_test_setup(addresses_are_found, start),
		cmocka_unit_test_setup(what_is_no_symbol_is_none, start),
		cmocka_unit_test_setup(bad_lines_are_passed_over, start),
		cmocka_unit_test_setup(long_files_are_read_whole, start),
		cmocka_unit_test_setup(long_names_are_cut, start),
		cmocka_unit_test_setup(hidden_addresses_are_an_error, start),
		cmocka_unit_test_setup(a_new_module_is_noticed, start),
		cmocka_unit_test_setup(new_programs_are_noticed, start),
	};

	return cmocka_run_group_tests(tests, name_files, remove_files);
}
