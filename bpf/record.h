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

#define RECORD_POOLS 1024 /* mempools followed at once; more are counted as lost */
#define RECORD_WAITERS 4096 /* tasks that can be seen waiting at once */
#define RECORD_GOES_ON_NS 1000000000ULL /* who sleeps again within this time has waited on */
#define RECORD_FORGET_NS 60000000000ULL /* who woke up so long ago does not sleep again */
#define RECORD_SLEEP_NS 5000000000ULL /* of mempool_alloc(), at most (mm/mempool.c) */
#define RECORD_LATE_NS 15000000000ULL /* who wakes up so late has waited for a processor */
#define RECORD_PARKED 1024 /* tasks that can have parked bios while they allocate at once */
#define RECORD_HOLDERS 4096 /* elements of reserves that can be seen held at once */
#define RECORD_DISKS 256 /* disks whose latency can be told apart, one less */
#define RECORD_BIO_WAYS 8
#define RECORD_BIO_SETS 2048 /* bios that can be followed at once, times ways */
#define RECORD_LANES 8 /* rows that a disk or pool has at most for CPUs to add to */
#define RECORD_NEAR_CPUS \
	64 /* processors whose counts need no look-up where nothing else is asked for */
#define RECORD_CPUS 1024 /* processors whose per-CPU caches can be looked into */
#define RECORD_EVENT_BYTES (4 << 20) /* events that can wait to be read, 72 bytes each */
#define RECORD_EVENT_WAKE (1 << 20) /* of those, with so many their reader is woken */
#define RECORD_STACKS 2048
#define RECORD_GFP_DIRECT_RECLAIM_BIT 10 /* include/linux/gfp_types.h, 6.1 .. 7.3 */
#define RECORD_STACK_DEPTH 32

/*
 * Log-linear histogram: values below 8 have a bucket each, above that every power of two is cut
 * into 8, so a bucket is at most 1/8 (12.5 %) wide. 2^40 ns is 18 minutes; beyond is the last.
 */
#define RECORD_HIST_SUB_BITS 3
#define RECORD_HIST_SUB (1 << RECORD_HIST_SUB_BITS)
#define RECORD_HIST_MAX_BITS 40
#define RECORD_HIST_BUCKETS ((RECORD_HIST_MAX_BITS - RECORD_HIST_SUB_BITS + 1) * RECORD_HIST_SUB)

/* Which of a device's bio_sets a pool belongs to, or that it is a named variable of the kernel. */
enum record_pool_kind {
	RECORD_POOL_UNKNOWN = 0, /* seen allocating; nothing else known yet */
	RECORD_POOL_MEMBER, /* some bio_set inside the private data of the disk's driver */
	RECORD_POOL_BIO_SPLIT, /* struct gendisk.bio_split */
	RECORD_POOL_TYPED, /* found by the types of the driver; offset says which it is */
	RECORD_POOL_VARIABLE, /* a mempool that is a variable, or behind one; likewise */
	RECORD_POOL_KINDS,
};

#define RECORD_POOL_RESCUER (1u << 0) /* BIOSET_NEED_RESCUER */
#define RECORD_POOL_PERCPU_CACHE (1u << 1) /* BIOSET_PERCPU_CACHE */
#define RECORD_POOL_BVECS (1u << 2) /* BIOSET_NEED_BVECS */
#define RECORD_POOL_GONE (1u << 3) /* bioset_exit() or mempool_exit() was seen */
#define RECORD_POOL_IS_BVEC (1u << 4) /* it is bs->bvec_pool, not bs->bio_pool */

/*
 * One mempool: a bio_set's bio_pool or bvec_pool, or any other that was drained. Written by BPF
 * when it is first met; level and reserve again by a snapshot.
 */
struct record_pool {
	__u64 mempool; /* address of the struct mempool, 0: slot unused */
	__u64 bs; /* address of the struct bio_set it belongs to, 0: none */
	__s32 stack; /* of the allocation that showed it: id in the stack map, negative: none */
	__u32 bvec_slot; /* of a bio_pool: where its bio_set's bvec_pool is, 0: none */
	enum record_pool_kind kind;
	__u32 flags; /* RECORD_POOL_* */
	__u32 reserve; /* min_nr */
	__u32 level; /* curr_nr at the last snapshot */
	__u32 front_pad; /* bytes */
	__u32 dev; /* dev_t of the owning disk in the kernel's encoding, 0 if none */
	__u32 lowest; /* fewest elements that an allocation left, reserve if never short */
	__u32 offset; /* of a RECORD_POOL_MEMBER: in its private data, in bytes; else see kind */
	__u64 full_ns; /* CLOCK_MONOTONIC; when the reserve was last filled up, 0: never seen */
	__u64 since_ns; /* when it was first met */
	__u64 gone_ns; /* when that was, with RECORD_POOL_GONE */
	char disk[32]; /* gendisk.disk_name, "" if none */
	char module[56]; /* that its owner, or the variable, is of; "" if built in or unknown */
};

/*
 * Ways an allocation can go. What needed a wait counts as WAIT whatever it ended with. Of mempools
 * outside bio_sets only RESERVE and WAIT are seen, and there WAIT is a sleep, of which one
 * allocation can need several.
 */
enum record_way {
	RECORD_WAY_CACHE, /* the bio_set's per-CPU cache */
	RECORD_WAY_SLAB,
	RECORD_WAY_RESERVE, /* the mempool's reserve, without sleeping */
	RECORD_WAY_WAIT, /* slept in mempool_alloc() at least once */
	RECORD_WAY_FAILED, /* NULL was returned */
	RECORD_WAY_UNKNOWN, /* may have failed before that was looked at; filled in by the tools */
	RECORD_WAYS,
};

/*
 * What one CPU has counted of each pool, by slot: all that the hot path does. What is from the slab
 * is what is left of the calls when the other ways are taken away.
 */
struct record_calls {
	__u64 calls
		[RECORD_POOLS]; /* for a bvec_pool: those with more vectors than fit into a bio */
	__u64 hasty[RECORD_POOLS]; /* of those, that may not sleep: only they can fail */
	__u64 cached[RECORD_POOLS]; /* of those, from the per-CPU cache, where that is looked at */
	__u64 bs; /* for the program that runs there */
	__u64 pad[7];
};

/*
 * Where alloc_cheap.bpf.c counts calls of one of the first CPUs that may sleep (@hasty is 0), or
 * that may not (1): these are not in struct record_calls.
 */
#define RECORD_NEAR(hasty, cpu, slot) \
	(((__u64)(hasty) * RECORD_NEAR_CPUS + (cpu)) * RECORD_POOLS + (slot))

/* What is rare of a pool: all CPUs add to it, atomically. */
struct record_counts {
	__u64 reserve; /* allocations by way: RECORD_WAY_RESERVE; likewise: */
	__u64 wait;
	__u64 failed; /* where returns are looked at */
	__u64 wait_ns; /* total of finished waits */
	__u64 punts; /* calls that moved parked bios to the rescuer */
	__u64 punted_bios;
	__u64 rescuer_runs; /* executions of the bio_set's rescue work */
	__u64 wq_rescuer_runs; /* of those, by the workqueue's own rescuer kthread */
	__u64 unasked; /* of a bvec_pool: calls that failed, maybe before they came to it */
	__u64 pad[7];
};

/* What takes a time: of a pool, by slot, or of a disk, by its row. */
enum record_timed {
	RECORD_TIMED_WAIT, /* for the reserve */
	RECORD_TIMED_WAKEUP, /* rescue work queued -> started */
	RECORD_TIMED_RUN, /* rescue work started -> done */
	RECORD_TIMED_ALLOCATION, /* what is before is rare; from here on there are lanes */
	RECORD_TIMED_LIFETIME, /* of a bio */
	RECORD_TIMED_POOL, /* those of pools end here */
	RECORD_TIMED_DISK = RECORD_TIMED_POOL, /* bio queued to it -> completed */
};

/*
 * A histogram. It is a row of a table, given out when there is something to add; and so that
 * not all CPUs add to the same one, there can be one for each lane.
 */
struct record_times {
	__u64 times[RECORD_HIST_BUCKETS];
	__u64 max_ns;
};

/* Index of a lane of what is timed in the table that says which row it has, 0: none. */
#define RECORD_TIMED_RARE ((__u64)RECORD_TIMED_ALLOCATION * RECORD_POOLS)
#define RECORD_TIMED(what, index, lane)                                                         \
	((what) < RECORD_TIMED_ALLOCATION ?                                                     \
		 (__u64)(what) * RECORD_POOLS + (index) :                                       \
		 RECORD_TIMED_RARE +                                                            \
			 (((__u64)(what) - RECORD_TIMED_ALLOCATION) * RECORD_POOLS + (index)) * \
				 RECORD_LANES +                                                 \
			 (lane))
#define RECORD_TIMED_LANES(what) ((what) < RECORD_TIMED_ALLOCATION ? 1 : RECORD_LANES)
#define RECORD_TIMED_ALL RECORD_TIMED(RECORD_TIMED_DISK, RECORD_DISKS, 0)

/*
 * Rows for what is rare, and as many more where allocations are timed, and bios are followed. So
 * with 256 pools and RECORD_DISKS disks there is one for the allocations and the lifetimes of each
 * pool and one for each disk, also once a fourth has been given to several lanes; what is rare has
 * what these leave. A duration that finds none is counted as lost (uncounted_durations).
 */
#define RECORD_ROWS_RARE 256
#define RECORD_ROWS_TIMES 320
#define RECORD_ROWS_FOLLOW 512

/*
 * A disk that bios were queued to, told from others by its number: one that gets the number of a
 * disk that went away goes on where that one ended.
 */
struct record_disk {
	__u32 dev; /* dev_t in the kernel's encoding, 0: row unused */
	char name[32]; /* gendisk.disk_name */
};

/* A task that waits in mempool_alloc() for an element to come back; keyed by thread id. */
struct record_waiter {
	__u64 since_ns; /* CLOCK_MONOTONIC */
	__u64 cgroup; /* id of the task's cgroup (v2) */
	__u64 slept_ns; /* when its last sleep began */
	__u64 woken_ns; /* when that ended, 0: it sleeps */
	__u64 stuck_ns; /* when the first of its sleeps began that no element has ended since */
	__u32 slot; /* index of its pool */
	__u32 tid;
	__u32 tgid;
	__s32 stack; /* id in the stack map, negative: none */
	__u32 cycles; /* 5 s sleeps begun, that were seen */
	__u32 before; /* it waited already when the tracer started, which is @since_ns then */
	char comm[16];
};

/* One task and a mempool of a bio_set. */
struct record_wait_key {
	__u64 mempool;
	__u32 tid;
	__u32 pad;
};

/* The wait of such a task, from its first sleep until its next allocation begins. */
struct record_wait {
	__u64 place; /* the stack pointer in mempool_alloc(), 0: not known yet */
	__u64 since_ns; /* when the first sleep began */
	__u64 slept_ns; /* when the last did */
	__u64 took_ns; /* until it woke up last: so it is in the histogram; 0: it never did */
	__u64 woken_ns; /* when that was, 0: it sleeps */
	__u64 stuck_ns; /* see struct record_waiter; 0: an element has ended the last sleep */
	__u32 slot;
	__u32 cycles; /* sleeps begun, that were seen */
	__u32 before; /* see struct record_waiter */
	__u32 pad;
};

/* A bio that is followed from its allocation to its end. */
struct record_life {
	__u32 slot;
	__u32 puts; /* calls of bio_put() */
	__u32 refs; /* with so many it is freed; known from the first one on */
	__u32 tid; /* of who allocated it */
};

/* Those of one hash. */
struct record_lives {
	__u64 key[RECORD_BIO_WAYS]; /* 0: none; else see table_key() */
	__u64 since_ns[RECORD_BIO_WAYS]; /* CLOCK_MONOTONIC */
	struct record_life of[RECORD_BIO_WAYS];
};

/*
 * Who took an element of a reserve; keyed by the address of the element. It is held as long as the
 * pool was not full since then, and the element is not back in it.
 */
struct record_holder {
	__u64 since_ns; /* CLOCK_MONOTONIC */
	__u64 cgroup;
	__u32 slot;
	__u32 tid;
	__u32 tgid;
	__s32 stack;
	char comm[16];
};

/* What became of an element, see enum record_bio. Filled in by a one-shot program. */
struct record_element {
	__u64 element; /* in: its address */
	__u32 slot; /* in */
	__u32 state; /* out: enum record_bio */
	__u32 dev; /* out: dev_t of the bio's device */
	__u32 op; /* out: bi_opf */
};

enum record_bio {
	RECORD_BIO_UNKNOWN = 0, /* not a bio, or its memory cannot be read */
	RECORD_BIO_BACK, /* in the reserve again */
	RECORD_BIO_UNSUBMITTED,
	RECORD_BIO_SUBMITTED, /* to dev, and not completed */
	RECORD_BIO_COMPLETED, /* and not freed */
	RECORD_BIO_PARKED, /* submitted, but still on current->bio_list; filled in by the tools */
};

/* A bio on current->bio_list of a task, which has submitted it: no disk has it yet. */
struct record_parked {
	__u64 bio; /* its address */
	__u64 bs; /* the bio_set that it is from, 0: none */
	__u32 tid;
	__u32 tgid;
	char comm[16];
};

#define RECORD_SYMBOLS 32 /* that are looked up at once */
#define RECORD_SYMBOL_TEXT \
	640 /* KSYM_SYMBOL_LEN and a bit more (include/linux/kallsyms.h, 6.1 .. 7.3) */

/* A symbol, or an address in it, that the kernel is asked about. */
struct record_symbol {
	__u64 addr;
	char text[RECORD_SYMBOL_TEXT];
};

#define RECORD_PARKED_MOST 256 /* of a task, on either of its lists; more are left out */

/* A task that sleeps and cannot be interrupted. */
struct record_blocked {
	__u64 blocked_ns; /* since it ran last; 0 also if that is not known */
	__u64 work; /* address of the struct work_struct that it works on; 0: it is no worker */
	__u32 tid;
	__u32 tgid;
	char comm[16];
	__u32 nr_frames;
	__u32 pad;
	__u64 ip[RECORD_STACK_DEPTH]; /* where it is, innermost first */
};

/* A task in the wait queue of a mempool. Filled in by a one-shot program. */
struct record_sleeper {
	__u32 tid;
	__u32 tgid;
	char comm[16];
};

#define RECORD_SLEEPERS 256 /* looked at in one run */

/* A bio of a request that its disk has not completed. */
struct record_request {
	__u64 request; /* its address; those of one are told one after another */
	__u64 start_ns; /* CLOCK_MONOTONIC; when it was made, 0: the disk keeps no times */
	__u64 bio; /* its address, 0: the request has none */
	__u64 bs; /* the bio_set that it is from, 0: none */
};

#define RECORD_REQUESTS 256 /* told in one run */

enum record_event_kind {
	RECORD_EVENT_DIP, /* an element was taken from a reserve; value: how many are left */
	RECORD_EVENT_DRY, /* an allocation found nothing in a reserve */
	RECORD_EVENT_WAIT, /* a task begins to sleep for one; value: the how manieth time */
	RECORD_EVENT_WAITED, /* its wait is over; value: ns since it first slept */
	RECORD_EVENT_FAILED, /* an allocation gave NULL */
	RECORD_EVENT_PUNT, /* parked bios were handed to the rescuer; value: how many */
	RECORD_EVENT_RESCUE, /* the rescuer's work starts; value: ns since queued, 0: not seen */
	RECORD_EVENT_RESCUED, /* it is done; value: ns that it ran */
	RECORD_EVENT_STALL, /* a sleep ran its time, nothing came back; value: ns since that did */
	RECORD_EVENT_CREATED, /* a pool is made; value: its elements */
	RECORD_EVENT_GONE, /* it is destroyed */
	RECORD_EVENT_REFILL, /* an element came back to a reserve; value: how many are there now */
	RECORD_EVENT_PRESSURE, /* bio_pressure begins to refuse elements; value: of a million */
	RECORD_EVENT_LIFTED, /* it does so no more; value: how many it has refused */
	RECORD_EVENT_KINDS,
};

/* Something rare that happened. */
struct record_event {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u64 value; /* see enum record_event_kind */
	__u64 cgroup; /* id of the task's cgroup (v2) */
	__u32 kind; /* enum record_event_kind */
	__u32 slot; /* index of the pool */
	__u32 tid;
	__u32 tgid;
	__u32 cpu;
	__s32 stack; /* id in the stack map, negative: none */
	char comm[16];
};

/* A disk, and whose it is. */
struct record_gendisk {
	__u64 disk; /* address of the struct gendisk; so is: */
	__u64 private_data;
	__u64 fops; /* of the operations of its driver */
	__u32 takes_bios; /* the driver does, or, 0, requests */
	__u32 pad;
	char module[56]; /* "": the driver is built in */
};

#define RECORD_ELEMENTS 64 /* looked at in one run */

/* What could not be counted, by what reports call it; they show these when they are not zero. */
struct record_losses {
	__u64 untracked_pools; /* look at a pool for which no slot was left */
	__u64 untracked_allocations; /* use of a reserve without room */
	__u64 begun_before_tracer; /* wait or use whose beginning was not seen */
	__u64 untimed_allocations; /* return whose call was not seen: slab, or cache */
	__u64 untracked_waiters; /* wait that found the waiter map full */
	__u64 untracked_rescues; /* rescue work that found its map full */
	__u64 uncounted_punted_bios; /* of a punt of too many, or of an unknown number */
	__u64 untracked_disks; /* bio for a disk for which no row was left */
	__u64 untracked_bios; /* bio of which it is not known how long a disk took for it */
	__u64 untracked_lifetimes; /* bio of which it is not known how long it lived */
	__u64 dropped_events; /* event for which the reader had left no room */
	__u64 unseen_returns; /* call whose return was not seen, by kprobes: likewise */
	__u64 uncounted_durations; /* duration for which no row was left */
	__u64 unsure_refills; /* free of which it is not known whether it was to a reserve */
	__u64 allocations; /* call that is not counted; the tools add what was left out */
};

#define RECORD_LOST(member) (__builtin_offsetof(struct record_losses, member) / sizeof(__u64))

/* The place of each there. */
enum record_lost {
	RECORD_LOST_POOLS = RECORD_LOST(untracked_pools),
	RECORD_LOST_FRAMES = RECORD_LOST(untracked_allocations),
	RECORD_LOST_ORPHANS = RECORD_LOST(begun_before_tracer),
	RECORD_LOST_TIMES = RECORD_LOST(untimed_allocations),
	RECORD_LOST_WAITERS = RECORD_LOST(untracked_waiters),
	RECORD_LOST_WORK = RECORD_LOST(untracked_rescues),
	RECORD_LOST_PARKED = RECORD_LOST(uncounted_punted_bios),
	RECORD_LOST_DISKS = RECORD_LOST(untracked_disks),
	RECORD_LOST_BIOS = RECORD_LOST(untracked_bios),
	RECORD_LOST_LIVES = RECORD_LOST(untracked_lifetimes),
	RECORD_LOST_EVENTS = RECORD_LOST(dropped_events),
	RECORD_LOST_RETURNS = RECORD_LOST(unseen_returns),
	RECORD_LOST_ROWS = RECORD_LOST(uncounted_durations),
	RECORD_LOST_REFILLS = RECORD_LOST(unsure_refills),
	RECORD_LOST_ALLOCATIONS = RECORD_LOST(allocations),
	RECORD_LOSTS = sizeof(struct record_losses) / sizeof(__u64),
};

_Static_assert(sizeof(struct record_pool) == 168, "record_pool is read by the tools");
_Static_assert(sizeof(struct record_calls) % 64 == 0, "record_calls fills cache lines");
_Static_assert(sizeof(struct record_counts) == 128, "record_counts fills two cache lines");
_Static_assert(sizeof(struct record_waiter) == 80, "record_waiter is read by the tools");
_Static_assert(sizeof(struct record_holder) == 48, "record_holder is read by the tools");
_Static_assert(sizeof(struct record_event) == 64, "record_event is read by the tools");
_Static_assert(sizeof(struct record_element) == 24, "record_element is read by the tools");
_Static_assert(sizeof(struct record_disk) == 36, "record_disk is read by the tools");

#endif
