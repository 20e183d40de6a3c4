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

static __always_inline void leave(struct gendisk *disk, __u64 private_data, __u64 table,
				  __s32 level)
{
	__u32 i = nr_strangers;

	barrier_var(i);
	if (i >= STRANGERS)
		return;
	strangers[i].disk = (__u64)disk;
	strangers[i].private_data = private_data;
	strangers[i].table = table;
	strangers[i].level = level;
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
		leave(disk, priv, 0, 0);
}

/* What the personality has of its own is left to the tools; which it is, its level tells. */
static __noinline int add_array(struct gendisk *disk, struct mddev *mddev)
{
	__u64 conf = (__u64)BPF_CORE_READ(mddev, private);
	int level = BPF_CORE_READ(mddev, level);
	/* A personality that takes over changes both. */
	bool same = conf == (__u64)BPF_CORE_READ(mddev, private);

	ADD_MEMBER(disk, mddev, struct mddev, bio_set, RECORD_POOL_MD_BIO_SET);
	ADD_MEMBER(disk, mddev, struct mddev, sync_set, RECORD_POOL_MD_SYNC_SET);
	ADD_MEMBER(disk, mddev, struct mddev, io_clone_set, RECORD_POOL_MD_IO_CLONE);
	ADD_MEMBER(disk, mddev, struct mddev___acct, io_acct_set, RECORD_POOL_MD_IO_CLONE);
	if (conf && same && level > 0)
		leave(disk, conf, 0, level);
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
			leave(disk, 0, (__u64)table, 0);
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

#endif
