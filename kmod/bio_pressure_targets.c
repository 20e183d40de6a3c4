// SPDX-License-Identifier: GPL-2.0
/*
 * The pools under pressure, and whether an allocation's elements are refused.
 *
 * This file is not traced, see Kbuild: it works inside ftrace's handlers.
 */
#include <linux/bio.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/thread_info.h>

#include "bio_pressure_internal.h"

/* How much of the frame of a function is searched for the pool that it was called with. */
#define BIO_PRESSURE_FRAME_WORDS 32

/* Changed under the lock of bio_pressure_hold.c, read with preemption off. */
static struct bio_pressure_target __rcu *bio_pressure_targets[BIO_PRESSURE_TARGETS];

static struct bio_pressure_target *bio_pressure_target(unsigned int i)
{
	return rcu_dereference_sched(bio_pressure_targets[i]);
}

/**
 * bio_pressure_publish - let handlers see a target
 * @t: not active yet; belongs to the handlers until bio_pressure_unpublish()
 * @why: what to say if that fails
 *
 * Callers exclude each other. Returns 0, -EBUSY if its pool has pressure already, or -ENOSPC.
 */
int bio_pressure_publish(struct bio_pressure_target *t, const char **why)
{
	struct bio_pressure_target *other;
	unsigned int i, room = BIO_PRESSURE_TARGETS;

	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		other = rcu_dereference_protected(bio_pressure_targets[i], true);
		if (other && other->pool == t->pool) {
			*why = "another descriptor holds this pool";
			return -EBUSY;
		}
		if (!other)
			room = i;
	}
	if (room == BIO_PRESSURE_TARGETS) {
		*why = "too many pools are held";
		return -ENOSPC;
	}
	t->epoch = bio_pressure_epoch_next();
	rcu_assign_pointer(bio_pressure_targets[room], t);
	return 0;
}

/**
 * bio_pressure_unpublish - counterpart of bio_pressure_publish()
 * @t: nothing happens if it is not published
 *
 * Callers exclude each other; may sleep. When it returns no handler uses @t.
 */
void bio_pressure_unpublish(struct bio_pressure_target *t)
{
	unsigned int i;

	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		if (rcu_access_pointer(bio_pressure_targets[i]) != t)
			continue;
		RCU_INIT_POINTER(bio_pressure_targets[i], NULL);
		synchronize_rcu();
	}
}

/**
 * bio_pressure_target_held - the targets in turn
 * @i: from 0 to BIO_PRESSURE_TARGETS - 1
 *
 * Callers are excluded from changes. Returns one or NULL.
 */
struct bio_pressure_target *bio_pressure_target_held(unsigned int i)
{
	return rcu_dereference_protected(bio_pressure_targets[i], true);
}

/**
 * bio_pressure_deactivate_all - refuse nothing any more, at once
 *
 * Any context; the targets are to be lifted afterwards.
 */
void bio_pressure_deactivate_all(void)
{
	struct bio_pressure_target *t;
	unsigned int i;

	preempt_disable();
	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target(i);
		if (t)
			WRITE_ONCE(t->active, false);
	}
	preempt_enable();
}

static bool bio_pressure_is(const struct bio_pressure_target *t, enum bio_pressure_role role,
			    const void *object)
{
	switch (role) {
	case ROLE_BIO_ALLOC:
		return t->bs && t->bs == object;
	case ROLE_BVEC_ALLOC:
		return t->bs && t->pool == object;
	default:
		return t->pool == object;
	}
}

/* Of a bio_set, only what bio_alloc_bioset() calls comes by the other functions. */
static bool bio_pressure_is_whole(const struct bio_pressure_target *t, enum bio_pressure_role role,
				  const void *object)
{
	return bio_pressure_is(t, role, object) && (!t->bs || role == ROLE_BIO_ALLOC);
}

/**
 * bio_pressure_wants - is this object under pressure?
 * @f: function that is called
 * @object: with this bio_set or mempool
 *
 * Called with preemption off.
 */
bool bio_pressure_wants(const struct bio_pressure_function *f, const void *object)
{
	const struct bio_pressure_target *t;
	unsigned int i;

	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target(i);
		if (t && bio_pressure_is(t, f->role, object))
			return true;
	}
	return false;
}

static bool bio_pressure_holds(const struct bio_pressure_target *t)
{
	return READ_ONCE(t->active) && !READ_ONCE(t->gone) && !bio_pressure_over(t);
}

/* Is the current task of that process or of one that descends from it? */
static bool bio_pressure_of_tree(struct pid *tree)
{
	struct task_struct *task = current;
	bool found = false;

	rcu_read_lock();
	for (; !found && task != rcu_dereference(task->real_parent);
	     task = rcu_dereference(task->real_parent))
		found = task_tgid(task) == tree;
	rcu_read_unlock();
	return found;
}

/* Is an allocation with @gfp, by whoever is at work here, left alone? */
static bool bio_pressure_excludes(const struct bio_pressure_target *t, gfp_t gfp)
{
	if (!in_task() || (gfp & __GFP_NOFAIL))
		return true;
	if ((t->flags & BIO_PRESSURE_F_MAY_SLEEP) && !gfpflags_allow_blocking(gfp))
		return true;
	return t->tree && !bio_pressure_of_tree(t->tree);
}

/**
 * bio_pressure_missed - an allocation could not be followed
 * @f: function that is called
 * @object: with this bio_set or mempool; nothing is counted if it is not under pressure, or if this
 *	is part of an allocation that is counted as a whole
 * @gfp: and with these flags
 * @cause: MISSED_*
 *
 * Whether it will ask for an element is not known; it is counted as if it did. Called with
 * preemption off.
 */
void bio_pressure_missed(const struct bio_pressure_function *f, const void *object, gfp_t gfp,
			 int cause)
{
	struct bio_pressure_target *t;
	unsigned int i;

	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target(i);
		if (!t || !bio_pressure_is_whole(t, f->role, object) || !bio_pressure_holds(t))
			continue;
		atomic64_inc(bio_pressure_excludes(t, gfp) ? &t->excluded : &t->missed[cause]);
	}
}

/**
 * bio_pressure_given_up - a mark goes while its call is under way
 * @m: the mark
 *
 * If it was being refused, it is so no more; that it has returned long ago cannot be known. Called
 * with preemption off.
 */
void bio_pressure_given_up(const struct bio_pressure_mark *m)
{
	struct bio_pressure_target *t;
	unsigned int i;
	u8 verdict;

	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target(i);
		if (!t || m->epoch < t->epoch || !bio_pressure_is_whole(t, m->role, m->object))
			continue;
		verdict = m->verdict[t->kind == BIO_PRESSURE_BVEC_POOL];
		if (verdict == REFUSED) {
			atomic64_dec(&t->refused);
			atomic64_inc(&t->missed[MISSED_OVERFLOW]);
		} else if (verdict == UNDECIDED && bio_pressure_holds(t)) {
			atomic64_inc(bio_pressure_excludes(t, m->gfp) ?
					     &t->excluded : &t->missed[MISSED_OVERFLOW]);
		}
	}
}

/**
 * bio_pressure_destroyed - a mempool ends
 * @pool: which
 *
 * Nothing is refused from now on. Called with preemption off.
 */
void bio_pressure_destroyed(const void *pool)
{
	struct bio_pressure_target *t;
	unsigned int i;

	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target(i);
		if (!t || t->pool != pool || t->gone)
			continue;
		WRITE_ONCE(t->gone, true);
		irq_work_queue(&t->notice);
	}
}

/* A number between 0 and 2^64 - 1 for the nth draw: SplitMix64 (Steele, Lea, Flood 2014). */
static u64 bio_pressure_draw(u64 seed, u64 n)
{
	u64 z = seed + n * 0x9E3779B97F4A7C15ULL;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
	return z ^ (z >> 31);
}

/* Decides on an allocation with @gfp and counts it; as should_fail_ex() does. */
static enum bio_pressure_verdict bio_pressure_decide(struct bio_pressure_target *t, gfp_t gfp)
{
	u64 n;

	if (bio_pressure_excludes(t, gfp)) {
		atomic64_inc(&t->excluded);
		return SPARED;
	}
	n = atomic64_inc_return(&t->drawn);
	if ((t->interval <= 1 || n % t->interval == 0) &&
	    ((bio_pressure_draw(t->seed, n) >> 32) * BIO_PRESSURE_PPM_MAX) >> 32 < t->ppm &&
	    (!t->limited || atomic64_dec_if_positive(&t->times) >= 0)) {
		atomic64_inc(&t->refused);
		return REFUSED;
	}
	atomic64_inc(&t->spared);
	return SPARED;
}

/* Does an attempt of the marked call ask for an element of @t? */
static bool bio_pressure_asks_for(const struct bio_pressure_target *t,
				  const struct bio_pressure_mark *m,
				  const struct bio_pressure_attempt *a)
{
	if (!bio_pressure_is(t, m->role, m->object))
		return false;
	switch (m->role) {
	case ROLE_BIO_ALLOC:
		return a->slab && (a->data == t->slab) == (t->kind == BIO_PRESSURE_BIO_POOL);
	case ROLE_BVEC_ALLOC:
		return a->slab;
	default:
		/* From the slab only by a tail call of an element function that was spared. */
		return !a->slab && a->data == t->pool_data;
	}
}

/*
 * The mark of a whole allocation: one of a bio_set can come here by several functions, all
 * called by bio_alloc_bioset(), and is decided on once. NULL if that has none. Called with the
 * stack locked.
 */
static struct bio_pressure_mark *bio_pressure_whole(const struct bio_pressure_target *t,
						    struct bio_pressure_stack *stack,
						    struct bio_pressure_mark *m)
{
	if (t->bs && m->role != ROLE_BIO_ALLOC)
		m = bio_pressure_nearest(stack, &m->at, ROLE_BIO_ALLOC);
	return m && bio_pressure_is_whole(t, m->role, m->object) && m->epoch >= t->epoch ? m : NULL;
}

/*
 * An attempt of an allocation with @gfp that began before pressure did. Once marks have run out
 * that is not certain, and it is not counted.
 */
static void bio_pressure_count_before(struct bio_pressure_target *t, gfp_t gfp)
{
	if (bio_pressure_holds(t) && !bio_pressure_excludes(t, gfp) &&
	    !atomic64_read(&t->missed[MISSED_OVERFLOW]))
		atomic64_inc(&t->missed[MISSED_BEFORE]);
}

static bool bio_pressure_refuses_marked(struct bio_pressure_target *t,
					struct bio_pressure_stack *stack,
					struct bio_pressure_mark *m,
					const struct bio_pressure_attempt *a)
{
	struct bio_pressure_mark *whole;
	u8 *verdict;

	if (a->slab)
		WRITE_ONCE(t->slab_asked, true);
	if (!bio_pressure_holds(t))
		return false;
	whole = bio_pressure_whole(t, stack, m);
	if (!whole) {
		bio_pressure_count_before(t, m->gfp);
		return false;
	}
	/* Not by the flags of what bio_alloc_bioset() calls: it tries without sleeping first. */
	verdict = &whole->verdict[t->kind == BIO_PRESSURE_BVEC_POOL];
	if (*verdict == UNDECIDED)
		*verdict = bio_pressure_decide(t, whole->gfp | (a->gfp & __GFP_NOFAIL));
	return *verdict == REFUSED && !(a->gfp & __GFP_NOFAIL);
}

/* What is known of an attempt without a mark, whose function is unknown: does it fit @t? */
static bool bio_pressure_may_be_for(const struct bio_pressure_target *t,
				    const struct bio_pressure_attempt *a)
{
	if (!a->slab)
		return a->data == t->pool_data;
	return a->role == ROLE_BIO_ALLOC && t->kind == BIO_PRESSURE_BIO_POOL && a->data == t->slab;
}

/* Are registers or the frame that is being worked in, from @a->at up, a place of the pool? */
static bool bio_pressure_in_frame(const struct bio_pressure_target *t,
				  const struct bio_pressure_attempt *a)
{
	unsigned long object = (unsigned long)(a->slab ? (const void *)t->bs : t->pool);
	const unsigned long *word = (const unsigned long *)a->regs;
	unsigned int i;

	for (i = 0; i < sizeof(*a->regs) / sizeof(*word); i++)
		if (word[i] == object)
			return true;
	word = (const unsigned long *)a->at.sp;
	for (i = 0; i < BIO_PRESSURE_FRAME_WORDS; i++) {
		if ((unsigned long)(word + i) / THREAD_SIZE != a->at.sp / THREAD_SIZE)
			break;
		if (READ_ONCE_NOCHECK(word[i]) == object)
			return true;
	}
	return false;
}

/* Counts an attempt without a mark if it is for a target. It came back, so it may sleep. */
static void bio_pressure_begun_before(const struct bio_pressure_attempt *a)
{
	struct bio_pressure_target *t;
	unsigned int i;

	if (!in_task())
		return;
	for (i = 0; i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target(i);
		if (t && bio_pressure_holds(t) && bio_pressure_may_be_for(t, a) &&
		    bio_pressure_in_frame(t, a))
			bio_pressure_count_before(t, a->gfp | __GFP_DIRECT_RECLAIM);
	}
}

/**
 * bio_pressure_refuses - is an element to be refused?
 * @a: who asks for it
 *
 * Decides on the allocation at its first attempt. Called with preemption off, from any context but
 * NMIs.
 */
bool bio_pressure_refuses(const struct bio_pressure_attempt *a)
{
	struct bio_pressure_stack *stack = bio_pressure_stack_of(&a->at);
	struct bio_pressure_mark *m = NULL;
	struct bio_pressure_target *t;
	unsigned long flags;
	bool refuse = false;
	unsigned int i;

	if (hlist_empty(&stack->marks)) {
		bio_pressure_begun_before(a);
		return false;
	}
	raw_spin_lock_irqsave(&stack->lock, flags);
	m = bio_pressure_nearest(stack, &a->at, a->role);
	for (i = 0; m && i < BIO_PRESSURE_TARGETS; i++) {
		t = bio_pressure_target(i);
		if (!t || !bio_pressure_asks_for(t, m, a))
			continue;
		if (m->epoch < t->epoch)
			bio_pressure_count_before(t, m->gfp);
		else
			refuse = bio_pressure_refuses_marked(t, stack, m, a);
		break;
	}
	raw_spin_unlock_irqrestore(&stack->lock, flags);
	if (!m)
		bio_pressure_begun_before(a);
	return refuse;
}
