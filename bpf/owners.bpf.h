/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns a pool. What a disk's driver has of its own is left to the tools, which know the types
 * of drivers (tools/load/owners.c).
 */
#ifndef BIOSCOPE_OWNERS_BPF_H
#define BIOSCOPE_OWNERS_BPF_H

#include "pool.bpf.h"

#define MOVING 8 /* looks at a list that others may be changing */

/* What add_member is to add. */
struct record_gendisk member_of;
__u64 member_address = 0;
__u32 member_kind = 0;
__u32 member_offset = 0;

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
	/* One that several disks share, as namespaces do, is the first one's. */
	if (kind == RECORD_POOL_TYPED && pool->kind == RECORD_POOL_TYPED)
		return;
	pool->kind = kind;
	pool->offset = offset;
	if (!disk) {
		__builtin_memcpy(pool->module, member_of.module, sizeof(pool->module));
		return;
	}
	BPF_CORE_READ_INTO(&pool->dev, disk, part0, bd_dev);
	BPF_CORE_READ_STR_INTO(&pool->disk, disk, disk_name);
	fops = (void *)BPF_CORE_READ(disk, fops);
	owner = BPF_CORE_READ(fops, owner);
	if (owner)
		BPF_CORE_READ_STR_INTO(&pool->module, owner, name);
}

/*
 * Behind a driver's pointers lies what may be anything. What only looks like a bio_set, or is a
 * copy of one, is not where the list of those who wait for it points back to.
 */
static __always_inline bool is_in_place(__u64 mempool)
{
	struct list_head *head = (void *)(mempool + MEMPOOL_OFFSET(wait.head));
	int i;

	/* Not for a moment while somebody gets in line. */
	for (i = 0; i < MOVING; i++)
		if (BPF_CORE_READ(head, next, prev) == head)
			return true;
	return false;
}

/* Whether @disk is what it was when the tools looked at it, which may be a while ago. */
static __always_inline bool is_same(struct gendisk *disk)
{
	return !disk || (__u64)BPF_CORE_READ(disk, private_data) == member_of.private_data;
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
	if (kind != RECORD_POOL_BIO_SPLIT && !is_in_place((__u64)pool_bio_pool(bs)))
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

#endif
