// SPDX-License-Identifier: GPL-2.0
/*
 * What -d and -p ask for, and what is said if that is nothing, or too much.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/choice.h"
#include "util/text_file.h"
#include "fixture.h"

#define POOLS 48

/* Pools as of a host with any number of devices; slots are 1, 2, ... */
struct host {
	struct read_pool pools[POOLS];
	struct read_snapshot s;
};

static struct read_pool *add(struct host *h, const char *device, const char *pool)
{
	struct read_pool *p = &h->pools[h->s.nr_pools++];

	assert_true(h->s.nr_pools <= POOLS);
	p->slot = (uint32_t)h->s.nr_pools;
	p->id.bs = 0xffff0000 + p->slot;
	p->id.mempool = p->id.bs + 8;
	snprintf(p->name.device, sizeof(p->name.device), "%s", device);
	snprintf(p->name.pool, sizeof(p->name.pool), "%s", pool);
	return p;
}

/* Slots 1 vda bio_split, 2 dm-0 bs, 3 dm-0 io_bs, 4 dm-0 bio_split, 5 its bvec_pool, 6 fs_bio_set. */
static void host_init(struct host *h)
{
	memset(h, 0, sizeof(*h));
	h->s.pools = h->pools;
	add(h, "vda", "bio_split")->id.kind = RECORD_POOL_BIO_SPLIT;
	add(h, "dm-0", "bs")->id.kind = RECORD_POOL_TYPED;
	add(h, "dm-0", "io_bs")->id.kind = RECORD_POOL_TYPED;
	add(h, "dm-0", "bio_split")->id.kind = RECORD_POOL_BIO_SPLIT;
	add(h, "dm-0", "bio_split.bvec_pool")->id.kind = RECORD_POOL_BIO_SPLIT;
	h->pools[4].id.flags = RECORD_POOL_IS_BVEC;
	add(h, "", "fs_bio_set");
}

static struct choice choice;

static enum choice_kind all(struct host *h, const char *device, const char *pool)
{
	choice_all(&h->s, &(struct model_filter){ .device = device, .pool = pool }, device,
		   &choice);
	return choice.kind;
}

static enum choice_kind one(struct host *h, const char *device, const char *pool)
{
	choice_one(&h->s, &(struct model_filter){ .device = device, .pool = pool }, device,
		   &choice);
	return choice.kind;
}

static void says(const char *want)
{
	struct text_file f;
	char *text;

	assert_non_null(text_file_open(&f));
	choice_print(f.out, &choice);
	text = text_file_close(&f);
	assert_string_equal(text, want);
	free(text);
}

static void a_filter_may_match_pools_of_several_devices(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	assert_int_equal(all(&h, NULL, NULL), CHOICE_FOUND);
	assert_int_equal(all(&h, NULL, "bio_split"), CHOICE_FOUND);
	assert_int_equal(all(&h, "dm-0", NULL), CHOICE_FOUND);
	assert_int_equal(all(&h, "", "fs_bio_set"), CHOICE_FOUND);
	says("");
}

static void a_device_that_is_not_there(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	assert_int_equal(all(&h, "dm-1", "bs"), CHOICE_NO_DEVICE);
	says("bioscope: no pool is of device \"dm-1\"; there is:\n"
	     "  -d dm-0\n"
	     "  -d vda\n");
	choice_all(&h.s, &(struct model_filter){ .dev = 0xfe00001 }, "/dev/vda1", &choice);
	assert_int_equal(choice.kind, CHOICE_NO_DEVICE);
	says("bioscope: no pool is of device \"/dev/vda1\"; there is:\n"
	     "  -d vda\n"
	     "  -d dm-0\n");
}

/* What a shell reads as the name that it is. */
static void a_device_of_odd_bytes_is_quoted(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	h.s.nr_pools = 0;
	add(&h, "x\xff", "bio_split");
	assert_int_equal(all(&h, "dm-1", NULL), CHOICE_NO_DEVICE);
	says("bioscope: no pool is of device \"dm-1\"; there is:\n"
	     "  -d $'x\\xff'\n");
}

static void a_pool_that_is_not_there(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	assert_int_equal(all(&h, "dm-0", "fs_bio_set"), CHOICE_NO_POOL);
	says("bioscope: device \"dm-0\" has no pool \"fs_bio_set\"; there is:\n"
	     "  -d dm-0 -p bio_split\n"
	     "  -d dm-0 -p bio_split.bvec_pool\n"
	     "  -d dm-0 -p bs\n"
	     "  -d dm-0 -p io_bs\n");
	assert_int_equal(all(&h, NULL, "dm-0 io_bs"), CHOICE_NO_POOL);
	says("bioscope: no pool is called \"dm-0 io_bs\"; there is:\n"
	     "  -p io_bs\n"
	     "  -p bio_split (2 pools)\n"
	     "  -p bio_split.bvec_pool\n"
	     "  -p bs\n"
	     "  -p fs_bio_set\n");
}

static void a_host_without_pools(void **state)
{
	struct host h;

	(void)state;
	memset(&h, 0, sizeof(h));
	h.s.pools = h.pools;
	assert_int_equal(all(&h, NULL, NULL), CHOICE_FOUND);
	assert_int_equal(all(&h, NULL, "bs"), CHOICE_NO_POOL);
	says("bioscope: no pool is called \"bs\"\n");
	assert_int_equal(all(&h, "dm-0", "bs"), CHOICE_NO_DEVICE);
	says("bioscope: no pool is of device \"dm-0\"\n");
	assert_int_equal(one(&h, NULL, NULL), CHOICE_NONE);
	says("bioscope: this host has no pool\n");
}

static void names_of_candidates_are_arguments_for_a_shell(void **state)
{
	struct host h;

	(void)state;
	memset(&h, 0, sizeof(h));
	h.s.pools = h.pools;
	add(&h, "", "of crypt_alloc_buffer()");
	assert_int_equal(all(&h, NULL, "crypt"), CHOICE_NO_POOL);
	says("bioscope: no pool is called \"crypt\"; there is:\n"
	     "  -p 'of crypt_alloc_buffer()'\n");
}

static void the_ten_most_alike_are_named(void **state)
{
	char name[16];
	struct host h;
	int i;

	(void)state;
	host_init(&h);
	for (i = 1; i < 30; i++) {
		snprintf(name, sizeof(name), "dm-%d", i);
		add(&h, name, "bs");
	}
	assert_int_equal(all(&h, "dm-2x", NULL), CHOICE_NO_DEVICE);
	says("bioscope: no pool is of device \"dm-2x\"; there is:\n"
	     "  -d dm-2\n  -d dm-20\n  -d dm-21\n  -d dm-22\n  -d dm-23\n"
	     "  -d dm-24\n  -d dm-25\n  -d dm-26\n  -d dm-27\n  -d dm-28\n"
	     "  and 21 more: `bioscope list' has them\n");
	assert_int_equal(one(&h, NULL, "bs"), CHOICE_SEVERAL);
	says("bioscope: one pool is held at a time, and several match -p \"bs\"; there is:\n"
	     "  -d dm-0 -p bs\n  -d dm-1 -p bs\n  -d dm-2 -p bs\n  -d dm-3 -p bs\n  -d dm-4 -p bs\n"
	     "  -d dm-5 -p bs\n  -d dm-6 -p bs\n  -d dm-7 -p bs\n  -d dm-8 -p bs\n  -d dm-9 -p bs\n"
	     "  and 20 more: `bioscope list' has them\n");
}

static void what_went_away_is_told_from_what_never_was(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	h.pools[1].id.flags = RECORD_POOL_GONE;
	assert_int_equal(all(&h, "dm-0", "bs"), CHOICE_GONE);
	says("bioscope: what was asked for went away while it was traced: -d \"dm-0\" -p \"bs\"; there is:\n"
	     "  -d dm-0 -p bio_split\n"
	     "  -d dm-0 -p bio_split.bvec_pool\n"
	     "  -d dm-0 -p io_bs\n");
	assert_int_equal(all(&h, "dm-0", NULL), CHOICE_FOUND);
	h.pools[2].id.flags = h.pools[3].id.flags = RECORD_POOL_GONE;
	h.pools[4].id.flags |= RECORD_POOL_GONE;
	assert_int_equal(all(&h, "dm-0", NULL), CHOICE_GONE);
	says("bioscope: what was asked for went away while it was traced: -d \"dm-0\"; there is:\n"
	     "  -d vda\n");
	assert_int_equal(one(&h, "dm-0", NULL), CHOICE_GONE);
	/* It came back: another pool, of the same name. */
	add(&h, "dm-0", "bs");
	assert_int_equal(all(&h, "dm-0", "bs"), CHOICE_FOUND);
	assert_int_equal(one(&h, "dm-0", "bs"), CHOICE_FOUND);
	assert_int_equal(choice.slot, 7);
}

static void one_pool_is_found_by_name_or_as_the_only_one(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	assert_int_equal(one(&h, "dm-0", "io_bs"), CHOICE_FOUND);
	assert_int_equal(choice.slot, 3);
	assert_int_equal(one(&h, "dm-0", "bio_split"), CHOICE_FOUND);
	assert_int_equal(choice.slot, 4);
	assert_int_equal(one(&h, NULL, "io_bs"), CHOICE_FOUND);
	assert_int_equal(one(&h, NULL, "fs_bio_set"), CHOICE_FOUND);
	assert_int_equal(choice.slot, 6);
	assert_int_equal(one(&h, "vda", NULL), CHOICE_FOUND);
	assert_int_equal(choice.slot, 1);
	h.pools[1].id.flags = RECORD_POOL_GONE;
	assert_int_equal(one(&h, "dm-0", NULL), CHOICE_FOUND); /* and not its bio_split */
	assert_int_equal(choice.slot, 3);
}

static void several_where_one_is_wanted(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	assert_int_equal(one(&h, "dm-0", NULL), CHOICE_SEVERAL);
	says("bioscope: one pool is held at a time, and several match -d \"dm-0\"; there is:\n"
	     "  -d dm-0 -p bio_split\n"
	     "  -d dm-0 -p bio_split.bvec_pool\n"
	     "  -d dm-0 -p bs\n"
	     "  -d dm-0 -p io_bs\n");
	add(&h, "", "io_bs");
	assert_int_equal(one(&h, NULL, "io_bs"), CHOICE_SEVERAL);
	says("bioscope: one pool is held at a time, and several match -p \"io_bs\"; there is:\n"
	     "  -d '' -p io_bs\n"
	     "  -d dm-0 -p io_bs\n");
	assert_int_equal(one(&h, "", "io_bs"), CHOICE_FOUND);
	assert_int_equal(choice.slot, 7);
	assert_int_equal(one(&h, NULL, NULL), CHOICE_SEVERAL);
	add(&h, "dm-0", "io_bs");
	assert_int_equal(one(&h, "dm-0", "io_bs"), CHOICE_SEVERAL);
	says("bioscope: one pool is held at a time, and several match -d \"dm-0\" -p \"io_bs\"; there is:\n"
	     "  -d dm-0 -p io_bs (2 pools that have one name: none can be held)\n");
}

static void other_pools_are_meant_if_named_or_alone(void **state)
{
	struct host h;

	(void)state;
	host_init(&h);
	assert_int_equal(one(&h, "dm-0", "bio_split.bvec_pool"), CHOICE_FOUND);
	assert_int_equal(choice.slot, 5);
	add(&h, "dm-9", "of f()")->id.bs = 0;
	assert_int_equal(one(&h, NULL, "of f()"), CHOICE_FOUND);
	assert_int_equal(choice.slot, 7);
	assert_int_equal(one(&h, "dm-9", NULL), CHOICE_FOUND);
	assert_int_equal(choice.slot, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_filter_may_match_pools_of_several_devices),
		cmocka_unit_test(a_device_that_is_not_there),
		cmocka_unit_test(a_device_of_odd_bytes_is_quoted),
		cmocka_unit_test(a_pool_that_is_not_there),
		cmocka_unit_test(a_host_without_pools),
		cmocka_unit_test(names_of_candidates_are_arguments_for_a_shell),
		cmocka_unit_test(the_ten_most_alike_are_named),
		cmocka_unit_test(what_went_away_is_told_from_what_never_was),
		cmocka_unit_test(one_pool_is_found_by_name_or_as_the_only_one),
		cmocka_unit_test(several_where_one_is_wanted),
		cmocka_unit_test(other_pools_are_meant_if_named_or_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
