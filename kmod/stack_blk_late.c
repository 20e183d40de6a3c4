// SPDX-License-Identifier: GPL-2.0
/*
 * Clones that do not complete where and when their lower device is done with them: delayed, lost
 * until released, or completed in another context. Each holds the device meanwhile.
 */
#include <linux/random.h>

#include "stack_blk_clone.h"

/* Where what is delayed completes: needed for memory to get free, like the disk itself. */
static struct workqueue_struct *stack_blk_late_wq;

/**
 * stack_blk_late_global_init - what all devices share
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int stack_blk_late_global_init(void)
{
	stack_blk_late_wq = alloc_workqueue("stack_blk_late", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return stack_blk_late_wq ? 0 : -ENOMEM;
}

/**
 * stack_blk_late_global_exit - free it again
 *
 * Context: may sleep. No device is left.
 */
void stack_blk_late_global_exit(void)
{
	destroy_workqueue(stack_blk_late_wq);
}

static void stack_blk_late_finish(struct stack_blk_clone *clone)
{
	if (clone->dev->par.track)
		stack_blk_track_del(clone);
	stack_blk_clone_finish(clone);
}

static void stack_blk_late_move(struct stack_blk_clone *clone, enum stack_blk_place place)
{
	if (clone->dev->par.track)
		stack_blk_track_move(clone, place);
}

/* Completes all of the list. The device is there until late_exit(), which waits for this. */
static void stack_blk_late_complete(struct stack_blk_dev *dev, struct list_head *done)
{
	struct stack_blk_clone *clone;
	unsigned long flags;

	for (;;) {
		spin_lock_irqsave(&dev->lock, flags);
		clone = list_first_entry_or_null(done, struct stack_blk_clone, late.node);
		if (clone)
			list_del(&clone->late.node);
		spin_unlock_irqrestore(&dev->lock, flags);
		if (!clone)
			return;
		stack_blk_late_finish(clone);
	}
}

static void stack_blk_late_irq(struct irq_work *work)
{
	struct stack_blk_dev *dev = container_of(work, struct stack_blk_dev, late.irq);

	stack_blk_late_complete(dev, &dev->late.elsewhere);
}

static void stack_blk_late_tasklet(struct tasklet_struct *tasklet)
{
	struct stack_blk_dev *dev = container_of(tasklet, struct stack_blk_dev, late.tasklet);

	stack_blk_late_complete(dev, &dev->late.elsewhere);
}

static void stack_blk_late_work(struct work_struct *work)
{
	struct stack_blk_dev *dev = container_of(work, struct stack_blk_dev, late.work);

	stack_blk_late_complete(dev, &dev->late.elsewhere);
}

/* Completes a clone where knob complete_in says. */
static void stack_blk_complete(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	unsigned long flags;

	if (dev->par.complete_in == STACK_BLK_LOWER) {
		stack_blk_late_finish(clone);
		return;
	}
	stack_blk_late_move(clone, STACK_BLK_AT_COMPLETING);
	/* With the lock held, because the clone may be gone after it, and the device with it. */
	spin_lock_irqsave(&dev->lock, flags);
	list_add_tail(&clone->late.node, &dev->late.elsewhere);
	if (dev->par.complete_in == STACK_BLK_IRQ)
		irq_work_queue(&dev->late.irq);
	else if (dev->par.complete_in == STACK_BLK_SOFTIRQ)
		tasklet_schedule(&dev->late.tasklet);
	else
		queue_work(stack_blk_late_wq, &dev->late.work);
	spin_unlock_irqrestore(&dev->lock, flags);
}

static struct stack_blk_clone *stack_blk_late_due(struct stack_blk_dev *dev)
{
	struct stack_blk_clone *clone;

	spin_lock_irq(&dev->lock);
	clone = list_first_entry_or_null(&dev->late.delayed, struct stack_blk_clone, late.node);
	if (clone && time_after(clone->late.due, jiffies)) {
		mod_delayed_work(stack_blk_late_wq, &dev->late.timer, clone->late.due - jiffies);
		clone = NULL;
	}
	if (clone)
		list_del(&clone->late.node);
	spin_unlock_irq(&dev->lock);
	return clone;
}

static void stack_blk_late_timer(struct work_struct *work)
{
	struct stack_blk_dev *dev = container_of(work, struct stack_blk_dev, late.timer.work);
	struct stack_blk_clone *clone;

	while ((clone = stack_blk_late_due(dev)))
		stack_blk_complete(clone);
}

static void stack_blk_delay(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	const struct stack_blk_fault *fault = &dev->faults->kind[STACK_BLK_FAULT_DELAY];
	unsigned long delay = msecs_to_jiffies(READ_ONCE(fault->delay_ms));
	struct stack_blk_clone *before;
	unsigned long flags;

	if (READ_ONCE(fault->random))
		delay = ((u64)get_random_u32() * (delay + 1)) >> 32;
	clone->late.due = jiffies + delay;
	stack_blk_late_move(clone, STACK_BLK_AT_DELAYED);
	spin_lock_irqsave(&dev->lock, flags);
	list_for_each_entry_reverse(before, &dev->late.delayed, late.node)
		if (!time_after(before->late.due, clone->late.due))
			break;
	list_add(&clone->late.node, &before->late.node);
	if (list_first_entry(&dev->late.delayed, struct stack_blk_clone, late.node) == clone)
		mod_delayed_work(stack_blk_late_wq, &dev->late.timer, delay);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* Returns whether it is lost. */
static bool stack_blk_lose(struct stack_blk_clone *clone)
{
	struct stack_blk_faults *faults = clone->dev->faults;
	unsigned long flags;
	bool over;

	spin_lock_irqsave(&faults->lock, flags);
	over = faults->over;
	if (!over) {
		stack_blk_late_move(clone, STACK_BLK_AT_LOST);
		list_add_tail(&clone->late.node, &faults->lost);
		WRITE_ONCE(faults->nr_lost, faults->nr_lost + 1);
	}
	spin_unlock_irqrestore(&faults->lock, flags);
	return !over;
}

/**
 * stack_blk_late - all legs of a clone are done, but it has faults or completes elsewhere
 * @clone: the clone; hands off
 *
 * Context: any.
 */
void stack_blk_late(struct stack_blk_clone *clone)
{
	if (clone->faults & BIT(STACK_BLK_FAULT_LOSE) && stack_blk_lose(clone))
		return;
	if (clone->faults & BIT(STACK_BLK_FAULT_DELAY))
		stack_blk_delay(clone);
	else
		stack_blk_complete(clone);
}

/**
 * stack_blk_late_release - complete clones that were lost
 * @faults: of the item
 * @nr: so many, those that were lost first
 *
 * Context: may sleep.
 */
void stack_blk_late_release(struct stack_blk_faults *faults, unsigned int nr)
{
	struct stack_blk_clone *clone;

	for (; nr; nr--) {
		spin_lock_irq(&faults->lock);
		clone = list_first_entry_or_null(&faults->lost, struct stack_blk_clone, late.node);
		if (clone) {
			list_del(&clone->late.node);
			WRITE_ONCE(faults->nr_lost, faults->nr_lost - 1);
		}
		spin_unlock_irq(&faults->lock);
		if (!clone)
			return;
		stack_blk_complete(clone);
	}
}

/**
 * stack_blk_late_init - for a new device
 * @dev: the device
 */
void stack_blk_late_init(struct stack_blk_dev *dev)
{
	INIT_LIST_HEAD(&dev->late.delayed);
	INIT_LIST_HEAD(&dev->late.elsewhere);
	INIT_DELAYED_WORK(&dev->late.timer, stack_blk_late_timer);
	init_irq_work(&dev->late.irq, stack_blk_late_irq);
	tasklet_setup(&dev->late.tasklet, stack_blk_late_tasklet);
	INIT_WORK(&dev->late.work, stack_blk_late_work);
}

/**
 * stack_blk_late_exit - wait for what has completed the last clones
 * @dev: the device, without I/O
 *
 * Context: may sleep.
 */
void stack_blk_late_exit(struct stack_blk_dev *dev)
{
	cancel_delayed_work_sync(&dev->late.timer);
	irq_work_sync(&dev->late.irq);
	tasklet_kill(&dev->late.tasklet);
	cancel_work_sync(&dev->late.work);
}
