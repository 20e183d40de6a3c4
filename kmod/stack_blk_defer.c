// SPDX-License-Identifier: GPL-2.0
/*
 * What stack_blk does from a worker: originals, when the knob defer says so or after a flush, and
 * reads that another leg of a mirror has to answer.
 */
#include <linux/workqueue.h>
#include <trace/events/block.h>

#include "stack_blk_clone.h"
#include "stack_blk_trace.h"

static struct bio *stack_blk_take(struct stack_blk_dev *dev, struct bio_list *list)
{
	struct bio *bio;

	spin_lock_irq(&dev->lock);
	bio = bio_list_pop(list);
	spin_unlock_irq(&dev->lock);
	return bio;
}

/* Here bios that are submitted are dispatched at once: current->bio_list is NULL. */
static void stack_blk_defer_work(struct work_struct *work)
{
	struct stack_blk_dev *dev = container_of(work, struct stack_blk_dev, defer_work);
	struct bio *orig;

	while ((orig = stack_blk_take(dev, &dev->deferred))) {
		stack_blk_process(dev, orig, false);
		stack_blk_let_go(dev);
	}
}

/* The same clone again, for another lower device: nothing is allocated. */
static void stack_blk_resubmit(struct stack_blk_clone *clone, unsigned int lower)
{
	struct bio *bio = clone->bio;

	clone->first = lower;
	clone->read.tried |= BIT(lower);
	bio->bi_status = BLK_STS_OK;
	if (bio->bi_vcnt) /* in its own pages */
		bio->bi_iter = (struct bvec_iter){ .bi_sector = clone->read.iter.bi_sector,
						   .bi_size = clone->read.iter.bi_size };
	else
		bio->bi_iter = clone->read.iter;
	/* As dm_bio_restore(): who split the clone has counted it down to 0. */
	atomic_set(&bio->__bi_remaining, 1);
	bio->bi_flags = clone->read.flags;
	bio_set_dev(bio, clone->dev->lower[lower].handle.bdev);
	/* bio_endio() took the cgroup, and this is not the task that has one. */
	bio_clone_blkg_association(bio, clone->orig);
	stack_blk_strip(clone->dev, bio);
	stack_blk_count(clone->dev, STACK_BLK_RETRIED);
	stack_blk_count(clone->dev, STACK_BLK_MORE_LEGS);
	trace_block_bio_remap(bio, disk_devt(clone->dev->disk), clone->read.iter.bi_sector);
	trace_stack_blk_leg_submit(clone, bio, lower);
	submit_bio_noacct(bio);
}

static void stack_blk_retry_work(struct work_struct *work)
{
	struct stack_blk_dev *dev = container_of(work, struct stack_blk_dev, retry_work);
	struct bio *bio;

	while ((bio = stack_blk_take(dev, &dev->retries))) {
		struct stack_blk_clone *clone = bio->bi_private;
		int lower = stack_blk_pick_leg(dev, clone->read.tried);

		if (lower >= 0) {
			stack_blk_resubmit(clone, lower);
			continue;
		}
		clone->status = bio->bi_status;
		stack_blk_clone_done(clone);
	}
}

/**
 * stack_blk_defer - let the worker process an original
 * @dev: the device
 * @orig: the original, or what is left of it
 *
 * Context: any. Under q_usage_counter, or by who holds the device.
 */
void stack_blk_defer(struct stack_blk_dev *dev, struct bio *orig)
{
	unsigned long flags;

	stack_blk_hold(dev);
	stack_blk_count(dev, STACK_BLK_DEFERRED);
	spin_lock_irqsave(&dev->lock, flags);
	bio_list_add(&dev->deferred, orig);
	spin_unlock_irqrestore(&dev->lock, flags);
	queue_work(dev->defer_wq, &dev->defer_work);
}

/**
 * stack_blk_retry - let the worker repeat a read that failed, on another leg
 * @clone: its clone, with the error in its bio
 *
 * Context: any.
 */
void stack_blk_retry(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	unsigned long flags;

	/* The clone can be gone once it is on the list, and then does not hold the device. */
	stack_blk_hold(dev);
	spin_lock_irqsave(&dev->lock, flags);
	bio_list_add(&dev->retries, clone->bio);
	spin_unlock_irqrestore(&dev->lock, flags);
	queue_work(dev->retry_wq, &dev->retry_work);
	stack_blk_let_go(dev);
}

/**
 * stack_blk_defer_init - make the workqueues that the device needs
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int stack_blk_defer_init(struct stack_blk_dev *dev)
{
	spin_lock_init(&dev->lock);
	bio_list_init(&dev->deferred);
	bio_list_init(&dev->retries);
	INIT_WORK(&dev->defer_work, stack_blk_defer_work);
	INIT_WORK(&dev->retry_work, stack_blk_retry_work);

	if (dev->legs || dev->par.defer == STACK_BLK_WORKQUEUE) {
		dev->defer_wq = alloc_workqueue("stack_blk_defer", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
		if (!dev->defer_wq)
			return -ENOMEM;
	}
	if (stack_blk_is_mirror(dev)) {
		dev->retry_wq = alloc_workqueue("stack_blk_retry", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
		if (!dev->retry_wq) {
			stack_blk_defer_exit(dev);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * stack_blk_defer_exit - free them again
 * @dev: the device, without I/O
 *
 * Context: may sleep.
 */
void stack_blk_defer_exit(struct stack_blk_dev *dev)
{
	if (dev->retry_wq)
		destroy_workqueue(dev->retry_wq);
	if (dev->defer_wq)
		destroy_workqueue(dev->defer_wq);
}
