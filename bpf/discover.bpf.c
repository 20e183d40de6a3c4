// SPDX-License-Identifier: GPL-2.0
/*
 * One-shot walks, run by the tools through BPF_PROG_TEST_RUN: from the kernel's list of block
 * devices to every bio_set that a disk or its driver owns, and the reserve levels of all pools
 * known. Nothing of this runs while tracing.
 */
#define MAPS_HERE
#include "pool.bpf.h"


const volatile __u64 ksym_blockdev_superblock = 0; /* address of the variable */

#define WALK_STEP 64

/* Where the next run goes on; the tools run walk_disks until it is done. */
__u64 walk_next = 0;
__u32 walk_done = 0;
__u32 walk_disks_seen = 0;

/* A named bio_set that the tools found in kallsyms; they set it and run add_named. */
__u64 named_bs = 0;

__u32 levels_next = 0;

static __always_inline bool module_is(const char *a, const char *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

#define MODULE_IS(pool, name) module_is((pool)->module, name, sizeof(name))

static __noinline int add_owned(struct bio_set *bs, struct gendisk *disk, __u32 kind)
{
	struct block_device_operations *fops;
	struct record_pool *pool;
	struct module *owner;
	long slot;

	if (!bs || !BPF_CORE_READ(bs, bio_slab))
		return 0;
	slot = pool_slot(bs);
	if (slot < 0)
		return 0;
	pool = pool_at(slot);
	if (!pool)
		return 0;
	pool->kind = kind;
	BPF_CORE_READ_INTO(&pool->dev, disk, part0, bd_dev);
	BPF_CORE_READ_STR_INTO(&pool->disk, disk, disk_name);
	fops = (void *)BPF_CORE_READ(disk, fops);
	owner = BPF_CORE_READ(fops, owner);
	if (owner)
		BPF_CORE_READ_STR_INTO(&pool->module, owner, name);
	return 0;
}

static __always_inline __u64 field(void *base, __u64 offset)
{
	return (__u64)base + offset;
}

#define ADD_MEMBER(disk, base, type, member, kind)                                            \
	do {                                                                                  \
		if (bpf_core_field_exists(((type *)0)->member))                               \
			add_owned((void *)field(base, bpf_core_field_offset(type, member)),   \
				  disk, kind);                                                \
	} while (0)

static __noinline int add_driver_pools(struct gendisk *disk, struct record_pool *split)
{
	void *priv = BPF_CORE_READ(disk, private_data);

	if (!priv || !split)
		return 0;
	if (MODULE_IS(split, "stack_blk")) {
		ADD_MEMBER(disk, priv, struct stack_blk_dev, bs, RECORD_POOL_STACK_BLK);
	} else if (MODULE_IS(split, "dm_mod")) {
		if (!bpf_core_field_exists(((struct mapped_device *)0)->mempools))
			return 0;
		priv = BPF_CORE_READ((struct mapped_device *)priv, mempools);
		if (!priv)
			return 0;
		ADD_MEMBER(disk, priv, struct dm_md_mempools, bs, RECORD_POOL_DM_BS);
		ADD_MEMBER(disk, priv, struct dm_md_mempools, io_bs, RECORD_POOL_DM_IO_BS);
	} else if (MODULE_IS(split, "md_mod")) {
		ADD_MEMBER(disk, priv, struct mddev, bio_set, RECORD_POOL_MD_BIO_SET);
		ADD_MEMBER(disk, priv, struct mddev, sync_set, RECORD_POOL_MD_SYNC_SET);
		ADD_MEMBER(disk, priv, struct mddev, io_clone_set, RECORD_POOL_MD_IO_CLONE);
		ADD_MEMBER(disk, priv, struct mddev___acct, io_acct_set, RECORD_POOL_MD_IO_CLONE);
	} else if (MODULE_IS(split, "bcache")) {
		ADD_MEMBER(disk, priv, struct bcache_device, bio_split, RECORD_POOL_BCACHE);
	}
	return 0;
}

static __noinline int add_disk(struct block_device *bdev)
{
	struct gendisk *disk = BPF_CORE_READ(bdev, bd_disk);
	struct bio_set *split;
	__u64 key;
	__u32 *slot;

	/* Partitions share their disk's pools. */
	if (!disk || BPF_CORE_READ(disk, part0) != bdev)
		return 0;
	walk_disks_seen++;
	split = (void *)field(disk, bpf_core_field_offset(struct gendisk, bio_split));
	add_owned(split, disk, RECORD_POOL_BIO_SPLIT);
	key = (__u64)split;
	slot = bpf_map_lookup_elem(&slots, &key);
	return slot ? add_driver_pools(disk, pool_at(*slot)) : 0;
}

/* blockdev_superblock->s_inodes links the inodes of all block devices (block/bdev.c). */
SEC("raw_tp/sys_enter")
int walk_disks(void *ctx)
{
	struct super_block *sb;
	__u64 head, offset;
	int i;

	if (bpf_probe_read_kernel(&sb, sizeof(sb), (void *)ksym_blockdev_superblock) || !sb) {
		walk_done = 1;
		return 0;
	}
	head = field(sb, bpf_core_field_offset(struct super_block, s_inodes));
	offset = bpf_core_field_offset(struct bdev_inode, vfs_inode) +
		 bpf_core_field_offset(struct inode, i_sb_list);
	if (!walk_next)
		walk_next = (__u64)BPF_CORE_READ((struct list_head *)head, next);
	for (i = 0; i < WALK_STEP; i++) {
		if (!walk_next || walk_next == head) {
			walk_done = 1;
			return 0;
		}
		add_disk((void *)field((void *)walk_next - offset,
				       bpf_core_field_offset(struct bdev_inode, bdev)));
		walk_next = (__u64)BPF_CORE_READ((struct list_head *)walk_next, next);
	}
	return 0;
}

SEC("raw_tp/sys_enter")
int add_named(void *ctx)
{
	struct bio_set *bs = (void *)named_bs;

	/* A static bio_set that its subsystem has not set up yet has no slab. */
	if (bs && BPF_CORE_READ(bs, bio_slab))
		pool_slot(bs);
	return 0;
}

SEC("raw_tp/sys_enter")
int read_levels(void *ctx)
{
	struct record_pool *pool;
	struct bio_set *bs;
	int i;

	for (i = 0; i < WALK_STEP; i++, levels_next++) {
		pool = pool_at(levels_next);
		if (!pool)
			return 0;
		if (!pool->bs || (pool->flags & RECORD_POOL_GONE))
			continue;
		bs = (struct bio_set *)pool->bs;
		pool->reserve = BPF_CORE_READ(bs, bio_pool.min_nr);
		pool->level = BPF_CORE_READ(bs, bio_pool.curr_nr);
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
