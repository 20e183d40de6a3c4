// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O path of stack_blk: the orders in which clones are allocated and submitted; completion.
 *
 * An original is completed by bio_endio() once per clone: all but the last hold a reference taken
 * with bio_inc_remaining(), the last one owns the initial reference. There is no state per
 * original, so no second pool that could break the forward progress of the first.
 *
 * Flush and FUA: every clone carries the flags of its original. With one lower device a PREFLUSH on
 * each part means that no part reaches the medium before all that was completed earlier is durable;
 * only on the first part it would leave the others unordered. With several the flush goes to all of
 * them first, and the data follows from a worker.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <trace/events/block.h>

#include "stack_blk_clone.h"
#include "stack_blk_trace.h"

/**
 * stack_blk_fail - a bio has got an error
 * @dev: the device
 * @orig: the bio, or one that was split off it
 * @status: the error
 *
 * The first error wins; the bio counts as failed once however many of its clones fail. That a
 * REQ_NOWAIT bio would have blocked is an answer, not a failure: the submitter comes again.
 *
 * Context: any.
 */
stack_blk_rare void stack_blk_fail(struct stack_blk_dev *dev, struct bio *orig,
				   blk_status_t status)
{
	orig = stack_blk_received(dev, orig);
	if (cmpxchg(&orig->bi_status, BLK_STS_OK, status) == BLK_STS_OK &&
	    status != BLK_STS_AGAIN)
		stack_blk_count(dev, STACK_BLK_BIOS_FAILED);
}

/**
 * stack_blk_clone_finish - all legs of a clone are done, and nobody polls for it
 * @clone: the clone; freed
 *
 * Context: any.
 */
void stack_blk_clone_finish(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	struct bio *orig = clone->orig;
	bool flush = clone->flush;

	if (clone->acct)
		compat_end_io_acct(orig, clone->sectors, clone->start);
	trace_stack_blk_clone_complete(clone);
	if (clone->status)
		stack_blk_fail(dev, orig, clone->status);

	/*
	 * The element goes back to the pool before the original is told: whoever waits for the
	 * original may count on it.
	 */
	stack_blk_clone_free(clone);
	stack_blk_count(dev, STACK_BLK_COMPLETED);
	if (flush && !orig->bi_status) {
		orig->bi_opf &= ~REQ_PREFLUSH;
		stack_blk_defer(dev, orig);
	} else {
		if (flush)
			stack_blk_count(dev, STACK_BLK_BIOS);
		bio_endio(orig);
	}
	stack_blk_let_go(dev);
}

/**
 * stack_blk_clone_done - all legs of a clone of a mirror are done, as was found out in a worker
 * @clone: the clone; hands off
 *
 * Context: process.
 */
void stack_blk_clone_done(struct stack_blk_clone *clone)
{
	/* It may be tracked, and have faults. */
	if (clone->bio->bi_end_io == stack_blk_fault_endio)
		stack_blk_late(clone);
	else
		stack_blk_clone_finish(clone);
}

static unsigned int stack_blk_leg_lower(const struct stack_blk_clone *clone, struct bio *bio)
{
	if (bio == clone->bio)
		return clone->first;
	return container_of(bio, struct stack_blk_leg, bio)->lower;
}

/*
 * An answer about the request or the moment, not about the device. Read-ahead may be dropped at any
 * time; a target error is how a device that claimed to discard or write zeroes says that it cannot.
 */
static bool stack_blk_harmless(const struct bio *orig, blk_status_t status)
{
	switch (status) {
	case BLK_STS_AGAIN:
	case BLK_STS_NOTSUPP:
	case BLK_STS_RESOURCE:
	case COMPAT_BLK_STS_INVAL:
		return true;
	case BLK_STS_TARGET:
		return bio_op(orig) != REQ_OP_READ && bio_op(orig) != REQ_OP_WRITE;
	default:
		return orig->bi_opf & REQ_RAHEAD;
	}
}

/*
 * Some devices do not know what they can before they are asked, and then lower their limits. So
 * does the disk, as dm's clone_endio() does: blkdev_issue_zeroout() looks at them and writes pages.
 */
static void stack_blk_learn(struct stack_blk_dev *dev, struct block_device *lower, struct bio *bio)
{
	struct request_queue *q = dev->disk->queue;

	if (bio_op(bio) == REQ_OP_DISCARD && !bdev_get_queue(lower)->limits.max_discard_sectors)
		compat_limits_no_discard(&q->limits);
	else if (bio_op(bio) == REQ_OP_WRITE_ZEROES && !bdev_write_zeroes_sectors(lower))
		compat_limits_no_write_zeroes(&q->limits);
	else if (bio_op(bio) == REQ_OP_SECURE_ERASE && !bdev_max_secure_erase_sectors(lower))
		q->limits.max_secure_erase_sectors = 0;
}

/**
 * stack_blk_leg_out - take a leg of a mirror out of use, unless it is the last one
 * @dev: the device, a mirror whose disk is there
 * @which: index of the lower device
 * @status: why
 *
 * Context: any.
 * Return: true if it is out of use, false if it is the last one.
 */
bool stack_blk_leg_out(struct stack_blk_dev *dev, unsigned int which, blk_status_t status)
{
	unsigned int i, working = 0;
	unsigned long flags;
	bool out, news;

	spin_lock_irqsave(&dev->lock, flags);
	for (i = 0; i < dev->nr_lowers; i++)
		working += !dev->lower[i].failed;
	news = !dev->lower[which].failed && working > 1;
	if (news)
		WRITE_ONCE(dev->lower[which].failed, true);
	out = dev->lower[which].failed;
	spin_unlock_irqrestore(&dev->lock, flags);

	if (news) {
		pr_err("%s: lower device %u failed (error %d), goes on with %u\n",
		       dev->disk->disk_name, which, blk_status_to_errno(status), working - 1);
		trace_stack_blk_leg_fail(dev, which, blk_status_to_errno(status), working - 1);
	}
	return out;
}

/* Returns true if the clone goes on. */
static stack_blk_rare bool stack_blk_leg_failed(struct stack_blk_clone *clone, struct bio *bio)
{
	struct stack_blk_dev *dev = clone->dev;
	unsigned int lower = stack_blk_leg_lower(clone, bio);
	blk_status_t status = bio->bi_status;
	bool out;

	if (status == BLK_STS_TARGET)
		stack_blk_learn(dev, dev->lower[lower].handle.bdev, bio);
	if (!stack_blk_is_mirror(dev) || stack_blk_harmless(clone->orig, status)) {
		WRITE_ONCE(clone->status, status);
		return false;
	}
	out = stack_blk_leg_out(dev, lower, status);
	if (bio_op(clone->orig) == REQ_OP_READ) {
		stack_blk_retry(clone);
		return true;
	}
	/* The last leg decides, another one only if no leg wrote. */
	if (!out)
		WRITE_ONCE(clone->fatal, true);
	cmpxchg(&clone->status, BLK_STS_OK, status);
	return false;
}

/*
 * A failed leg of a mirror does not matter if another one did it, and none had an objection. What
 * legs did that have failed since then does not count: nobody reads from them.
 */
static void stack_blk_judge(struct stack_blk_clone *clone)
{
	if (clone->ok && !clone->fatal && !stack_blk_harmless(clone->orig, clone->status))
		clone->status = BLK_STS_OK;
}

/* Returns whether that was the last leg. */
static __always_inline bool stack_blk_leg_done(struct stack_blk_clone *clone, struct bio *bio)
{
	if (unlikely(bio->bi_status)) {
		if (stack_blk_leg_failed(clone, bio))
			return false;
	} else if (clone->nr > 1) {
		WRITE_ONCE(clone->ok, true);
	}
	if (clone->nr > 1) {
		if (!atomic_dec_and_test(&clone->pending))
			return false;
		if (stack_blk_is_mirror(clone->dev))
			stack_blk_judge(clone);
	}
	return true;
}

/**
 * stack_blk_leg_endio - bi_end_io of clones and their legs
 * @bio: the bio
 *
 * Context: any.
 */
void stack_blk_leg_endio(struct bio *bio)
{
	struct stack_blk_clone *clone = bio->bi_private;

	if (!stack_blk_leg_done(clone, bio))
		return;
	if (clone->polled)
		stack_blk_poll_done(clone);
	else
		stack_blk_clone_finish(clone);
}

/**
 * stack_blk_fault_endio - the same, of clones that something happens to
 * @bio: the bio
 *
 * Context: any.
 */
void stack_blk_fault_endio(struct bio *bio)
{
	struct stack_blk_clone *clone = bio->bi_private;

	if (clone->faults & BIT(STACK_BLK_FAULT_STATUS))
		bio->bi_status = stack_blk_fault_answer(clone, stack_blk_leg_lower(clone, bio),
							bio->bi_status);
	if (!bio->bi_status)
		stack_blk_pages_read(clone);
	if (stack_blk_leg_done(clone, bio))
		stack_blk_late(clone);
}

static void stack_blk_clone_submit(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	unsigned int i, nr = clone->nr;

	/* The legs first: the clone cannot go before the last one that is submitted. */
	for (i = 1; i < nr; i++) {
		struct stack_blk_leg *leg = stack_blk_leg(clone, i - 1);

		stack_blk_count(dev, STACK_BLK_MORE_LEGS);
		trace_stack_blk_leg_submit(clone, &leg->bio, leg->lower);
		submit_bio_noacct(&leg->bio);
	}
	trace_stack_blk_leg_submit(clone, clone->bio, clone->first);
	submit_bio_noacct(clone->bio);
}

/*
 * Allocates the clone for the next piece of @orig and moves that on. Sets @more if something is
 * left of it; if not, it is counted and belongs to its clones, or was completed: hands off. Returns
 * NULL if there was no clone, then nothing is left.
 *
 * The accounting begins before the allocation, so that iostat shows who waits for a clone. As with
 * dm, an original that is cut into pieces counts as that many I/Os, and one that is not to be cut
 * but would have to be as none.
 */
static struct stack_blk_clone *stack_blk_next(struct stack_blk_dev *dev, struct bio *orig,
					      bool *more)
{
	unsigned long start = jiffies;
	struct stack_blk_piece piece;
	struct stack_blk_clone *clone = NULL;
	bool part, acct = false;

	stack_blk_map(dev, orig, &piece);
	*more = false;
	part = piece.flush || piece.len != orig->bi_iter.bi_size;
	if (!part || stack_blk_may_part(orig, piece.flush)) {
		acct = !piece.flush && blk_queue_io_stat(dev->disk->queue);
		if (acct)
			compat_start_io_acct(orig, piece.len >> SECTOR_SHIFT, start);
		clone = stack_blk_clone_alloc(dev, orig, &piece);
	}
	if (!clone) {
		if (acct)
			compat_end_io_acct(orig, 0, start);
		stack_blk_give_up(dev, orig, part && !piece.flush);
		return NULL;
	}
	clone->acct = acct;
	clone->start = start;
	if (stack_blk_wants_poll(orig))
		stack_blk_poll_begin(clone);
	if (part && !piece.flush) {
		*more = true;
		bio_inc_remaining(orig);
		bio_advance(orig, piece.len);
		trace_block_split(orig, orig->bi_iter.bi_sector);
	} else if (!piece.flush) {
		stack_blk_count(dev, STACK_BLK_BIOS);
	}
	return clone;
}

/*
 * The rule kept: one clone per pass. Under submit_bio_noacct() the rest of the original goes back
 * through it, which sorts it behind what was sent to the lower device, so that this clone is
 * dispatched before the next is allocated. It is not remapped (BIO_REMAPPED stays set), charged by
 * bytes (BIO_BPS_THROTTLED) or traced as queued (BIO_TRACE_COMPLETION) a second time.
 */
static void stack_blk_submit_each(struct stack_blk_dev *dev, struct bio *orig, bool nested)
{
	struct stack_blk_clone *clone;
	bool more;

	do {
		clone = stack_blk_next(dev, orig, &more);
		if (clone)
			stack_blk_clone_submit(clone);
	} while (more && !nested);
	if (more)
		submit_bio_noacct(orig);
}

/**
 * stack_blk_submit_batch - all clones in one pass
 * @dev: the device
 * @orig: the original
 *
 * The rule bent: under submit_bio_noacct() they stay on current->bio_list until we return, so a
 * reserve smaller than their number stops here for good once the slab fails, unless the rescuer
 * takes them. Nothing is bent if there is but one.
 *
 * Context: may sleep. Under q_usage_counter, or by who holds the device.
 */
void stack_blk_submit_batch(struct stack_blk_dev *dev, struct bio *orig)
{
	struct stack_blk_clone *clone;
	bool more;

	do {
		clone = stack_blk_next(dev, orig, &more);
		if (clone)
			stack_blk_clone_submit(clone);
	} while (more);
}

/*
 * The rule broken: all clones are allocated before the first is submitted, so nobody but us knows
 * of them, and no rescuer can save a reserve smaller than their number.
 */
static void stack_blk_submit_hold(struct stack_blk_dev *dev, struct bio *orig)
{
	struct bio_list held = BIO_EMPTY_LIST;
	struct stack_blk_clone *clone;
	struct bio *bio;
	bool more;

	do {
		clone = stack_blk_next(dev, orig, &more);
		if (clone)
			bio_list_add(&held, clone->bio);
	} while (more);
	while ((bio = bio_list_pop(&held))) {
		if (dev->par.track)
			stack_blk_track_move(bio->bi_private, STACK_BLK_AT_SUBMITTED);
		stack_blk_clone_submit(bio->bi_private);
	}
}

/**
 * stack_blk_process - clone an original and submit the clones
 * @dev: the device
 * @orig: the original, or what is left of it
 * @nested: under submit_bio_noacct()
 *
 * Context: may sleep. Under q_usage_counter, or by who holds the device.
 */
void stack_blk_process(struct stack_blk_dev *dev, struct bio *orig, bool nested)
{
	if (dev->order == STACK_BLK_EACH)
		stack_blk_submit_each(dev, orig, nested);
	else if (dev->order == STACK_BLK_BATCH)
		stack_blk_submit_batch(dev, orig);
	else if (dev->order == STACK_BLK_HOLD)
		stack_blk_submit_hold(dev, orig);
	else
		stack_blk_submit_split(dev, orig, nested);
}

/**
 * stack_blk_submit_bio - block_device_operations.submit_bio
 * @bio: the original, new or what is left of it
 */
void stack_blk_submit_bio(struct bio *bio)
{
	struct stack_blk_dev *dev = bio->bi_bdev->bd_disk->private_data;

	if (unlikely(!bio->bi_iter.bi_size && !(bio->bi_opf & REQ_PREFLUSH))) {
		/* Only a flush has no length; a zone's operation is not for us. */
		stack_blk_count(dev, STACK_BLK_BIOS);
		stack_blk_fail(dev, bio, BLK_STS_NOTSUPP);
		bio_endio(bio);
	} else if (dev->par.defer == STACK_BLK_WORKQUEUE) {
		stack_blk_defer(dev, bio);
	} else {
		stack_blk_process(dev, bio, true);
	}
}
