/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What disks and their drivers own: found by the types of drivers that are known. The rest is left
 * to the tools: private data of others, and tables of dm, whose targets have pools of their own.
 */
#ifndef BIOSCOPE_DRIVERS_BPF_H
#define BIOSCOPE_DRIVERS_BPF_H

#include "pool.bpf.h"

/* Operations of drivers, which tell them where they are no modules; 0: not known. */
const volatile __u64 ksym_dm_blk_dops = 0;
const volatile __u64 ksym_md_fops = 0;

/* What is left to the tools, of the disks looked at in one run. */
#define STRANGERS 64
struct record_stranger strangers[STRANGERS];
__u32 nr_strangers = 0;

/* Where members of structures are that the tools follow; -1: there are none. */
struct record_table_layout table_layout;
__s32 member_at[RECORD_MEMBERS];

/* What add_member is to add. */
struct record_stranger member_of;
__u64 member_address = 0;
__u32 member_kind = 0;
__u32 member_offset = 0;

static __always_inline bool module_is(const char *a, const char *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* By the name of its module, or, where it is built in, by its operations. */
#define DRIVER_IS(pool, name, ops)                        \
	(module_is((pool)->module, name, sizeof(name)) || \
	 ((ops) && (ops) == (__u64)BPF_CORE_READ(disk, fops)))

/* Whose the pool of a slot is. */
static __always_inline void owned_by(__u32 slot, struct gendisk *disk, __u32 kind, __u32 offset)
{
	struct block_device_operations *fops;
	struct record_pool *pool = pool_at(slot);
	struct module *owner;

	if (!pool)
		return;
	/* What lies behind the private data may be another disk's: the nearest owns it. */
	if (kind == RECORD_POOL_MEMBER && pool->kind &&
	    (pool->kind != RECORD_POOL_MEMBER || pool->offset <= offset))
		return;
	pool->kind = kind;
	pool->offset = offset;
	BPF_CORE_READ_INTO(&pool->dev, disk, part0, bd_dev);
	BPF_CORE_READ_STR_INTO(&pool->disk, disk, disk_name);
	fops = (void *)BPF_CORE_READ(disk, fops);
	owner = BPF_CORE_READ(fops, owner);
	if (owner)
		BPF_CORE_READ_STR_INTO(&pool->module, owner, name);
}

/*
 * Behind a driver's private data lies what may be anything. What only looks like a bio_set, or is a
 * copy of one, is not where the list of those who wait for it points back to.
 */
static __always_inline bool is_in_place(__u64 mempool)
{
	struct list_head *head = (void *)(mempool + MEMPOOL_OFFSET(wait.head));

	return BPF_CORE_READ(head, next, prev) == head;
}

/* Global, as add_disk() is, so that the verifier looks at it once and not for every call. */
int add_owned(__u64 bs_address, __u64 disk_address, __u32 kind, __u32 offset)
{
	struct bio_set *bs = (void *)bs_address;
	struct gendisk *disk = (void *)disk_address;
	struct record_pool *pool;
	long slot;

	if (!bs || !pool_is_bio_set(bs))
		return 0;
	if ((kind == RECORD_POOL_MEMBER || kind == RECORD_POOL_TARGET) &&
	    !is_in_place((__u64)pool_bio_pool(bs)))
		return 0;
	slot = pool_slot_of_set(bs);
	if (slot < 0)
		return 0;
	owned_by(slot, disk, kind, offset);
	pool = pool_at(slot);
	if (pool && pool->bvec_slot)
		owned_by(pool->bvec_slot, disk, kind, offset);
	/* It may have gone before it had a slot, which was not seen then. */
	if (!mempool_elements(pool_bio_pool(bs)))
		pool_gone_set(bs);
	return 0;
}

static __always_inline __u64 field(void *base, __u64 offset)
{
	return (__u64)base + offset;
}

#define ADD_MEMBER(disk, base, type, member, kind)                                               \
	do {                                                                                     \
		if (bpf_core_field_exists(((type *)0)->member))                                  \
			add_owned(field(base, bpf_core_field_offset(type, member)), (__u64)disk, \
				  kind, 0);                                                      \
	} while (0)

static __always_inline void leave(struct gendisk *disk, __u64 private_data, __u64 table)
{
	__u32 i = nr_strangers;

	barrier_var(i);
	if (i >= STRANGERS)
		return;
	strangers[i].disk = (__u64)disk;
	strangers[i].private_data = private_data;
	strangers[i].table = table;
	nr_strangers = i + 1;
}

/*
 * A driver whose types are not known, because the kernel has no BTF of modules or the driver is
 * none of the above, is left to the tools, which know bio_sets by what they are made of.
 */
static __always_inline void add_stranger(struct gendisk *disk)
{
	struct block_device_operations *fops = (void *)BPF_CORE_READ(disk, fops);
	__u64 priv = (__u64)BPF_CORE_READ(disk, private_data);

	/* Drivers of requests clone none. */
	if (priv && BPF_CORE_READ(fops, submit_bio))
		leave(disk, priv, 0);
}

/* Which personality an array has is told by its level. */
static __noinline int add_array(struct gendisk *disk, struct mddev *mddev)
{
	void *conf = BPF_CORE_READ(mddev, private);
	int level = BPF_CORE_READ(mddev, level);

	ADD_MEMBER(disk, mddev, struct mddev, bio_set, RECORD_POOL_MD_BIO_SET);
	ADD_MEMBER(disk, mddev, struct mddev, sync_set, RECORD_POOL_MD_SYNC_SET);
	ADD_MEMBER(disk, mddev, struct mddev, io_clone_set, RECORD_POOL_MD_IO_CLONE);
	ADD_MEMBER(disk, mddev, struct mddev___acct, io_acct_set, RECORD_POOL_MD_IO_CLONE);
	if (!conf)
		return 1;
	if (level == 1)
		ADD_MEMBER(disk, conf, struct r1conf, bio_split, RECORD_POOL_RAID1_SPLIT);
	else if (level == 10)
		ADD_MEMBER(disk, conf, struct r10conf, bio_split, RECORD_POOL_RAID10_SPLIT);
	else if (level >= 4 && level <= 6)
		ADD_MEMBER(disk, conf, struct r5conf, bio_split, RECORD_POOL_RAID5_SPLIT);
	return 1;
}

/* Returns whether the driver is one whose types are known. */
static __noinline int add_driver_pools(struct gendisk *disk, struct record_pool *split)
{
	void *priv = BPF_CORE_READ(disk, private_data), *table;

	if (!priv || !split)
		return 0;
	if (DRIVER_IS(split, "stack_blk", 0)) {
		ADD_MEMBER(disk, priv, struct stack_blk_dev, bs, RECORD_POOL_STACK_BLK);
		ADD_MEMBER(disk, priv, struct stack_blk_dev, split_bs, RECORD_POOL_STACK_BLK_SPLIT);
		return bpf_core_type_exists(struct stack_blk_dev);
	} else if (DRIVER_IS(split, "dm_mod", ksym_dm_blk_dops)) {
		if (!bpf_core_field_exists(((struct mapped_device *)0)->mempools))
			return 0;
		table = BPF_CORE_READ((struct mapped_device *)priv, map);
		if (table)
			leave(disk, 0, (__u64)table);
		priv = BPF_CORE_READ((struct mapped_device *)priv, mempools);
		if (!priv)
			return 1;
		ADD_MEMBER(disk, priv, struct dm_md_mempools, bs, RECORD_POOL_DM_BS);
		ADD_MEMBER(disk, priv, struct dm_md_mempools, io_bs, RECORD_POOL_DM_IO_BS);
		return 1;
	} else if (DRIVER_IS(split, "md_mod", ksym_md_fops)) {
		if (!bpf_core_type_exists(struct mddev))
			return 0;
		return add_array(disk, priv);
	} else if (DRIVER_IS(split, "bcache", 0)) {
		ADD_MEMBER(disk, priv, struct bcache_device, bio_split, RECORD_POOL_BCACHE);
		ADD_MEMBER(disk, priv, struct bcache_device, bio_detached,
			   RECORD_POOL_BCACHE_DETACHED);
		return bpf_core_type_exists(struct bcache_device);
	}
	return 0;
}

/* Stores are volatile so that what does not exist is not computed beforehand. */
#define LEARN(to, type, member)                                                         \
	do {                                                                            \
		*(volatile __s32 *)&(to) = -1;                                          \
		if (bpf_core_field_exists(((type *)0)->member))                         \
			*(volatile __s32 *)&(to) = bpf_core_field_offset(type, member); \
	} while (0)

/* Of dm and its targets. */
static __noinline int learn_members(void)
{
	LEARN(table_layout.num_targets, struct dm_table, num_targets);
	LEARN(table_layout.targets, struct dm_table, targets);
	LEARN(table_layout.type, struct dm_target, type);
	LEARN(table_layout.private_data, struct dm_target, private);
	LEARN(table_layout.name, struct target_type, name);
	LEARN(table_layout.io_bios, struct dm_io_client, bios);
	table_layout.target_size = bpf_core_type_size(struct dm_target);
	LEARN(member_at[RECORD_MEMBER_CRYPT_BS], struct crypt_config, bs);
	LEARN(member_at[RECORD_MEMBER_CRYPT_PAGES], struct crypt_config, page_pool);
	LEARN(member_at[RECORD_MEMBER_CRYPT_REQUESTS], struct crypt_config, req_pool);
	LEARN(member_at[RECORD_MEMBER_CRYPT_TAGS], struct crypt_config, tag_pool);
	LEARN(member_at[RECORD_MEMBER_CACHE_BS], struct cache, bs);
	LEARN(member_at[RECORD_MEMBER_CACHE_MIGRATIONS], struct cache, migration_pool);
	LEARN(member_at[RECORD_MEMBER_INTEGRITY_IO], struct dm_integrity_c, io);
	LEARN(member_at[RECORD_MEMBER_INTEGRITY_JOURNAL], struct dm_integrity_c,
	      journal_io_mempool);
	LEARN(member_at[RECORD_MEMBER_INTEGRITY_RECHECK], struct dm_integrity_c, recheck_bios);
	LEARN(member_at[RECORD_MEMBER_INTEGRITY_RECALC], struct dm_integrity_c, recalc_bios);
	LEARN(member_at[RECORD_MEMBER_WRITECACHE_BS], struct dm_writecache, bio_set);
	LEARN(member_at[RECORD_MEMBER_WRITECACHE_COPIES], struct dm_writecache, copy_pool);
	LEARN(member_at[RECORD_MEMBER_WRITECACHE_IO], struct dm_writecache, dm_io);
	LEARN(member_at[RECORD_MEMBER_ZONED_BS], struct dmz_target, bio_set);
	LEARN(member_at[RECORD_MEMBER_MIRROR_IO], struct mirror_set, io_client);
	LEARN(member_at[RECORD_MEMBER_CLONE_HYDRATIONS], struct clone, hydration_pool);
	LEARN(member_at[RECORD_MEMBER_SNAPSHOT_PENDING], struct dm_snapshot, pending_pool);
	return 0;
}

#endif
