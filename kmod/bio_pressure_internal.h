/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of bio_pressure share:
 *
 *   main      the device and its ioctls
 *   hold      how pressure begins and ends
 *   pool      what is at the address that user space gave
 *   functions the kernel functions involved, and where they are
 *   ftrace    the probes on them, and the redirection
 *   marks     who is inside which allocation, on which stack
 *   targets   what is under pressure, and whether an allocation is refused
 *   selftest  proof that an element is refused
 */
#ifndef BIO_PRESSURE_INTERNAL_H
#define BIO_PRESSURE_INTERNAL_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/mempool.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "bio_pressure.h"

struct bio_set;
struct file;
struct kmem_cache;
struct pid;
struct pt_regs;

/* Pools that can be under pressure at a time. */
#define BIO_PRESSURE_TARGETS 16

/* Causes of what could not be decided on. */
enum { MISSED_OVERFLOW, MISSED_RECURSION, MISSED_BEFORE, MISSED_CAUSES };

/**
 * enum bio_pressure_role - what a kernel function does with its first pool
 * @ROLE_BIO_ALLOC: bio_alloc_bioset()
 * @ROLE_BVEC_ALLOC: bvec_alloc(), where it is a function of its own
 * @ROLE_MEMPOOL_ALLOC: mempool_alloc()
 * @ROLE_MEMPOOL_ALLOC_BULK: mempool_alloc_bulk()
 * @ROLE_DESTROY: ends a pool
 * @ROLE_EXIT: ends a task
 */
enum bio_pressure_role {
	ROLE_BIO_ALLOC,
	ROLE_BVEC_ALLOC,
	ROLE_MEMPOOL_ALLOC,
	ROLE_MEMPOOL_ALLOC_BULK,
	ROLE_DESTROY,
	ROLE_EXIT,
};

/**
 * struct bio_pressure_function - a kernel function that is watched
 * @name: as it is in the kernel's symbols
 * @address: 0: this kernel has none
 * @end: first address behind it
 * @role: what it does
 * @object: which argument is the bio_set or mempool, from 0; of no meaning for ROLE_EXIT
 * @gfp: which argument is the gfp_t; negative: there is none, as if it were GFP_KERNEL
 */
struct bio_pressure_function {
	const char *name;
	unsigned long address;
	unsigned long end;
	enum bio_pressure_role role;
	int object;
	int gfp;
};

/**
 * struct bio_pressure_target - a pool under pressure; belongs to an open file, or to the self-test
 * @kind: which pool
 * @bs: the bio_set, NULL if it is a mempool of its own; only compared
 * @pool: the mempool; only compared
 * @slab: the bio_slab of @bs; only compared
 * @alloc: element function of @pool
 * @free: its counterpart
 * @pool_data: what @alloc is called with
 * @flags: BIO_PRESSURE_F_*
 * @ppm: share to refuse
 * @interval: see struct bio_pressure_arm
 * @seed: see there
 * @tree: process whose descendants are meant, or NULL
 * @device: held open, or NULL
 * @epoch: marks older than that were made before pressure began
 * @deadline: in jiffies; nothing is refused after it, even if no worker gets to run @lift
 * @active: elements are refused
 * @gone: the pool was destroyed
 * @slab_asked: an allocation has asked the slab itself, without the mempool
 * @times: refusals left; not looked at if there is no limit
 * @limited: there is one
 * @drawn: number of the last allocation decided on
 * @refused: see struct bio_pressure_stats
 * @spared: see there
 * @excluded: see there
 * @missed: by cause
 * @redirects: element functions that are redirected for it, and how many
 * @nr_redirects: of @redirects
 * @state: enum bio_pressure_state
 * @message: see struct bio_pressure_stats
 * @message_lock: see below
 * @notice: the pool was destroyed: have it lifted
 * @lift: lifts when the time is over or the pool is gone
 */
struct bio_pressure_target {
	enum bio_pressure_pool kind;
	const struct bio_set *bs;
	const mempool_t *pool;
	const struct kmem_cache *slab;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	void *pool_data;

	u32 flags;
	u32 ppm;
	u32 interval;
	u64 seed;
	struct pid *tree;
	struct file *device;
	u64 epoch;
	unsigned long deadline;

	bool active;
	bool gone;
	bool slab_asked;
	bool limited;
	atomic64_t times;
	atomic64_t drawn;
	atomic64_t refused;
	atomic64_t spared;
	atomic64_t excluded;
	atomic64_t missed[MISSED_CAUSES];

	struct bio_pressure_redirect *redirects[2];
	unsigned int nr_redirects;

	u32 state;
	char message[sizeof_field(struct bio_pressure_stats, message)];
	spinlock_t message_lock; /* protects @message; innermost */
	struct irq_work notice;
	struct delayed_work lift;
};

/**
 * struct bio_pressure_place - a place on a stack; stacks grow down
 * @stack: which: where the stack of a task begins, or the number of the processor whose stack of
 *	interrupts it is
 * @sp: stack pointer
 */
struct bio_pressure_place {
	unsigned long stack;
	unsigned long sp;
};

/**
 * struct bio_pressure_attempt - a function asks for an element
 * @role: of the function that asks
 * @slab: it asks the slab itself; otherwise by the pool's element function
 * @data: the slab, or what the element function is called with
 * @gfp: flags of this attempt
 * @at: where on the stack, at the entry of what is asked
 * @regs: registers there
 */
struct bio_pressure_attempt {
	enum bio_pressure_role role;
	bool slab;
	const void *data;
	gfp_t gfp;
	struct bio_pressure_place at;
	const struct pt_regs *regs;
};

/**
 * enum bio_pressure_verdict - whether the elements of an allocation are refused
 * @UNDECIDED: it has not asked for one yet
 * @REFUSED: each attempt returns NULL
 * @SPARED: none does
 */
enum bio_pressure_verdict { UNDECIDED, REFUSED, SPARED };

/**
 * struct bio_pressure_mark - an allocation is under way on a stack
 * @node: in its bucket, or in the list of free ones
 * @at: where on the stack, at the entry of its function
 * @object: the bio_set or mempool; only compared
 * @epoch: when it began
 * @gfp: flags that it was called with
 * @role: its function
 * @verdict: for what is no bvec_pool, and for a bvec_pool; enum bio_pressure_verdict
 */
struct bio_pressure_mark {
	struct hlist_node node;
	struct bio_pressure_place at;
	const void *object;
	u64 epoch;
	gfp_t gfp;
	u8 role;
	u8 verdict[2];
};

/**
 * struct bio_pressure_stack - a bucket of stacks
 * @lock: protects @marks; taken with interrupts off; only that of the free marks is taken inside
 * @marks: in no order
 */
struct bio_pressure_stack {
	raw_spinlock_t lock;
	struct hlist_head marks;
};

/* bio_pressure_functions.c */
int bio_pressure_functions_init(void);
bool bio_pressure_may_lack(const struct bio_pressure_function *f);
const struct bio_pressure_function *bio_pressure_function_at(unsigned long ip);
const struct bio_pressure_function *bio_pressure_function(unsigned int i);
unsigned long bio_pressure_slab_function(void);

/* bio_pressure_ftrace.c */
int bio_pressure_watch(const char **why);
void bio_pressure_unwatch(void);
int bio_pressure_redirect(struct bio_pressure_target *t, bool slab, const char **why);
void bio_pressure_redirect_end(struct bio_pressure_target *t, unsigned int from);

/* bio_pressure_marks.c */
int bio_pressure_marks_alloc(void);
void bio_pressure_marks_free(void);
struct bio_pressure_place bio_pressure_place(unsigned long sp);
bool bio_pressure_mark(const struct bio_pressure_function *f, const void *object, gfp_t gfp,
		       const struct bio_pressure_place *at, bool wanted);
void bio_pressure_marks_end(const struct bio_pressure_place *at);
struct bio_pressure_stack *bio_pressure_stack_of(const struct bio_pressure_place *at);
struct bio_pressure_mark *bio_pressure_nearest(struct bio_pressure_stack *stack,
					       const struct bio_pressure_place *at,
					       enum bio_pressure_role role);
u64 bio_pressure_epoch_next(void);

/* bio_pressure_targets.c */
int bio_pressure_publish(struct bio_pressure_target *t, const char **why);
void bio_pressure_unpublish(struct bio_pressure_target *t);
struct bio_pressure_target *bio_pressure_target_held(unsigned int i);
void bio_pressure_deactivate_all(void);
bool bio_pressure_wants(const struct bio_pressure_function *f, const void *object);
void bio_pressure_missed(const struct bio_pressure_function *f, const void *object, gfp_t gfp,
			 int cause);
void bio_pressure_given_up(const struct bio_pressure_mark *m);
void bio_pressure_destroyed(const void *pool);
bool bio_pressure_refuses(const struct bio_pressure_attempt *a);

/* bio_pressure_pool.c */
int bio_pressure_pool_read(struct bio_pressure_target *t, u64 address, const char **why);

/* bio_pressure_selftest.c */
int bio_pressure_selftest(struct bio_pressure_target *t, const char **why);

/* bio_pressure_hold.c */
int bio_pressure_hold_init(void);
void bio_pressure_hold_exit(void);
struct bio_pressure_target *bio_pressure_target_new(void);
void bio_pressure_say(struct bio_pressure_target *t, const char *format, ...) __printf(2, 3);
int bio_pressure_begin(struct bio_pressure_target *t, const struct bio_pressure_arm *arm);
void bio_pressure_end(struct bio_pressure_target *t);
void bio_pressure_close(struct bio_pressure_target *t);

/* Inlined also into handlers. */
static __always_inline bool bio_pressure_over(const struct bio_pressure_target *t)
{
	return time_after(jiffies, READ_ONCE(t->deadline));
}

#endif
