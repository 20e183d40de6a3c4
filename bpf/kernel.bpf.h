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

struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;
	struct bio_set *bi_pool;
};

struct bio_list {
	struct bio *head;
	struct bio *tail;
};

/*
 * struct mempool_s on 6.1, struct mempool on 7.3: only reached as a member of struct bio_set,
 * where CO-RE compares the names of members and not of their types.
 */
struct mempool {
	int min_nr;
	int curr_nr;
	void **elements;
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
};

struct task_struct {
	int pid;
	int tgid;
	struct bio_list *bio_list;
	char comm[16];
};

struct module {
	char name[56];
};

struct block_device_operations {
	struct module *owner;
};

struct gendisk {
	char disk_name[32];
	struct block_device *part0;
	const struct block_device_operations *fops;
	void *private_data;
	struct bio_set bio_split;
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

/* Owners of bio_sets; these types live in modules' BTF. */
struct stack_blk_dev {
	struct bio_set bs;
};

struct dm_md_mempools {
	struct bio_set bs;
	struct bio_set io_bs;
};

struct mapped_device {
	struct dm_md_mempools *mempools;
};

struct mddev {
	struct bio_set bio_set;
	struct bio_set sync_set;
	struct bio_set io_clone_set;
};

/* io_acct_set became io_clone_set: c687297b8845 ("md: also clone new io if io accounting..."). */
struct mddev___acct {
	struct bio_set io_acct_set;
};

struct bcache_device {
	struct bio_set bio_split;
};

#pragma clang attribute pop

#define KERNEL_BIO_INLINE_VECS 4 /* block/bio.c, BIO_INLINE_VECS (5.10 .. 7.3) */

#endif
