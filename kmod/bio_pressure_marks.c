// SPDX-License-Identifier: GPL-2.0
/*
 * Marks: who is inside which allocation.
 *
 * A mark is made when a watched function is entered for a pool under pressure. Nothing tells
 * when the function returns, because whatever could would be on the stack of a task that may
 * sleep for long. Instead a mark is known by its stack and its place there:
 *
 *  - a function that is entered at a place ends all marks at or below it (stacks grow down): those
 *    calls have returned;
 *  - a function for any other pool leaves a mark, too, if its stack has one, so that the nearest
 *    mark of a function above a place is always the call that is under way there.
 *
 * So a nested allocation for another pool (reclaim may write out pages), or an interrupt's, is
 * never taken for the marked one. A task has no more marks than nested allocations, plus those
 * of places that it has not come back to, which end when it begins to exit. Interrupts have
 * marks so that what they allocate is counted; it is never refused.
 *
 * Marks are preallocated. If none is left, or a mark would have to be made for the order above
 * to hold and cannot, the marks of the stack are given up: nothing is refused there (fail open).
 *
 * This file is not traced, see Kbuild: it works inside ftrace's handlers.
 */
#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/thread_info.h>

#include "bio_pressure_internal.h"

#define BIO_PRESSURE_STACK_BITS 8

static unsigned int bio_pressure_nr_marks = 16384;
module_param_named(marks, bio_pressure_nr_marks, uint, 0444);
MODULE_PARM_DESC(marks, "allocations that can be followed at a time, over all pools held (16384)");

static struct bio_pressure_stack bio_pressure_stacks[1 << BIO_PRESSURE_STACK_BITS];

static struct bio_pressure_mark *bio_pressure_all_marks;

/* Protects the list of free marks; innermost, taken with interrupts off. */
static DEFINE_RAW_SPINLOCK(bio_pressure_free_lock);
static HLIST_HEAD(bio_pressure_free_marks);

static u64 bio_pressure_epoch;

/* Is @a on the same stack as @b? */
static bool bio_pressure_same_stack(const struct bio_pressure_place *a,
				    const struct bio_pressure_place *b)
{
	return a->stack == b->stack;
}

/**
 * bio_pressure_place - a place on the stack that is being worked on
 * @sp: stack pointer
 *
 * What is not on the stack of the current task is on that of interrupts, of which a processor has
 * one: an interrupt of the kernel changes to it, one of user space does not, and what interrupts an
 * interrupt stays there (call_on_irqstack_cond(), arch/x86/include/asm/irq_stack.h). Called with
 * preemption off.
 */
struct bio_pressure_place bio_pressure_place(unsigned long sp)
{
	unsigned long task = (unsigned long)task_stack_page(current);

	return (struct bio_pressure_place){
		.stack = sp - task < THREAD_SIZE ? task : raw_smp_processor_id(),
		.sp = sp,
	};
}

/**
 * bio_pressure_stack_of - the bucket of a stack
 * @at: a place there
 */
struct bio_pressure_stack *bio_pressure_stack_of(const struct bio_pressure_place *at)
{
	return &bio_pressure_stacks[hash_long(at->stack, BIO_PRESSURE_STACK_BITS)];
}

/**
 * bio_pressure_marks_alloc - make room for marks
 *
 * Not while functions are watched. Returns 0 or -ENOMEM. May sleep.
 */
int bio_pressure_marks_alloc(void)
{
	unsigned int i, nr = bio_pressure_nr_marks;

	bio_pressure_all_marks = kvcalloc(nr, sizeof(*bio_pressure_all_marks), GFP_KERNEL);
	if (!bio_pressure_all_marks)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(bio_pressure_stacks); i++) {
		raw_spin_lock_init(&bio_pressure_stacks[i].lock);
		INIT_HLIST_HEAD(&bio_pressure_stacks[i].marks);
	}
	INIT_HLIST_HEAD(&bio_pressure_free_marks);
	for (i = 0; i < nr; i++)
		hlist_add_head(&bio_pressure_all_marks[i].node, &bio_pressure_free_marks);
	return 0;
}

/** bio_pressure_marks_free - counterpart; once nothing is watched any more, so no handler runs */
void bio_pressure_marks_free(void)
{
	kvfree(bio_pressure_all_marks);
	bio_pressure_all_marks = NULL;
}

/** bio_pressure_epoch_next - begins an epoch and returns its number; callers exclude each other */
u64 bio_pressure_epoch_next(void)
{
	WRITE_ONCE(bio_pressure_epoch, bio_pressure_epoch + 1);
	return bio_pressure_epoch;
}

/* Takes it out of its stack. */
static void bio_pressure_mark_free(struct bio_pressure_mark *mark)
{
	hlist_del(&mark->node);
	raw_spin_lock(&bio_pressure_free_lock);
	hlist_add_head(&mark->node, &bio_pressure_free_marks);
	raw_spin_unlock(&bio_pressure_free_lock);
}

static struct bio_pressure_mark *bio_pressure_mark_take(void)
{
	struct bio_pressure_mark *mark = NULL;

	raw_spin_lock(&bio_pressure_free_lock);
	if (!hlist_empty(&bio_pressure_free_marks)) {
		mark = hlist_entry(bio_pressure_free_marks.first, struct bio_pressure_mark, node);
		hlist_del(&mark->node);
	}
	raw_spin_unlock(&bio_pressure_free_lock);
	return mark;
}

/* Ends the marks of a stack at or below a place. Returns how many there are above. */
static unsigned int bio_pressure_end_below(struct bio_pressure_stack *stack,
					   const struct bio_pressure_place *at)
{
	struct bio_pressure_mark *mark;
	struct hlist_node *next;
	unsigned int left = 0;

	hlist_for_each_entry_safe(mark, next, &stack->marks, node) {
		if (!bio_pressure_same_stack(&mark->at, at))
			continue;
		if (mark->at.sp <= at->sp)
			bio_pressure_mark_free(mark);
		else
			left++;
	}
	return left;
}

/**
 * bio_pressure_marks_end - all calls below a place have returned
 * @at: the place; their marks and one there end
 *
 * Called as bio_pressure_mark().
 */
void bio_pressure_marks_end(const struct bio_pressure_place *at)
{
	struct bio_pressure_stack *stack = bio_pressure_stack_of(at);
	unsigned long flags;

	if (hlist_empty(&stack->marks))
		return;
	raw_spin_lock_irqsave(&stack->lock, flags);
	bio_pressure_end_below(stack, at);
	raw_spin_unlock_irqrestore(&stack->lock, flags);
}

/* Nothing may be taken for what has no mark, so the others of its stack go, too. */
static void bio_pressure_give_up(struct bio_pressure_stack *stack,
				 const struct bio_pressure_place *at)
{
	struct bio_pressure_mark *mark;
	struct hlist_node *next;

	hlist_for_each_entry_safe(mark, next, &stack->marks, node) {
		if (!bio_pressure_same_stack(&mark->at, at))
			continue;
		bio_pressure_given_up(mark);
		bio_pressure_mark_free(mark);
	}
}

/**
 * bio_pressure_mark - a watched function is entered
 * @f: which
 * @object: its bio_set or mempool
 * @gfp: what it is called with
 * @at: where on the stack
 * @wanted: @object is under pressure
 *
 * Returns false if a mark should have been made and there is none left. Called with preemption off,
 * from any context but NMIs.
 */
bool bio_pressure_mark(const struct bio_pressure_function *f, const void *object, gfp_t gfp,
		       const struct bio_pressure_place *at, bool wanted)
{
	struct bio_pressure_stack *stack = bio_pressure_stack_of(at);
	struct bio_pressure_mark *mark = NULL;
	unsigned long flags;
	unsigned int above;

	/* Only who is on the stack adds a mark of it: if there is one it is seen. */
	if (!wanted && hlist_empty(&stack->marks))
		return true;
	raw_spin_lock_irqsave(&stack->lock, flags);
	above = bio_pressure_end_below(stack, at);
	if (wanted || above)
		mark = bio_pressure_mark_take();
	if (mark) {
		mark->at = *at;
		mark->object = object;
		mark->epoch = READ_ONCE(bio_pressure_epoch);
		mark->gfp = gfp;
		mark->role = f->role;
		memset(mark->verdict, UNDECIDED, sizeof(mark->verdict));
		hlist_add_head(&mark->node, &stack->marks);
	} else if (above) {
		bio_pressure_give_up(stack, at);
	}
	raw_spin_unlock_irqrestore(&stack->lock, flags);
	return mark || !(wanted || above);
}

/**
 * bio_pressure_nearest - the call of a function that is under way above a place
 * @stack: that of the place, locked
 * @at: the place, which is above none of the function's own calls
 * @role: the function
 *
 * Returns its mark, or NULL if it has none.
 */
struct bio_pressure_mark *bio_pressure_nearest(struct bio_pressure_stack *stack,
					       const struct bio_pressure_place *at,
					       enum bio_pressure_role role)
{
	struct bio_pressure_mark *mark, *nearest = NULL;

	hlist_for_each_entry(mark, &stack->marks, node)
		if (mark->role == role && bio_pressure_same_stack(&mark->at, at) &&
		    mark->at.sp > at->sp && (!nearest || mark->at.sp < nearest->at.sp))
			nearest = mark;
	return nearest;
}
