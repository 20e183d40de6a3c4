// SPDX-License-Identifier: GPL-2.0
/*
 * Originals that are polled for, and are one clone with one leg: the poller is led to the clone by
 * the original's bi_private, as in dm_poll_bio(). The poller, and nobody else, then completes the
 * original: so it still has both when it looks.
 *
 * bio_poll() leads nobody to a queue that is gone or cannot be polled any more. From then on a work
 * is the poller, and what comes is not polled for.
 */
#include <linux/sched.h>

#include "stack_blk_clone.h"

/* Of an original: its bi_private is our clone. Drivers may use it for bios that they were given. */
#define STACK_BLK_POLLED	REQ_DRV

/**
 * stack_blk_can_poll - whether an original can be polled for, as one clone with one leg, where
 * polling means something
 * @dev: the device
 * @orig: what is left of the original
 * @piece: the next piece of it
 *
 * Context: any.
 * Return: true if so.
 */
bool stack_blk_can_poll(const struct stack_blk_dev *dev, struct bio *orig,
			const struct stack_blk_piece *piece)
{
	return !bio_flagged(orig, BIO_CHAIN) &&
	       (bio_op(orig) == REQ_OP_READ || bio_op(orig) == REQ_OP_WRITE) &&
	       piece->nr == 1 && !piece->flush && piece->len == orig->bi_iter.bi_size &&
	       dev->par.defer == STACK_BLK_INLINE && !stack_blk_is_mirror(dev) &&
	       !stack_blk_is_special(dev);
}

/**
 * stack_blk_poll_begin - prepare for a poller, if the clone can be polled for
 * @clone: a clone of an original that wants to be, not yet submitted
 *
 * An original that cannot is told so, as by whoever splits one: it may complete in an interrupt,
 * and on 6.1 may then not go back to a per-CPU cache (bio_put(), bio_clear_polled()).
 *
 * Context: process.
 */
void stack_blk_poll_begin(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	struct bio *orig = clone->orig;

	if (!clone->polled) {
		bio_clear_polled(orig);
		return;
	}
	spin_lock_irq(&dev->lock);
	if (dev->no_pollers) {
		spin_unlock_irq(&dev->lock);
		clone->polled = false;
		bio_clear_polled(clone->bio);
		bio_clear_polled(orig);
		return;
	}
	WRITE_ONCE(orig->bi_cookie, ~BLK_QC_T_NONE);
	clone->poll.saved = orig->bi_private;
	clone->poll.polling = false;
	clone->poll.done = false;
	orig->bi_private = clone;
	orig->bi_opf |= STACK_BLK_POLLED;
	list_add_tail(&clone->poll.node, &dev->polled);
	spin_unlock_irq(&dev->lock);
}

/**
 * stack_blk_poll_done - a clone that is polled for is done: the poller may take it
 * @clone: the clone; hands off
 *
 * Context: any.
 */
void stack_blk_poll_done(struct stack_blk_clone *clone)
{
	/* Pairs with stack_blk_poll(): what the lower device did comes before. */
	smp_store_release(&clone->poll.done, true);
}

/* Polls for a clone that the caller has claimed; completes the original if it is done. */
static int stack_blk_poll(struct stack_blk_clone *clone, struct io_comp_batch *iob,
			  unsigned int flags)
{
	struct stack_blk_dev *dev = clone->dev;
	struct bio *orig = clone->orig;
	bool done;

	if (!READ_ONCE(clone->poll.done))
		bio_poll(clone->bio, iob, flags);
	/* Pairs with stack_blk_poll_done(). */
	done = smp_load_acquire(&clone->poll.done);

	spin_lock_irq(&dev->lock);
	clone->poll.polling = false;
	if (done) {
		list_del(&clone->poll.node);
		orig->bi_opf &= ~STACK_BLK_POLLED;
		orig->bi_private = clone->poll.saved;
	}
	spin_unlock_irq(&dev->lock);
	if (done)
		stack_blk_clone_finish(clone);
	return done;
}

/* Only one at a time polls for a clone. Under dev->lock. */
static bool stack_blk_poll_claim(struct stack_blk_clone *clone)
{
	bool free = !clone->poll.polling;

	clone->poll.polling = true;
	return free;
}

/**
 * stack_blk_poll_bio - block_device_operations.poll_bio
 * @bio: what once was an original of ours; by now it may be another bio (iocb_bio_iopoll()), also
 *	one that somebody else polls for
 * @iob: batch of completions
 * @flags: see bio_poll()
 *
 * Context: process, under q_usage_counter and RCU.
 * Return: 1 if it is complete now, 0 if not.
 */
int stack_blk_poll_bio(struct bio *bio, struct io_comp_batch *iob, unsigned int flags)
{
	struct block_device *bdev = READ_ONCE(bio->bi_bdev);
	struct stack_blk_clone *clone = NULL;
	struct stack_blk_dev *dev;

	if (!bdev || bdev->bd_disk->fops->poll_bio != stack_blk_poll_bio)
		return 0;
	dev = bdev->bd_disk->private_data;
	spin_lock_irq(&dev->lock);
	/* The lock is that of what the bio is on only if it still is. */
	if (READ_ONCE(bio->bi_bdev) == bdev && bio->bi_opf & STACK_BLK_POLLED)
		clone = bio->bi_private;
	if (clone && !stack_blk_poll_claim(clone))
		clone = NULL;
	spin_unlock_irq(&dev->lock);
	return clone ? stack_blk_poll(clone, iob, flags) : 0;
}

/* Is the poller once for each clone. Returns whether any is left. */
static bool stack_blk_poll_round(struct stack_blk_dev *dev)
{
	struct stack_blk_clone *clone;
	unsigned int nr = 0;
	bool claimed, left;

	spin_lock_irq(&dev->lock);
	list_for_each_entry(clone, &dev->polled, poll.node)
		nr++;
	spin_unlock_irq(&dev->lock);
	for (; nr; nr--) {
		spin_lock_irq(&dev->lock);
		clone = list_first_entry_or_null(&dev->polled, struct stack_blk_clone, poll.node);
		claimed = clone && stack_blk_poll_claim(clone);
		/* One that its lower device keeps is not in the way of the others. */
		if (clone)
			list_move_tail(&clone->poll.node, &dev->polled);
		spin_unlock_irq(&dev->lock);
		if (claimed)
			stack_blk_poll(clone, NULL, 0);
		cond_resched();
	}
	spin_lock_irq(&dev->lock);
	left = !list_empty(&dev->polled);
	spin_unlock_irq(&dev->lock);
	return left;
}

static void stack_blk_poll_work(struct work_struct *work)
{
	struct stack_blk_dev *dev = container_of(work, struct stack_blk_dev, poll_work.work);

	if (stack_blk_poll_round(dev))
		schedule_delayed_work(&dev->poll_work, 1);
}

/**
 * stack_blk_poll_allow - whether pollers get at the clones, as long as the disk is not dead
 * @dev: the device, with its disk
 * @can: the queue can be polled
 *
 * If not, those that are polled for complete nevertheless, but that is not waited for: if the lower
 * device is a disk of ours that has died, its own go on only after all who hold it were told.
 *
 * Context: process. The disk does not go meanwhile.
 */
void stack_blk_poll_allow(struct stack_blk_dev *dev, bool can)
{
	spin_lock_irq(&dev->lock);
	/* Who marks the disk dead comes here after that: the last one has seen it. */
	dev->no_pollers = !can || test_bit(GD_DEAD, &dev->disk->state);
	if (dev->no_pollers)
		schedule_delayed_work(&dev->poll_work, 0);
	spin_unlock_irq(&dev->lock);
}

/**
 * stack_blk_poll_drain - be the poller, for those whose queue is gone
 * @dev: the device; hardly a poller can get at it any more
 *
 * Context: may sleep, as long as the lower devices take.
 */
void stack_blk_poll_drain(struct stack_blk_dev *dev)
{
	while (stack_blk_poll_round(dev))
		schedule_timeout_uninterruptible(1);
}

/**
 * stack_blk_poll_init - for a new device
 * @dev: the device
 */
void stack_blk_poll_init(struct stack_blk_dev *dev)
{
	INIT_LIST_HEAD(&dev->polled);
	INIT_DELAYED_WORK(&dev->poll_work, stack_blk_poll_work);
}

/**
 * stack_blk_poll_exit - nobody is the poller any more
 * @dev: the device, without I/O
 *
 * Context: may sleep.
 */
void stack_blk_poll_exit(struct stack_blk_dev *dev)
{
	cancel_delayed_work_sync(&dev->poll_work);
}
