// SPDX-License-Identifier: GPL-2.0
/*
 * One-shot walks, run by the tools through BPF_PROG_TEST_RUN: from the kernel's list of block
 * devices to every bio_set that a disk or its driver owns, and the reserve levels of all pools
 * known. Nothing of this runs while tracing.
 */
#define MAPS_HERE
#include "pool.bpf.h"

/* Address of a variable. */
const volatile __u64 ksym_blockdev_superblock = 0;
/* The number of that bit of bi_flags: an enumerator without a type, which CO-RE cannot find. */
const volatile __u32 bio_trace_completion = 0;

#define WALK_STEP 64
#define RESERVE_READ 4096 /* elements */
#define MEMORY_READ 8192 /* bytes */

/* Where the next run goes on; the tools run walk_disks until it is done. */
__u64 walk_next = 0;
__u32 walk_done = 0;

/* Of the last step: disks whose drivers are not known. */
struct record_stranger strangers[WALK_STEP];
__u32 nr_strangers = 0;
struct record_stranger member_of;
__u32 member_offset = 0;
/* Where a bio_set has its bio_slab and its bio_pool.pool_data: the same, see pool_is_bio_set(). */
__u32 offset_bio_slab = 0;
__u32 offset_pool_data = 0;

/* A named bio_set that the tools found in kallsyms; they set it and run add_named. */
__u64 named_bs = 0;

__u32 levels_next = 0;

__u32 reserve_slot = 0;
__u32 reserve_n = 0;
__u64 reserve_elements[RESERVE_READ];

struct record_element elements[RECORD_ELEMENTS];

__u64 memory_at = 0;
__u32 memory_size = 0;
__s32 memory_error = 0;
__u8 memory[MEMORY_READ];

static __always_inline bool module_is(const char *a, const char *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

#define MODULE_IS(pool, name) module_is((pool)->module, name, sizeof(name))

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
static __always_inline bool is_in_place(struct bio_set *bs)
{
	struct list_head *head;

	head = (void *)((__u64)bs + bpf_core_field_offset(struct bio_set, bio_pool.wait.head));
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
	if (kind == RECORD_POOL_MEMBER && !is_in_place(bs))
		return 0;
	slot = pool_slot_of_set(bs);
	if (slot < 0)
		return 0;
	owned_by(slot, disk, kind, offset);
	pool = pool_at(slot);
	if (pool && pool->bvec_slot)
		owned_by(pool->bvec_slot, disk, kind, offset);
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

/* Returns whether the driver is one whose types are known. */
static __noinline int add_driver_pools(struct gendisk *disk, struct record_pool *split)
{
	void *priv = BPF_CORE_READ(disk, private_data);

	if (!priv || !split)
		return 0;
	if (MODULE_IS(split, "stack_blk")) {
		ADD_MEMBER(disk, priv, struct stack_blk_dev, bs, RECORD_POOL_STACK_BLK);
		ADD_MEMBER(disk, priv, struct stack_blk_dev, split_bs, RECORD_POOL_STACK_BLK_SPLIT);
		return bpf_core_type_exists(struct stack_blk_dev);
	} else if (MODULE_IS(split, "dm_mod")) {
		if (!bpf_core_field_exists(((struct mapped_device *)0)->mempools))
			return 0;
		priv = BPF_CORE_READ((struct mapped_device *)priv, mempools);
		if (!priv)
			return 0;
		ADD_MEMBER(disk, priv, struct dm_md_mempools, bs, RECORD_POOL_DM_BS);
		ADD_MEMBER(disk, priv, struct dm_md_mempools, io_bs, RECORD_POOL_DM_IO_BS);
		return 1;
	} else if (MODULE_IS(split, "md_mod")) {
		ADD_MEMBER(disk, priv, struct mddev, bio_set, RECORD_POOL_MD_BIO_SET);
		ADD_MEMBER(disk, priv, struct mddev, sync_set, RECORD_POOL_MD_SYNC_SET);
		ADD_MEMBER(disk, priv, struct mddev, io_clone_set, RECORD_POOL_MD_IO_CLONE);
		ADD_MEMBER(disk, priv, struct mddev___acct, io_acct_set, RECORD_POOL_MD_IO_CLONE);
		return bpf_core_type_exists(struct mddev);
	} else if (MODULE_IS(split, "bcache")) {
		ADD_MEMBER(disk, priv, struct bcache_device, bio_split, RECORD_POOL_BCACHE);
		return bpf_core_type_exists(struct bcache_device);
	}
	return 0;
}

/*
 * A driver whose types are not known, because the kernel has no BTF of modules or the driver is
 * none of the above, is left to the tools, which know bio_sets by what they are made of.
 */
static __always_inline void add_stranger(struct gendisk *disk)
{
	struct block_device_operations *fops = (void *)BPF_CORE_READ(disk, fops);
	__u64 priv = (__u64)BPF_CORE_READ(disk, private_data);
	__u32 i = nr_strangers;

	/* Drivers of requests clone none. */
	if (!priv || !BPF_CORE_READ(fops, submit_bio))
		return;
	barrier_var(i);
	if (i >= WALK_STEP)
		return;
	strangers[i].disk = (__u64)disk;
	strangers[i].private_data = priv;
	nr_strangers = i + 1;
}

int add_disk(__u64 disk_address)
{
	struct gendisk *disk = (void *)disk_address;
	__u64 split = field(disk, bpf_core_field_offset(struct gendisk, bio_split));
	long slot;

	add_owned(split, disk_address, RECORD_POOL_BIO_SPLIT, 0);
	slot = pool_find(pool_bio_pool((void *)split));
	if (slot < 0 || !add_driver_pools(disk, pool_at(slot)))
		add_stranger(disk);
	return 0;
}

/* blockdev_superblock->s_inodes links the inodes of all block devices (block/bdev.c). */
static __always_inline __u64 inodes_head(void)
{
	struct super_block *sb = NULL;

	bpf_probe_read_kernel(&sb, sizeof(sb), (void *)ksym_blockdev_superblock);
	return sb ? field(sb, bpf_core_field_offset(struct super_block, s_inodes)) : 0;
}

static __always_inline void add_inode(__u64 node)
{
	struct block_device *bdev;
	struct gendisk *disk;

	bdev = (void *)(node - bpf_core_field_offset(struct inode, i_sb_list) -
			bpf_core_field_offset(struct bdev_inode, vfs_inode) +
			bpf_core_field_offset(struct bdev_inode, bdev));
	disk = BPF_CORE_READ(bdev, bd_disk);
	/* Partitions share their disk's pools. */
	if (disk && BPF_CORE_READ(disk, part0) == bdev)
		add_disk((__u64)disk);
}

/* For bpf_loop(): *@data is the head of the list. */
static int walk_one(__u32 i, void *data)
{
	__u64 head = *(__u64 *)data;

	if (!head || !walk_next || walk_next == head) {
		walk_done = 1;
		return 1;
	}
	add_inode(walk_next);
	walk_next = (__u64)BPF_CORE_READ((struct list_head *)walk_next, next);
	return 0;
}

SEC("raw_tp/sys_enter")
int walk_disks(void *ctx)
{
	__u64 head = inodes_head();

	nr_strangers = 0;
	offset_bio_slab = bpf_core_field_offset(struct bio_set, bio_slab);
	offset_pool_data = bpf_core_field_offset(struct bio_set, bio_pool.pool_data);
	if (head && !walk_next)
		walk_next = (__u64)BPF_CORE_READ((struct list_head *)head, next);
	bpf_loop(WALK_STEP, walk_one, &head, 0);
	return 0;
}

/* The bio_set at offset bytes of the private data of a stranger. */
SEC("raw_tp/sys_enter")
int add_member(void *ctx)
{
	return add_owned(member_of.private_data + member_offset, member_of.disk, RECORD_POOL_MEMBER,
			 member_offset);
}

SEC("raw_tp/sys_enter")
int add_named(void *ctx)
{
	struct bio_set *bs = (void *)named_bs;

	/* A static bio_set that its subsystem has not set up yet has no slab. */
	if (bs && pool_is_bio_set(bs))
		pool_slot_of_set(bs);
	return 0;
}

static int read_level(__u32 i, void *data)
{
	struct record_pool *pool = pool_at(levels_next);

	if (!pool)
		return 1;
	levels_next++;
	if (pool->mempool && !(pool->flags & RECORD_POOL_GONE)) {
		pool->reserve = mempool_min_nr((void *)pool->mempool);
		pool->level = mempool_curr_nr((void *)pool->mempool);
	}
	return 0;
}

SEC("raw_tp/sys_enter")
int read_levels(void *ctx)
{
	bpf_loop(WALK_STEP, read_level, NULL, 0);
	return 0;
}

/* What is in the reserve of elements_slot. */
SEC("raw_tp/sys_enter")
int read_reserve(void *ctx)
{
	struct record_pool *pool = pool_at(reserve_slot);
	__u32 n;

	reserve_n = 0;
	if (!pool || !pool->mempool || (pool->flags & RECORD_POOL_GONE))
		return 0;
	n = mempool_curr_nr((void *)pool->mempool);
	barrier_var(n);
	if (n > RESERVE_READ)
		n = RESERVE_READ;
	if (!bpf_probe_read_kernel(reserve_elements, n * sizeof(__u64),
				   (void *)mempool_elements((void *)pool->mempool)))
		reserve_n = n;
	return 0;
}

static __always_inline void read_bio(struct record_element *e, struct record_pool *pool)
{
	struct bio *bio = (void *)(e->element + pool->front_pad);
	__u16 flags = 0;

	if (bpf_core_read(&flags, sizeof(flags), &bio->bi_flags))
		return;
	e->op = BPF_CORE_READ(bio, bi_opf);
	e->dev = BPF_CORE_READ(bio, bi_bdev, bd_dev);
	/* Set by submit_bio_noacct(), cleared by bio_endio() (block/blk-core.c, block/bio.c). */
	if (flags & (1 << bio_trace_completion))
		e->state = RECORD_BIO_SUBMITTED;
	else if (!BPF_CORE_READ(bio, bi_iter.bi_size))
		e->state = RECORD_BIO_COMPLETED;
	else
		e->state = RECORD_BIO_UNSUBMITTED;
}

static int read_element(__u32 i, void *data)
{
	struct record_element *e;
	struct record_pool *pool;

	if (i >= RECORD_ELEMENTS)
		return 1;
	e = &elements[i];
	if (!e->element)
		return 1;
	e->state = RECORD_BIO_UNKNOWN;
	pool = pool_at(e->slot);
	if (pool && pool->bs && !(pool->flags & (RECORD_POOL_IS_BVEC | RECORD_POOL_GONE)))
		read_bio(e, pool);
	return 0;
}

SEC("raw_tp/sys_enter")
int read_bios(void *ctx)
{
	bpf_loop(RECORD_ELEMENTS, read_element, NULL, 0);
	return 0;
}

/* Kernel text or data, for what only the tools can make sense of. */
SEC("raw_tp/sys_enter")
int read_memory(void *ctx)
{
	__u32 n = memory_size;

	barrier_var(n);
	if (n > MEMORY_READ)
		n = MEMORY_READ;
	memory_error = bpf_probe_read_kernel(memory, n, (void *)memory_at);
	return 0;
}

char _license[] SEC("license") = "GPL";
