/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few kernel types and constants that the programs use, relocated to the running kernel by
 * CO-RE; kernel differences live here, each with the change that made it.
 */
#ifndef BIOSCOPE_KERNEL_BPF_H
#define BIOSCOPE_KERNEL_BPF_H

#include <linux/types.h>
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

struct bio_set;
struct gendisk;

struct block_device {
	struct gendisk *bd_disk;
	__u32 bd_dev;
};

struct bvec_iter {
	unsigned int bi_size;
};

struct atomic {
	int counter;
};

struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;
	unsigned int bi_opf;
	unsigned short bi_flags;
	struct atomic __bi_remaining;
	struct bvec_iter bi_iter;
	struct blkcg_gq *bi_blkg; /* CONFIG_BLK_CGROUP */
	void (*bi_end_io)(struct bio *bio);
	void *bi_private;
	struct atomic __bi_cnt;
	struct bio_set *bi_pool;
};

struct bio_list {
	struct bio *head;
	struct bio *tail;
};

struct lock {
};

struct wait_queue_head {
	struct list_head head;
};

/*
 * struct mempool_s on 6.1 .. 6.12, struct mempool on 7.2: only looked at as a member of struct
 * bio_set, where CO-RE compares the names of members and not of their types. See mempool_*().
 */
struct mempool {
	struct lock lock;
	int min_nr;
	int curr_nr;
	void **elements;
	void *pool_data;
	struct wait_queue_head wait;
};

struct work_struct {
	void (*func)(struct work_struct *work);
};

struct bio_alloc_cache {
	struct bio *free_list;
	struct bio *free_list_irq;
};

struct workqueue_struct;
struct kmem_cache;

struct bio_set {
	struct kmem_cache *bio_slab;
	unsigned int front_pad;
	struct bio_alloc_cache *cache;
	struct mempool bio_pool;
	struct mempool bvec_pool;
	struct work_struct rescue_work;
	struct workqueue_struct *rescue_workqueue;
	struct lock rescue_lock;
};

struct sched_info {
	unsigned long long last_arrival;
};

struct task_struct {
	struct bio_list *bio_list;
	unsigned int __state;
	unsigned int flags;
	void *worker_private; /* of a kernel thread, its struct kthread */
	int pid;
	int tgid;
	char comm[16];
	struct sched_info sched_info;
};

struct kthread {
	void *data; /* of a worker, its struct worker */
};

struct worker {
	struct work_struct *current_work;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct wait_queue_entry {
	void *private;
	struct list_head entry;
};

struct module {
	char name[56];
};

struct block_device_operations {
	struct module *owner;
	void *submit_bio;
};

struct blk_mq_tags {
	unsigned int nr_tags;
	struct request **rqs;
};

struct blk_mq_tag_set {
	unsigned int nr_hw_queues;
	struct blk_mq_tags **tags;
	struct blk_mq_tags *shared_tags;
};

struct request_queue {
	const void *mq_ops;
	struct blk_mq_tag_set *tag_set;
};

enum mq_rq_state {
	MQ_RQ_IDLE,
	MQ_RQ_IN_FLIGHT,
};

struct request {
	struct request_queue *q;
	int tag;
	struct bio *bio;
	unsigned long long start_time_ns;
	enum mq_rq_state state;
};

struct gendisk {
	int major;
	int first_minor;
	char disk_name[32];
	struct block_device *part0;
	const struct block_device_operations *fops;
	void *private_data;
	struct bio_set bio_split;
	struct request_queue *queue;
};

struct inode {
	struct list_head i_sb_list;
};

struct bdev_inode {
	struct block_device bdev;
	struct inode vfs_inode;
};

struct super_block {
	struct list_head s_inodes;
};

#pragma clang attribute pop

/* A typed pointer, or that to the context, as a number: the verifier allows arithmetic on that. */
static __always_inline __u64 kernel_address(const void *p)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &p);
	return address;
}

/*
 * bpf_map_update_elem() with BPF_NOEXIST. The JIT calls the map's own function, which on 6.1
 * returns an int: the upper half of what the helper is said to return means nothing there.
 */
static __always_inline int map_add(void *map, const void *key, const void *value)
{
	return bpf_map_update_elem(map, key, value, BPF_NOEXIST);
}

/* Whether bit @number of bi_flags is set. */
static __always_inline bool bio_flagged(__u32 flags, __u32 number)
{
	return flags >> number & 1;
}

#define MEMPOOL_OFFSET(field)                                    \
	(bpf_core_field_offset(struct bio_set, bio_pool.field) - \
	 bpf_core_field_offset(struct bio_set, bio_pool))

static __always_inline __u32 mempool_min_nr(struct mempool *mempool)
{
	__u32 n = 0;

	bpf_probe_read_kernel(&n, sizeof(n), (void *)((__u64)mempool + MEMPOOL_OFFSET(min_nr)));
	return n;
}

static __always_inline __u32 mempool_curr_nr(struct mempool *mempool)
{
	__u32 n = 0;

	bpf_probe_read_kernel(&n, sizeof(n), (void *)((__u64)mempool + MEMPOOL_OFFSET(curr_nr)));
	return n;
}

static __always_inline __u64 mempool_elements(struct mempool *mempool)
{
	__u64 elements = 0;

	bpf_probe_read_kernel(&elements, sizeof(elements),
			      (void *)((__u64)mempool + MEMPOOL_OFFSET(elements)));
	return elements;
}

#define KERNEL_ENOENT 2 /* include/uapi/asm-generic/errno-base.h */
#define KERNEL_EEXIST 17
#define KERNEL_REQ_OP_MASK 0xff /* include/linux/blk_types.h (6.1 .. 7.3) */
#define KERNEL_REQ_OP_DRV_IN 34
#define KERNEL_REQ_OP_DRV_OUT 35
#define KERNEL_BIO_INLINE_VECS 4 /* block/bio.c, BIO_INLINE_VECS (6.1 .. 7.3) */

#endif
