// SPDX-License-Identifier: GPL-2.0
/*
 * Which name a pool has: better ones replace worse ones, and no two that are live have the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load/ksyms.h"
#include "load/members.h"
#include "load/naming.h"

#define STACKS 1 /* the map of stacks */
#define SECOND 1000000000ULL

static struct record_pool table[RECORD_POOLS];
static unsigned int walks;
static uint32_t found; /* by the next walk: this slot is a dm-crypt target's of dm-3; 0: nothing */

/* Stack 7 is of crypt_ctr(), called by something else. */
int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	static const uint64_t ips[] = { 0xffffffff81000010, 0xffffffff81001010,
					0xffffffff81002010 };

	assert_int_equal(fd, STACKS);
	if (*(const int32_t *)key != 7)
		return -2;
	memcpy(value, ips, sizeof(ips));
	return 0;
}

/* In members_table. */
static uint32_t index_of(const char *module, const char *path)
{
	uint32_t i = 0;

	while (strcmp(members_table[i].module, module) || strcmp(members_table[i].path, path))
		assert_true(++i < MEMBERS);
	return i;
}

static void walk(void *arg)
{
	assert_ptr_equal(arg, table);
	walks++;
	if (!found)
		return;
	table[found].kind = RECORD_POOL_TYPED;
	table[found].offset = index_of("dm_crypt", "bs");
	snprintf(table[found].disk, sizeof(table[found].disk), "dm-3");
}

/* As tools/load/ksyms.c, of a kernel of these symbols, in the order of their addresses. */
int ksyms_by_addr(struct ksyms_at *at, size_t n)
{
	static const struct ksyms_at kernel[] = {
		{ .start = 0xffffffff81000000, .name = "bioset_init" },
		{ .start = 0xffffffff81001000, .name = "crypt_ctr", .module = "dm_crypt" },
		{ .start = 0xffffffff81002000, .name = "dm_table_add_target", .module = "dm_mod" },
		{ .start = 0xffffffff82000000, .name = "fs_bio_set" },
		{ .start = 0xffffffff83000000, .name = "last" },
	};
	size_t i, s;

	for (i = 0; i < n; i++) {
		uint64_t addr = at[i].addr;

		at[i] = (struct ksyms_at){ 0 };
		for (s = 0; s < sizeof(kernel) / sizeof(kernel[0]); s++)
			if (kernel[s].start <= addr)
				at[i] = kernel[s];
		at[i].addr = addr;
	}
	return 0;
}

static int set_up(void **state)
{
	memset(table, 0, sizeof(table));
	walks = 0;
	found = 0;
	*state = naming_open();
	return !*state;
}

static int tear_down(void **state)
{
	naming_close(*state);
	return 0;
}

static void add(uint32_t slot, uint64_t address, int32_t stack)
{
	table[slot] =
		(struct record_pool){ .mempool = address + 32, .bs = address, .stack = stack };
}

static void update(struct naming *n, uint64_t now_ns)
{
	naming_update(n, table, STACKS, now_ns, walk, table);
}

static void variables_have_their_own_name(void **state)
{
	struct naming *n = *state;

	add(1, 0xffffffff82000000, 7);
	update(n, SECOND);
	assert_string_equal(naming_of(n, 1)->pool, "fs_bio_set");
	assert_int_equal(walks, 0);
}

static void an_owner_is_better_than_a_function(void **state)
{
	struct naming *n = *state;

	add(1, 0xffff888000000000, 7);
	update(n, SECOND);
	assert_string_equal(naming_of(n, 1)->pool, "of crypt_ctr()");
	assert_string_equal(naming_of(n, 1)->module, "dm_crypt");
	assert_int_equal(walks, 1);
	found = 1;
	update(n, 2 * SECOND);
	assert_int_equal(walks, 2);
	assert_string_equal(naming_of(n, 1)->device, "dm-3");
	assert_string_equal(naming_of(n, 1)->pool, "crypt.bs");
	update(n, 100 * SECOND);
	assert_int_equal(walks, 2);
}

static void a_disk_that_changes_is_looked_at(void **state)
{
	struct naming *n = *state;
	uint64_t now;

	add(1, 0xffff888000000000, 7);
	for (now = 0; now < 20 * SECOND; now += SECOND / 5)
		update(n, now);
	walks = 0;
	update(n, now);
	assert_int_equal(walks, 0);
	naming_expect(n);
	update(n, now);
	assert_int_equal(walks, 1);
	update(n, now + SECOND / 10);
	assert_int_equal(walks, 1);
	found = 1;
	update(n, now + SECOND / 5);
	assert_int_equal(walks, 2);
	naming_expect(n);
	update(n, now + SECOND);
	assert_int_equal(walks, 2); /* it has its owner */
}

/* Each 0.2 s at first; in an hour not much more often than each 8 s. */
static void walks_become_rare(void **state)
{
	struct naming *n = *state;
	uint64_t now;

	add(1, 0xffff888000000000, 7);
	for (now = SECOND; now < 3601 * SECOND; now += SECOND / 5)
		update(n, now);
	assert_in_range(walks, 440, 460);
	/* One that is new is looked for at once. */
	walks = 0;
	add(2, 0xffff888000001000, 7);
	update(n, now);
	assert_int_equal(walks, 1);
}

static void without_stacks_a_name_is_left_for_later(void **state)
{
	struct naming *n = *state;

	add(1, 0xffff888000000000, 7);
	naming_update(n, table, -1, SECOND, walk, table);
	assert_string_equal(naming_of(n, 1)->pool, "unnamed");
	update(n, 2 * SECOND);
	assert_string_equal(naming_of(n, 1)->pool, "of crypt_ctr()");
}

static void namesakes_have_numbers(void **state)
{
	struct naming *n = *state;
	uint32_t i;

	for (i = 1; i <= 3; i++)
		add(i, 0xffff888000000000 + i * 0x1000UL, 7);
	update(n, SECOND);
	assert_string_equal(naming_of(n, 1)->pool, "of crypt_ctr()");
	assert_string_equal(naming_of(n, 2)->pool, "of crypt_ctr() #2");
	assert_string_equal(naming_of(n, 3)->pool, "of crypt_ctr() #3");
	/* Others keep theirs; the one that is free is given out again. */
	table[2].flags = RECORD_POOL_GONE;
	add(4, 0xffff888000005000, 7);
	update(n, 2 * SECOND);
	assert_string_equal(naming_of(n, 3)->pool, "of crypt_ctr() #3");
	assert_string_equal(naming_of(n, 4)->pool, "of crypt_ctr() #2");
	/* A slot that is another pool's. */
	naming_forget(n, 2);
	add(2, 0xffffffff82000000, 7);
	update(n, 3 * SECOND);
	assert_string_equal(naming_of(n, 2)->pool, "fs_bio_set");
}

/* While a table is replaced, a device has its pools twice. */
static void a_device_gets_its_own_name_back(void **state)
{
	struct naming *n = *state;
	uint32_t i;

	for (i = 1; i <= 2; i++) {
		add(i, 0xffff888000000000 + i * 0x1000UL, -1);
		table[i].kind = RECORD_POOL_TYPED;
		table[i].offset = index_of("dm_mod", "mempools->bs");
		snprintf(table[i].disk, sizeof(table[i].disk), "dm-0");
	}
	update(n, SECOND);
	assert_string_equal(naming_of(n, 1)->pool, "bs");
	assert_string_equal(naming_of(n, 2)->pool, "bs #2");
	table[1].flags = RECORD_POOL_GONE;
	update(n, 2 * SECOND);
	assert_string_equal(naming_of(n, 2)->pool, "bs");
}

static void labels_are_of_members(void **state)
{
	static const struct {
		const char *module, *path, *label;
	} labels[] = {
		{ "dm_mod", "mempools->io_bs", "io_bs" },
		{ "md_mod", "bio_set", "bio_set" },
		{ "md_mod", "io_acct_set", "io_clone_set" },
		{ "bcache", "bio_split", "bcache_device" },
		{ "bcache", "bio_detached", "bcache_device.bio_detached" },
		{ "bcache", "c->bio_split", "cache_set" },
		{ "nvme", "ctrl->^nvme_dev.ctrl.iod_mempool", "iod_mempool" },
		{ "dm_crypt", "page_pool", "crypt.page_pool" },
		{ "dm_thin_pool", "pool->copier->job_pool", "thin-pool.pool.copier.job_pool" },
	};
	char label[POOLS_LABEL];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		members_label(index_of(labels[i].module, labels[i].path), label, sizeof(label));
		assert_string_equal(label, labels[i].label);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_are_of_members),
		cmocka_unit_test_setup_teardown(variables_have_their_own_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_owner_is_better_than_a_function, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_disk_that_changes_is_looked_at, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(walks_become_rare, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_stacks_a_name_is_left_for_later, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(namesakes_have_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_device_gets_its_own_name_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
