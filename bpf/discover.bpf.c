// SPDX-License-Identifier: GPL-2.0
/*
 * One-shot walks, run by the tools through BPF_PROG_TEST_RUN: from the kernel's list of block
 * devices to every disk, of which the tools find what its driver owns, and the reserve levels of
 * all pools known. Nothing of this runs while tracing.
 */
#define MAPS_HERE
#include "owners.bpf.h"

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
__u32 walk_torn = 0;

/* The disks that were looked at in one run. */
__u32 nr_disks = 0;
struct record_gendisk disks[WALK_STEP];

/* Where a bio_set has its bio_slab and its bio_pool.pool_data: the same, see pool_is_bio_set(). */
__u32 offset_bio_slab = 0;
__u32 offset_pool_data = 0;

/* A bio_set that is a variable; the tools set it and run add_named. */
__u64 named_bs = 0;

__u32 levels_next = 0;

__u32 reserve_slot = 0;
__u32 reserve_n = 0;
__u64 reserve_elements[RESERVE_READ];

struct record_element elements[RECORD_ELEMENTS];

/* Whose wait queue is read, and where the next run goes on; until read_queue is done. */
__u32 queue_slot = 0;
__u64 queue_next = 0;
__u32 queue_done = 0;
__u32 queue_n = 0;
struct record_sleeper sleepers[RECORD_SLEEPERS];

__u64 memory_at = 0;
__u32 memory_size = 0;
__s32 memory_error = 0;
__u8 memory[MEMORY_READ];

/* For the tools. */
static __always_inline void tell_disk(struct gendisk *disk)
{
	struct block_device_operations *fops = (void *)BPF_CORE_READ(disk, fops);
	struct module *owner = BPF_CORE_READ(fops, owner);
	__u32 i = nr_disks;

	barrier_var(i);
	if (i >= WALK_STEP)
		return;
	disks[i].disk = (__u64)disk;
	disks[i].private_data = (__u64)BPF_CORE_READ(disk, private_data);
	disks[i].fops = (__u64)fops;
	disks[i].takes_bios = BPF_CORE_READ(fops, submit_bio) != 0;
	disks[i].module[0] = '\0';
	if (owner)
		BPF_CORE_READ_STR_INTO(&disks[i].module, owner, name);
	nr_disks = i + 1;
}

int add_disk(__u64 disk_address)
{
	struct gendisk *disk = (void *)disk_address;

	add_owned(field(disk, bpf_core_field_offset(struct gendisk, bio_split)), disk_address,
		  RECORD_POOL_BIO_SPLIT, 0);
	tell_disk(disk);
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

/*
 * For bpf_loop(): *@data is the head of the list. It is not locked: who has left it meanwhile does
 * not say what comes next (inode_sb_list_del() makes it point to itself, and its memory is used
 * again later), which shows by what comes next not pointing back. New ones come first.
 */
static int walk_one(__u32 i, void *data)
{
	__u64 head = *(__u64 *)data, next;

	if (!head || walk_next == head) {
		walk_done = 1;
		return 1;
	}
	next = (__u64)BPF_CORE_READ((struct list_head *)walk_next, next);
	if (!next || next == walk_next ||
	    (__u64)BPF_CORE_READ((struct list_head *)next, prev) != walk_next) {
		walk_torn = 1;
		return 1;
	}
	add_inode(walk_next);
	walk_next = next;
	return 0;
}

SEC("raw_tp/sys_enter")
int walk_disks(void *ctx)
{
	__u64 head = inodes_head();

	nr_disks = 0;
	walk_torn = 0;
	offset_bio_slab = bpf_core_field_offset(struct bio_set, bio_slab);
	offset_pool_data = bpf_core_field_offset(struct bio_set, bio_pool.pool_data);
	if (head && !walk_next)
		walk_next = (__u64)BPF_CORE_READ((struct list_head *)head, next);
	bpf_loop(WALK_STEP, walk_one, &head, 0);
	return 0;
}

/* A bio_set that the tools have found for a disk. */
SEC("raw_tp/sys_enter")
int add_member(void *ctx)
{
	if (!is_same((void *)member_of.disk))
		return 0;
	return add_owned(member_address, member_of.disk, member_kind, member_offset);
}

/* Likewise a mempool that is none's. One that was never set up has no elements. */
SEC("raw_tp/sys_enter")
int add_mempool(void *ctx)
{
	struct mempool *mempool = (void *)member_address;
	long slot;

	if (!mempool || !is_same((void *)member_of.disk) || !mempool_elements(mempool) ||
	    !mempool_min_nr(mempool) || !is_in_place((__u64)mempool))
		return 0;
	slot = pool_slot_of(mempool, -1);
	if (slot >= 0)
		owned_by(slot, (void *)member_of.disk, member_kind, member_offset);
	if (!mempool_elements(mempool))
		pool_gone(mempool);
	return 0;
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
		/* Its end was not seen: mempool_exit() leaves none. */
		if (!mempool_elements((void *)pool->mempool))
			pool_gone((void *)pool->mempool);
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

/* A command of a driver. Such bios have no blkg from 6.12 on (blk_op_is_passthrough()). */
static __always_inline bool is_passthrough(__u32 opf)
{
	__u32 op = opf & KERNEL_REQ_OP_MASK;

	return op == KERNEL_REQ_OP_DRV_IN || op == KERNEL_REQ_OP_DRV_OUT;
}

/*
 * A bio has a blkg from when it gets the device that it is sent to until bio_endio()
 * (bio_associate_blkg(), block/blk-cgroup.c; block/bio.c); before that dm's have their own disk and
 * none (alloc_tio(), drivers/md/dm.c). Its size says less: that of one to which no page has been
 * added yet is 0, and drivers that complete all at once leave it as it was.
 */
static __always_inline bool is_completed(struct bio *bio, const struct record_element *e,
					 struct record_pool *pool)
{
	if (!bpf_core_field_exists(bio->bi_blkg) || is_passthrough(e->op))
		return !BPF_CORE_READ(bio, bi_iter.bi_size);
	return e->dev && e->dev != pool->dev && !BPF_CORE_READ(bio, bi_blkg);
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
	else if (is_completed(bio, e, pool))
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

/*
 * For bpf_loop(): *@data is the head of the queue. Entries are on the stacks of who waits
 * (DEFINE_WAIT() in mempool_alloc()), and go without our knowing, as in walk_one(): then the tools
 * read the queue from its start again.
 */
static int read_sleeper(__u32 i, void *data)
{
	__u64 head = *(__u64 *)data, node = queue_next, next;
	struct wait_queue_entry *entry;
	struct task_struct *task;
	struct record_sleeper *s;

	if (!head || node == head) {
		queue_done = 1;
		return 1;
	}
	next = (__u64)BPF_CORE_READ((struct list_head *)node, next);
	if (i >= RECORD_SLEEPERS || !next || next == node ||
	    (__u64)BPF_CORE_READ((struct list_head *)next, prev) != node)
		return 1;
	entry = (void *)(node - bpf_core_field_offset(struct wait_queue_entry, entry));
	task = BPF_CORE_READ(entry, private);
	s = &sleepers[i];
	s->tid = BPF_CORE_READ(task, pid);
	s->tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&s->comm, task, comm);
	queue_n = i + 1;
	queue_next = next;
	return 0;
}

/* Who sleeps for an element of the pool in queue_slot. */
SEC("raw_tp/sys_enter")
int read_queue(void *ctx)
{
	struct record_pool *pool = pool_at(queue_slot);
	__u64 head = 0;

	queue_n = 0;
	queue_done = 0;
	if (pool && pool->mempool && !(pool->flags & RECORD_POOL_GONE))
		head = pool->mempool + MEMPOOL_OFFSET(wait.head);
	if (head && !queue_next)
		queue_next = (__u64)BPF_CORE_READ((struct list_head *)head, next);
	bpf_loop(RECORD_SLEEPERS, read_sleeper, &head, 0);
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
