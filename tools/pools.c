// SPDX-License-Identifier: GPL-2.0
/*
 * Finding every bio_set of the host and giving it a name.
 */
#include "pools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "discover.skel.h"
#include "ksyms.h"
#include "msg.h"

#define WALK_RUNS 4096 /* of 64 inodes each: an end to a list that never ends */

/*
 * bio_sets that are variables of the kernel or of a module, found in block/, fs/ and drivers/ of
 * 5.10 to 7.3. Only needed to list those that are idle: one that is used is named by its address.
 */
static const char *const named[] = {
	"fs_bio_set",
	"blkdev_dio_pool",
	"iomap_ioend_bioset",
	"iomap_ioend_split_bioset",
	"iomap_dio_simple_pool",
	"crypto_bio_split",
	"enc_bio_set",
	"bounce_bio_set",
	"bounce_bio_split",
	"f2fs_bioset",
	"btrfs_bioset",
	"btrfs_clone_bioset",
	"btrfs_repair_bioset",
	"btrfs_compressed_bioset",
	"btrfs_dio_bioset",
	"pkt_bio_set",
	"drbd_md_io_bio_set",
	"drbd_io_bio_set",
	"ntfs_mft_bioset",
};

#define NAMED (sizeof(named) / sizeof(named[0]))

struct pools {
	struct discover_bpf *skel;
	struct record_pool *table; /* mmapped */
	uint64_t *lost; /* mmapped */
	uint64_t sb_addr; /* &blockdev_superblock */
	struct pools_name names[RECORD_POOLS];
};

static int run_once(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	return err < 0 ? err : 0;
}

static struct discover_bpf *open_skel(const struct pools *p)
{
	struct discover_bpf *skel = discover_bpf__open();
	int err;

	if (!skel)
		return NULL;
	skel->rodata->ksym_blockdev_superblock = p->sb_addr;
	if (p->skel) {
		err = bpf_map__reuse_fd(skel->maps.pools, bpf_map__fd(p->skel->maps.pools));
		err = err ?: bpf_map__reuse_fd(skel->maps.slots, bpf_map__fd(p->skel->maps.slots));
		err = err ?: bpf_map__reuse_fd(skel->maps.used, bpf_map__fd(p->skel->maps.used));
		err = err ?: bpf_map__reuse_fd(skel->maps.lost, bpf_map__fd(p->skel->maps.lost));
		if (err)
			goto fail;
	}
	err = discover_bpf__load(skel);
	if (err)
		goto fail;
	return skel;
fail:
	discover_bpf__destroy(skel);
	errno = -err;
	return NULL;
}

static int walk(struct discover_bpf *skel)
{
	int i, err = 0;

	for (i = 0; i < WALK_RUNS && !err && !skel->bss->walk_done; i++)
		err = run_once(skel->progs.walk_disks);
	return err;
}

static int add_named(struct discover_bpf *skel, const struct ksyms_want *want)
{
	size_t i;
	int err = 0;

	for (i = 0; i < NAMED && !err; i++) {
		if (!want[i].addr)
			continue;
		skel->bss->named_bs = want[i].addr;
		err = run_once(skel->progs.add_named);
	}
	return err;
}

static void *map_array(const struct bpf_map *map)
{
	size_t size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *mem = mmap(NULL, size, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	return mem == MAP_FAILED ? NULL : mem;
}

static int find_symbols(struct pools *p, struct ksyms_want *want)
{
	size_t i;
	int err;

	for (i = 0; i < NAMED; i++)
		want[i].name = named[i];
	want[NAMED].name = "blockdev_superblock";
	err = ksyms_by_name(want, NAMED + 1);
	if (err) {
		msg_error("cannot read kernel addresses from /proc/kallsyms: %s; run as root, with "
			  "kernel.kptr_restrict at 0 or 1",
			  strerror(-err));
		return err;
	}
	p->sb_addr = want[NAMED].addr;
	return 0;
}

int pools_open(struct pools **out)
{
	struct ksyms_want want[NAMED + 1];
	struct pools *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	err = find_symbols(p, want);
	if (err)
		goto fail;
	p->skel = open_skel(p);
	if (!p->skel) {
		err = -errno;
		msg_error("cannot load the program that finds bio_sets: %s; `bioscope doctor` says "
			  "what is missing",
			  strerror(errno));
		goto fail;
	}
	p->table = map_array(p->skel->maps.pools);
	p->lost = map_array(p->skel->maps.lost);
	err = p->table && p->lost ? 0 : -errno;
	err = err ?: walk(p->skel);
	err = err ?: add_named(p->skel, want);
	if (err) {
		msg_error("cannot walk the host's block devices: %s", strerror(-err));
		goto fail;
	}
	*out = p;
	return 0;
fail:
	pools_close(p);
	return err;
}

void pools_close(struct pools *p)
{
	if (!p)
		return;
	discover_bpf__destroy(p->skel);
	free(p);
}

void pools_map_fds(const struct pools *p, int *pools_fd, int *slots_fd, int *used_fd, int *lost_fd)
{
	*pools_fd = bpf_map__fd(p->skel->maps.pools);
	*slots_fd = bpf_map__fd(p->skel->maps.slots);
	*used_fd = bpf_map__fd(p->skel->maps.used);
	*lost_fd = bpf_map__fd(p->skel->maps.lost);
}

const struct record_pool *pools_table(const struct pools *p)
{
	return p->table;
}

const uint64_t *pools_lost(const struct pools *p)
{
	return p->lost;
}

int pools_refresh(struct pools *p)
{
	int err = 0;

	p->skel->bss->levels_next = 0;
	while (!err && p->skel->bss->levels_next < RECORD_POOLS)
		err = run_once(p->skel->progs.read_levels);
	return err;
}

static const char *kind_label(uint32_t kind)
{
	static const char *const labels[RECORD_POOL_KINDS] = {
		[RECORD_POOL_BIO_SPLIT] = "bio_split",
		[RECORD_POOL_STACK_BLK] = "bs",
		[RECORD_POOL_DM_BS] = "bs",
		[RECORD_POOL_DM_IO_BS] = "io_bs",
		[RECORD_POOL_MD_BIO_SET] = "bio_set",
		[RECORD_POOL_MD_SYNC_SET] = "sync_set",
		[RECORD_POOL_MD_IO_CLONE] = "io_clone_set",
		[RECORD_POOL_BCACHE] = "bcache_device",
	};

	return kind < RECORD_POOL_KINDS ? labels[kind] : NULL;
}

static bool name_by_owner(struct pools_name *name, const struct record_pool *pool)
{
	const char *label = kind_label(pool->kind);

	if (!label)
		return false;
	snprintf(name->device, sizeof(name->device), "%s", pool->disk);
	snprintf(name->pool, sizeof(name->pool), "%s", label);
	snprintf(name->module, sizeof(name->module), "%s", pool->module);
	name->known = true;
	return true;
}

/* Names slots that no disk owns after the variable at their address. */
static void name_by_symbol(struct pools *p)
{
	struct ksyms_at at[RECORD_POOLS];
	uint32_t slot[RECORD_POOLS], i, n = 0;

	for (i = 0; i < RECORD_POOLS; i++) {
		if (!p->table[i].bs || p->names[i].known)
			continue;
		at[n].addr = p->table[i].bs;
		slot[n++] = i;
	}
	if (ksyms_by_addr(at, n))
		return;
	for (i = 0; i < n; i++) {
		struct pools_name *name = &p->names[slot[i]];

		if (at[i].start != at[i].addr)
			continue;
		snprintf(name->pool, sizeof(name->pool), "%s", at[i].name);
		snprintf(name->module, sizeof(name->module), "%s", at[i].module);
		name->known = true;
	}
}

/* Frames between the allocation and whoever owns the bio_set. */
static bool is_plumbing(const char *symbol)
{
	static const char *const prefixes[] = { "bpf_", "bio_alloc", "bio_split", "bio_clone",
						"blk_next_bio", "mempool_", "arch_rethook" };
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(symbol, prefixes[i], strlen(prefixes[i])))
			return true;
	return !symbol[0];
}

/* Last resort: after the function that allocates from it. */
static void name_by_stack(struct pools_name *name, const struct record_pool *pool, int stacks_fd)
{
	uint64_t ip[RECORD_STACK_DEPTH] = { 0 };
	struct ksyms_at at[RECORD_STACK_DEPTH];
	size_t i, n = 0;

	snprintf(name->pool, sizeof(name->pool), "unnamed");
	if (stacks_fd < 0 || pool->stack < 0 || bpf_map_lookup_elem(stacks_fd, &pool->stack, ip))
		return;
	for (; n < RECORD_STACK_DEPTH && ip[n]; n++)
		at[n].addr = ip[n];
	if (ksyms_by_addr(at, n))
		return;
	for (i = 0; i < n && is_plumbing(at[i].name); i++)
		;
	if (i == n)
		return;
	snprintf(name->pool, sizeof(name->pool), "of %.56s()", at[i].name);
	snprintf(name->module, sizeof(name->module), "%s", at[i].module);
}

/* A fresh object, because the driver that owns the pool may be newer than the first one. */
static void walk_again(struct pools *p)
{
	struct discover_bpf *skel = open_skel(p);

	if (!skel)
		return;
	walk(skel);
	discover_bpf__destroy(skel);
}

/* Slots are given out once, so a name is for good. Returns how many pools are still unnamed. */
static uint32_t name_owned(struct pools *p)
{
	uint32_t i, unnamed = 0;

	for (i = 0; i < RECORD_POOLS; i++)
		if (p->table[i].bs && !p->names[i].known &&
		    !name_by_owner(&p->names[i], &p->table[i]))
			unnamed++;
	return unnamed;
}

void pools_name_all(struct pools *p, int stacks_fd)
{
	uint32_t i;

	if (!name_owned(p))
		return;
	name_by_symbol(p);
	if (!name_owned(p))
		return;
	walk_again(p);
	if (!name_owned(p))
		return;
	for (i = 0; i < RECORD_POOLS; i++) {
		if (!p->table[i].bs || p->names[i].known)
			continue;
		name_by_stack(&p->names[i], &p->table[i], stacks_fd);
		p->names[i].known = stacks_fd >= 0;
	}
}

const struct pools_name *pools_name_of(const struct pools *p, uint32_t slot)
{
	return &p->names[slot];
}
