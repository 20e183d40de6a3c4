/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records that the BPF programs write and the tools read: pool identities, counters,
 * histograms, waiters. Fixed-width types only, explicit padding, no pointers.
 */
#ifndef BIOSCOPE_RECORD_H
#define BIOSCOPE_RECORD_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define RECORD_POOLS 512 /* bio_sets followed at once; more are counted as lost */
#define RECORD_WAITERS 4096 /* tasks that can be seen waiting at once */
#define RECORD_STACKS 4096
#define RECORD_STACK_DEPTH 32

/*
 * Log-linear histogram: values below 8 have a bucket each, above that every power of two is cut
 * into 8, so a bucket is at most 1/8 (12.5 %) wide. 2^40 ns is 18 minutes; beyond is the last.
 */
#define RECORD_HIST_SUB_BITS 3
#define RECORD_HIST_SUB (1 << RECORD_HIST_SUB_BITS)
#define RECORD_HIST_MAX_BITS 40
#define RECORD_HIST_BUCKETS ((RECORD_HIST_MAX_BITS - RECORD_HIST_SUB_BITS + 1) * RECORD_HIST_SUB)

/* Which of a device's bio_sets a pool is, or that it is a named variable of the kernel. */
enum record_pool_kind {
	RECORD_POOL_UNKNOWN = 0, /* seen allocating; nothing else known yet */
	RECORD_POOL_BIO_SPLIT, /* struct gendisk.bio_split */
	RECORD_POOL_STACK_BLK, /* struct stack_blk_dev.bs */
	RECORD_POOL_DM_BS, /* struct dm_md_mempools.bs: clones */
	RECORD_POOL_DM_IO_BS, /* struct dm_md_mempools.io_bs: struct dm_io */
	RECORD_POOL_MD_BIO_SET, /* struct mddev.bio_set */
	RECORD_POOL_MD_SYNC_SET, /* struct mddev.sync_set */
	RECORD_POOL_MD_IO_CLONE, /* struct mddev.io_clone_set, io_acct_set before 6.6 */
	RECORD_POOL_BCACHE, /* struct bcache_device.bio_split */
	RECORD_POOL_KINDS,
};

#define RECORD_POOL_RESCUER (1u << 0) /* BIOSET_NEED_RESCUER */
#define RECORD_POOL_PERCPU_CACHE (1u << 1) /* BIOSET_PERCPU_CACHE */
#define RECORD_POOL_BVECS (1u << 2) /* BIOSET_NEED_BVECS */
#define RECORD_POOL_GONE (1u << 3) /* bioset_exit() was seen */

/* One bio_set. Written by BPF when it is first met; level and reserve again by a snapshot. */
struct record_pool {
	__u64 bs; /* address of the struct bio_set, 0: slot unused */
	__s32 stack; /* of the allocation that showed it: id in the stack map, negative: none */
	__u32 pad;
	__u32 kind; /* enum record_pool_kind */
	__u32 flags; /* RECORD_POOL_* */
	__u32 reserve; /* bio_pool.min_nr */
	__u32 level; /* bio_pool.curr_nr at the last snapshot */
	__u32 front_pad; /* bytes */
	__u32 dev; /* dev_t of the owning disk in the kernel's encoding, 0 if none */
	char disk[32]; /* gendisk.disk_name, "" if none */
	char module[56]; /* owner of the disk's operations, "" if built in or unknown */
};

/* Ways an allocation can go. A bio that needed a wait counts as WAIT whatever it ended with. */
enum record_way {
	RECORD_WAY_CACHE, /* the bio_set's per-CPU cache */
	RECORD_WAY_SLAB,
	RECORD_WAY_RESERVE, /* the mempool's reserve, without sleeping */
	RECORD_WAY_WAIT, /* slept in mempool_alloc() at least once */
	RECORD_WAY_FAILED, /* NULL was returned */
	RECORD_WAYS,
};

/* Counters of one pool on one CPU. They only grow; maxima are kept per CPU, too. */
struct record_counts {
	__u64 way[RECORD_WAYS];
	__u64 wait_ns; /* total of finished waits */
	__u64 wait_max_ns; /* longest finished wait */
	__u64 punts; /* calls that moved parked bios to the rescuer */
	__u64 punted_bios;
	__u64 rescuer_runs; /* executions of the bio_set's rescue work */
	__u64 wq_rescuer_runs; /* of those, by the workqueue's own rescuer kthread */
	__u64 wakeup_max_ns;
	__u64 run_max_ns;
	__u64 deepest; /* most elements seen missing from the reserve at once */
	__u64 pad[2];
};

/* Rare, hence shared by all CPUs and added to atomically. */
struct record_hists {
	__u64 wait[RECORD_HIST_BUCKETS];
	__u64 wakeup[RECORD_HIST_BUCKETS]; /* rescue work queued -> started */
	__u64 run[RECORD_HIST_BUCKETS]; /* rescue work started -> done */
};

/* One per pool and CPU, only while allocation latency is asked for. */
struct record_alloc_hist {
	__u64 alloc[RECORD_HIST_BUCKETS];
	__u64 max_ns;
};

/* A task asleep in mempool_alloc() for a bio_set's reserve; keyed by thread id. */
struct record_waiter {
	__u64 since_ns; /* CLOCK_MONOTONIC */
	__u32 slot; /* index of its pool */
	__u32 tid;
	__u32 tgid;
	__s32 stack; /* id in the stack map, negative: none */
	__u32 cycles; /* 5 s sleeps begun */
	__u32 pad;
	char comm[16];
};

/* What could not be counted; every report shows these when they are not zero. */
enum record_lost {
	RECORD_LOST_POOLS, /* allocation of a pool for which no slot was left */
	RECORD_LOST_FRAMES, /* allocation that found no per-task state */
	RECORD_LOST_ORPHANS, /* return whose entry was not seen: begun before the tracer, mostly */
	RECORD_LOST_WAITERS, /* wait that found the waiter map full */
	RECORD_LOST_WORK, /* rescue work that found its map full */
	RECORD_LOST_SKIPPED, /* runs of programs that the kernel skipped; filled in by the tools */
	RECORD_LOSTS,
};

_Static_assert(sizeof(struct record_pool) == 128, "record_pool is read by the tools");
_Static_assert(sizeof(struct record_counts) == 128, "record_counts fills two cache lines");
_Static_assert(sizeof(struct record_waiter) == 48, "record_waiter is read by the tools");
_Static_assert(sizeof(struct record_hists) == 3 * 8 * RECORD_HIST_BUCKETS, "three histograms");

#endif
