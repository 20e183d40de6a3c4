// SPDX-License-Identifier: GPL-2.0
/*
 * Pools of block drivers (drivers/md and drivers/nvme, 6.1 to 7.3): where they are, and what they are called.
 * What is not here has a name when its reserve is needed, after who asked for it.
 */
#include "load/members.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
const struct member members_table[MEMBERS] = {
	{ "", "stack_blk", "stack_blk_dev", "bs" },
	{ "", "stack_blk", "stack_blk_dev", "split_bs" },
	{ "", "stack_blk", "stack_blk_dev", "state_pool" },
	{ "", "stack_blk", "stack_blk_dev", "page_pool" },
	{ "", "bcache", "bcache_device", "bio_split" },
	{ "", "bcache", "bcache_device", "bio_detached" },
	{ "", "bcache", "bcache_device", "c->bio_split" },
	{ "", "dm_mod", "mapped_device", "mempools->bs" },
	{ "", "dm_mod", "mapped_device", "mempools->io_bs" },
	{ "", "md_mod", "mddev", "bio_set" },
	{ "", "md_mod", "mddev", "sync_set" },
	{ "", "md_mod", "mddev", "io_clone_set" },
	/* Its name before c687297b8845 ("md: also clone new io if io accounting is disabled"). */
	{ "", "md_mod", "mddev", "io_acct_set" },
	{ "", "nvme", "nvme_ns", "ctrl->^nvme_dev.ctrl.iod_mempool" },
	{ "", "nvme", "nvme_ns", "ctrl->^nvme_dev.ctrl.iod_meta_mempool" },
	{ "", "nvme", "nvme_ns", "ctrl->^nvme_dev.ctrl.dmavec_mempool" },
	{ "crypt", "dm_crypt", "crypt_config", "bs" },
	{ "crypt", "dm_crypt", "crypt_config", "page_pool" },
	{ "crypt", "dm_crypt", "crypt_config", "req_pool" },
	{ "crypt", "dm_crypt", "crypt_config", "tag_pool" },
	{ "cache", "dm_cache", "cache", "bs" },
	{ "cache", "dm_cache", "cache", "migration_pool" },
	{ "cache", "dm_cache", "cache", "copier->job_pool" },
	{ "cache", "dm_cache", "cache", "copier->io_client->pool" },
	{ "cache", "dm_cache", "cache", "copier->io_client->bios" },
	{ "clone", "dm_clone", "clone", "hydration_pool" },
	{ "clone", "dm_clone", "clone", "kcopyd_client->job_pool" },
	{ "clone", "dm_clone", "clone", "kcopyd_client->io_client->pool" },
	{ "clone", "dm_clone", "clone", "kcopyd_client->io_client->bios" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "io->pool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "io->bios" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "journal_io_mempool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "recheck_pool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "ahash_req_pool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "recheck_bios" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "recalc_bios" },
	{ "mirror", "dm_mirror", "mirror_set", "io_client->pool" },
	{ "mirror", "dm_mirror", "mirror_set", "io_client->bios" },
	{ "mirror", "dm_mirror", "mirror_set", "kcopyd_client->job_pool" },
	{ "mirror", "dm_mirror", "mirror_set", "kcopyd_client->io_client->pool" },
	{ "mirror", "dm_mirror", "mirror_set", "kcopyd_client->io_client->bios" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "pending_pool" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "kcopyd_client->job_pool" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "kcopyd_client->io_client->pool" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "kcopyd_client->io_client->bios" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->mapping_pool" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->copier->job_pool" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->copier->io_client->pool" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->copier->io_client->bios" },
	{ "verity", "dm_verity", "dm_verity", "io->pool" },
	{ "verity", "dm_verity", "dm_verity", "io->bios" },
	{ "verity", "dm_verity", "dm_verity", "recheck_pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "bio_set" },
	{ "writecache", "dm_writecache", "dm_writecache", "copy_pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_io->pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_io->bios" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_kcopyd->job_pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_kcopyd->io_client->pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_kcopyd->io_client->bios" },
	{ "zoned", "dm_zoned", "dmz_target", "bio_set" },
	{ "raid1", "raid1", "r1conf", "bio_split" },
	{ "raid1", "raid1", "r1conf", "r1bio_pool" },
	{ "raid10", "raid10", "r10conf", "bio_split" },
	{ "raid10", "raid10", "r10conf", "r10bio_pool" },
	{ "raid456", "raid456", "r5conf", "bio_split" },
	{ "raid456", "raid456", "r5conf", "ctx_pool" },
	{ "raid456", "raid456", "r5conf", "log->io_pool" },
	{ "raid456", "raid456", "r5conf", "log->meta_pool" },
	{ "raid456", "raid456", "r5conf", "log->bs" },
};
/* clang-format on */

/* Those that are called otherwise: each disk has a bio_split, and one pool has one name on all kernels. */
static const struct {
	const char *type, *path, *label;
} named[] = {
	{ "bcache_device", "bio_split", "bcache_device" },
	{ "bcache_device", "bio_detached", "bcache_device.bio_detached" },
	{ "bcache_device", "c->bio_split", "cache_set" },
	{ "mddev", "io_acct_set", "io_clone_set" },
};

static const char *name_of(const struct member *m)
{
	size_t i;

	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (!strcmp(m->type, named[i].type) && !strcmp(m->path, named[i].path))
			return named[i].label;
	return NULL;
}

/* The last name of a path. */
static const char *last_of(const char *path)
{
	const char *name, *last = path;

	for (name = path; (name = strpbrk(name, ">.")); name++)
		last = name + 1;
	return last;
}

void members_label(uint32_t i, char *out, size_t size)
{
	const struct member *m = &members_table[i % MEMBERS];
	const char *name = name_of(m);
	char *arrow;

	/* Beside a disk's name that of the member is enough. */
	if (name || !m->owner[0]) {
		snprintf(out, size, "%s", name ?: last_of(m->path));
		return;
	}
	snprintf(out, size, "%s.%s", m->owner, m->path);
	while ((arrow = strstr(out, "->"))) {
		*arrow = '.';
		memmove(arrow + 1, arrow + 2, strlen(arrow + 2) + 1);
	}
}
