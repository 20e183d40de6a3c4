// SPDX-License-Identifier: GPL-2.0
/*
 * Which slab allocations bio_pressure refuses, and how.
 *
 * While armed, slab allocations of elements for the target's bio_pool are made to fail, so that
 * bio_alloc_bioset() has to live off the pool's reserve. Slabs are shared by all bio_sets of equal
 * element size, so the slab alone does not tell whose allocation it is:
 *
 *  - a kretprobe on bio_alloc_bioset() marks the current task while it is inside for the target,
 *    and marks it as suspended while an allocation for another bio_set is nested in that (direct
 *    reclaim may write out pages);
 *  - a kprobe on kmem_cache_alloc() makes the call return NULL when the innermost mark of the
 *    current task is for this very slab.
 *
 * Nothing of the module is ever on the stack of a task that sleeps: tasks asleep inside
 * bio_alloc_bioset() return through the kernel's own kretprobe trampoline, also long after the
 * probes are gone. Unloading therefore need not wait for them.
 *
 * The probes exist only while pressure is held. The target is a number from user space that is
 * only compared with the kernel's own argument, never dereferenced.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/build_bug.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "bio_pressure.h"
#include "bio_pressure_internal.h"

/*
 * Tasks that can be inside bio_alloc_bioset() for the target at once; further ones are counted as
 * missed. An instance takes about 150 bytes, and all are allocated when pressure begins.
 */
#define BIO_PRESSURE_MAXACTIVE 4096

#define BIO_PRESSURE_HASH_BITS 8

/* Which argument of bio_alloc_bioset() is the bio_set, from 0. */
#define BIO_PRESSURE_BS_ARG 4
static_assert(__same_type(&bio_alloc_bioset,
			  (struct bio *(*)(struct block_device *, unsigned short, blk_opf_t, gfp_t,
					   struct bio_set *))NULL),
	      "bio_alloc_bioset() has other arguments: find the index of its bio_set");

/**
 * struct bio_pressure_mark - a task is inside bio_alloc_bioset()
 * @node: in the bucket of @task, the innermost mark first
 * @task: the task; only compared
 * @slab: refuse allocations from this one; NULL: the allocation is not for the target
 * @context: bio_pressure_context() of the allocation
 *
 * Lives in the kretprobe's instance, whose number limits that of marks.
 */
struct bio_pressure_mark {
	struct hlist_node node;
	struct task_struct *task;
	struct kmem_cache *slab;
	unsigned long context;
};

struct bio_pressure_bucket {
	raw_spinlock_t lock; /* protects marks; taken with interrupts off, innermost */
	struct hlist_head marks;
};

/*
 * What the probes work for; not NULL only while they are registered. Handlers run with preemption
 * off, so unregistering, which waits for them, also ends all use of it.
 */
static struct bio_pressure_target __rcu *bio_pressure_active;

static struct bio_pressure_bucket bio_pressure_marks[1 << BIO_PRESSURE_HASH_BITS];
static struct kretprobe bio_pressure_alloc_probe;
static struct kprobe bio_pressure_slab_probe;

static struct bio_pressure_bucket *bio_pressure_bucket(struct task_struct *task)
{
	return &bio_pressure_marks[hash_ptr(task, BIO_PRESSURE_HASH_BITS)];
}
NOKPROBE_SYMBOL(bio_pressure_bucket);

/*
 * Tells an interrupt's allocations from those of the task that it interrupted. Not the whole
 * preempt count: that of a probe handler differs between kinds of probes.
 */
static unsigned long bio_pressure_context(void)
{
	return hardirq_count() | (in_serving_softirq() ? SOFTIRQ_OFFSET : 0);
}
NOKPROBE_SYMBOL(bio_pressure_context);

/* The innermost mark of @task, or NULL. Called with the bucket's lock held. */
static struct bio_pressure_mark *bio_pressure_find(struct bio_pressure_bucket *bucket,
						   struct task_struct *task)
{
	struct bio_pressure_mark *mark;

	hlist_for_each_entry(mark, &bucket->marks, node)
		if (mark->task == task)
			return mark;
	return NULL;
}
NOKPROBE_SYMBOL(bio_pressure_find);

/* Entry of bio_alloc_bioset(). Returns 1 if its return is of no interest. */
static int bio_pressure_alloc_enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct bio_pressure_mark *mark = (struct bio_pressure_mark *)ri->data;
	struct bio_pressure_target *t = rcu_dereference_sched(bio_pressure_active);
	struct bio_pressure_bucket *bucket;
	struct bio_set *bs;
	unsigned long flags;
	bool ours, nested;

	if (!t)
		return 1;
	bs = (struct bio_set *)regs_get_kernel_argument(regs, BIO_PRESSURE_BS_ARG);
	ours = (u64)(unsigned long)bs == t->bs;
	if (!ours && !atomic_read(&t->inside))
		return 1;

	mark->task = current;
	mark->slab = ours ? bs->bio_slab : NULL;
	mark->context = bio_pressure_context();
	bucket = bio_pressure_bucket(current);
	raw_spin_lock_irqsave(&bucket->lock, flags);
	nested = bio_pressure_find(bucket, current);
	if (ours || nested)
		hlist_add_head(&mark->node, &bucket->marks);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (ours)
		atomic_inc(&t->inside);
	return !ours && !nested;
}
NOKPROBE_SYMBOL(bio_pressure_alloc_enter);

static int bio_pressure_alloc_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct bio_pressure_mark *mark = (struct bio_pressure_mark *)ri->data;
	struct bio_pressure_target *t = rcu_dereference_sched(bio_pressure_active);
	struct bio_pressure_bucket *bucket = bio_pressure_bucket(mark->task);
	unsigned long flags;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	hlist_del(&mark->node);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (t && mark->slab)
		atomic_dec(&t->inside);
	return 0;
}
NOKPROBE_SYMBOL(bio_pressure_alloc_return);

/* What a refused kmem_cache_alloc() runs instead. */
static noinline notrace void *bio_pressure_null(void)
{
	return NULL;
}
NOKPROBE_SYMBOL(bio_pressure_null);

/* Counts an allocation of the target and decides on it: a hash of its number is the coin. */
static bool bio_pressure_refuse(struct bio_pressure_target *t)
{
	u64 n = atomic64_inc_return(&t->seen);

	if (((u64)hash_64(n, 32) * BIO_PRESSURE_PPM_MAX) >> 32 >= t->ppm)
		return false;
	atomic64_inc(&t->refused);
	return true;
}
NOKPROBE_SYMBOL(bio_pressure_refuse);

/* Entry of kmem_cache_alloc(). Returns 1 if it sent the task elsewhere. */
static int bio_pressure_slab_enter(struct kprobe *p, struct pt_regs *regs)
{
	struct bio_pressure_target *t = rcu_dereference_sched(bio_pressure_active);
	struct kmem_cache *slab = (struct kmem_cache *)regs_get_kernel_argument(regs, 0);
	struct bio_pressure_bucket *bucket;
	struct bio_pressure_mark *mark;
	unsigned long flags;
	bool match;

	if (!t || !atomic_read(&t->inside) || bio_pressure_over(t))
		return 0;
	bucket = bio_pressure_bucket(current);
	raw_spin_lock_irqsave(&bucket->lock, flags);
	mark = bio_pressure_find(bucket, current);
	match = mark && mark->slab == slab && mark->context == bio_pressure_context();
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (!match || !bio_pressure_refuse(t))
		return 0;
	/* The stack is as at the first instruction, so the stub returns to the caller. */
	instruction_pointer_set(regs, (unsigned long)bio_pressure_null);
	return 1;
}
NOKPROBE_SYMBOL(bio_pressure_slab_enter);

/*
 * Only a probe with a post handler can redirect: it is not optimised to a jump, and one at an
 * ftrace location asks to be the one that changes the instruction pointer there.
 */
static void bio_pressure_slab_post(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}
NOKPROBE_SYMBOL(bio_pressure_slab_post);

/* kmem_cache_alloc() is a macro around kmem_cache_alloc_noprof() since 7bd230a26648. */
static int bio_pressure_register_slab(void)
{
	static const char * const names[] = { "kmem_cache_alloc_noprof", "kmem_cache_alloc" };
	int i, err = -ENOENT;

	for (i = 0; i < ARRAY_SIZE(names) && err == -ENOENT; i++) {
		bio_pressure_slab_probe = (struct kprobe){
			.symbol_name = names[i],
			.pre_handler = bio_pressure_slab_enter,
			.post_handler = bio_pressure_slab_post,
		};
		err = register_kprobe(&bio_pressure_slab_probe);
	}
	return err;
}

static int bio_pressure_register(void)
{
	int i, err;

	/* No handler runs, and marks of tasks still inside are the kernel's to free. */
	for (i = 0; i < ARRAY_SIZE(bio_pressure_marks); i++)
		INIT_HLIST_HEAD(&bio_pressure_marks[i].marks);
	bio_pressure_alloc_probe = (struct kretprobe){
		.kp.symbol_name = "bio_alloc_bioset",
		.entry_handler = bio_pressure_alloc_enter,
		.handler = bio_pressure_alloc_return,
		.data_size = sizeof(struct bio_pressure_mark),
		.maxactive = BIO_PRESSURE_MAXACTIVE,
	};
	err = bio_pressure_register_slab();
	if (err) {
		pr_warn("cannot probe kmem_cache_alloc: %d\n", err);
		return err;
	}
	err = register_kretprobe(&bio_pressure_alloc_probe);
	if (err) {
		pr_warn("cannot probe bio_alloc_bioset: %d\n", err);
		unregister_kprobe(&bio_pressure_slab_probe);
	}
	return err;
}

/** bio_pressure_probe_init - once, before anything else */
void __init bio_pressure_probe_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bio_pressure_marks); i++)
		raw_spin_lock_init(&bio_pressure_marks[i].lock);
}

/**
 * bio_pressure_probe_begin - start refusing
 * @t: whom; belongs to the probes until bio_pressure_probe_end()
 *
 * One at a time. Returns 0 or an error, then nothing was started.
 */
int bio_pressure_probe_begin(struct bio_pressure_target *t)
{
	int err = bio_pressure_register();

	/* Last, because registering allocates memory, maybe by I/O through the target. */
	if (!err)
		rcu_assign_pointer(bio_pressure_active, t);
	return err;
}

/**
 * bio_pressure_probe_end - stop refusing
 *
 * Once both probes are unregistered no handler runs any more: marks of tasks that are still inside
 * stay in their instances, which the kernel frees, and nobody looks at the buckets until they are
 * emptied for the next time.
 */
void bio_pressure_probe_end(void)
{
	/* First, for the same reason. */
	RCU_INIT_POINTER(bio_pressure_active, NULL);
	unregister_kprobe(&bio_pressure_slab_probe);
	unregister_kretprobe(&bio_pressure_alloc_probe);
}

/** bio_pressure_probe_missed - probe hits without effect since the last begin, by anybody */
u64 bio_pressure_probe_missed(void)
{
	return bio_pressure_alloc_probe.nmissed + bio_pressure_alloc_probe.kp.nmissed +
	       bio_pressure_slab_probe.nmissed;
}
