// SPDX-License-Identifier: GPL-2.0
/*
 * Names of pools: after the disk that owns them, the variable they are, or who allocates from them.
 */
#include "load/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "load/ksyms.h"
#include "load/members.h"
#include "load/variables.h"

/*
 * What the bio_sets in a driver's private data are, in the order they lie there, for kernels
 * without BTF of modules: struct mddev, drivers/md/md.h; struct bcache_device,
 * drivers/md/bcache/bcache.h; struct stack_blk_dev. (Those of dm are behind a pointer.)
 */
static const struct {
	const char *module, *labels[3];
} members[] = {
	{ "md_mod", { "bio_set", "sync_set", "io_clone_set" } },
	{ "bcache", { "bcache_device" } },
	{ "stack_blk", { "bs", "split_bs" } },
};

static void member_label(const struct record_pool *table, uint32_t slot, struct pools_name *name)
{
	const struct record_pool *pool = &table[slot];
	size_t i, before = 0;

	for (i = 0; i < RECORD_POOLS; i++)
		before += table[i].mempool && table[i].kind == RECORD_POOL_MEMBER &&
			  table[i].dev == pool->dev && table[i].offset < pool->offset &&
			  !(table[i].flags & (RECORD_POOL_IS_BVEC | RECORD_POOL_GONE));
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].module, pool->module) || before >= 3 ||
		    !members[i].labels[before])
			continue;
		snprintf(name->pool, sizeof(name->pool), "%s", members[i].labels[before]);
		return;
	}
	snprintf(name->pool, sizeof(name->pool), "bio_set+%u", pool->offset);
}

static void typed_label(const struct record_pool *pool, struct pools_name *name)
{
	members_label(pool->offset, name->pool, sizeof(name->pool));
	snprintf(name->module, sizeof(name->module), "%s",
		 members_table[pool->offset % MEMBERS].module);
}

static void add_suffix(const struct record_pool *pool, struct pools_name *name)
{
	size_t len = strlen(name->pool);

	if (pool->flags & RECORD_POOL_IS_BVEC)
		snprintf(name->pool + len, sizeof(name->pool) - len, ".bvec_pool");
}

bool names_by_owner(const struct record_pool *table, uint32_t slot, struct pools_name *name)
{
	const struct record_pool *pool = &table[slot];

	if (!pool->kind)
		return false;
	snprintf(name->device, sizeof(name->device), "%s", pool->disk);
	snprintf(name->module, sizeof(name->module), "%s", pool->module);
	if (pool->kind == RECORD_POOL_BIO_SPLIT)
		snprintf(name->pool, sizeof(name->pool), "bio_split");
	else if (pool->kind == RECORD_POOL_TYPED)
		typed_label(pool, name);
	else if (pool->kind == RECORD_POOL_VARIABLE)
		variables_label(pool->offset, name->pool, sizeof(name->pool));
	else
		member_label(table, slot, name);
	add_suffix(pool, name);
	return true;
}

void names_by_symbol(const struct record_pool *table, const uint32_t *slots, uint32_t n,
		     struct pools_name *names)
{
	struct ksyms_at *at = calloc(n, sizeof(*at));
	uint32_t i;

	for (i = 0; at && i < n; i++)
		at[i].addr = table[slots[i]].bs ? table[slots[i]].bs : table[slots[i]].mempool;
	if (!at || ksyms_by_addr(at, n))
		n = 0;
	for (i = 0; i < n; i++) {
		if (at[i].start != at[i].addr)
			continue;
		snprintf(names[i].pool, sizeof(names[i].pool), "%s", at[i].name);
		snprintf(names[i].module, sizeof(names[i].module), "%s", at[i].module);
		add_suffix(&table[slots[i]], &names[i]);
	}
	free(at);
}

/* Frames between the allocation, or the making, and whoever owns the bio_set. */
static bool is_plumbing(const char *symbol)
{
	static const char *const prefixes[] = {
		"bpf_",		"bio_alloc",	"bio_split",	   "blk_next_bio",
		"mempool_",	"arch_rethook", "kprobe_",	   "bvec_alloc",
		"bioset_init",	"dm_io_client", "dm_bufio_client", "dm_kcopyd_client",
		"dm_block_man",
	};
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(symbol, prefixes[i], strlen(prefixes[i])))
			return true;
	return !symbol[0];
}

bool names_by_stack(const struct record_pool *pool, int stacks_fd, struct pools_name *name)
{
	uint64_t ip[RECORD_STACK_DEPTH] = { 0 };
	struct ksyms_at at[RECORD_STACK_DEPTH];
	size_t i, n = 0;

	snprintf(name->pool, sizeof(name->pool), "unnamed");
	add_suffix(pool, name);
	if (stacks_fd < 0 || pool->stack < 0 || bpf_map_lookup_elem(stacks_fd, &pool->stack, ip))
		return false;
	for (; n < RECORD_STACK_DEPTH && ip[n]; n++)
		at[n].addr = ip[n];
	if (ksyms_by_addr(at, n))
		return false;
	for (i = 0; i < n && is_plumbing(at[i].name); i++)
		;
	if (i == n)
		return false;
	snprintf(name->pool, sizeof(name->pool), "of %.40s()", at[i].name);
	snprintf(name->module, sizeof(name->module), "%s", at[i].module);
	add_suffix(pool, name);
	return true;
}
