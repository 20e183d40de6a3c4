// SPDX-License-Identifier: GPL-2.0
/*
 * Knob split: how an original that becomes several pieces is cut. By default, in stack_blk_io.c,
 * each clone is one of all that is left, trimmed. Here the piece first is a bio of its own: split
 * off the front of the original (bio_split()), chained to it (bio_chain()), and then cloned as if
 * it had come so. That takes two bio_sets in a fixed order: who waits for a clone holds one bio
 * that was split off, and who has a clone waits for none. So a reserve of one in each makes
 * progress.
 *
 * Under submit_bio_noacct() what is left goes back through it, before the piece gets its clone
 * (chain), as raid0_make_request() in drivers/md/raid0.c does it, or after that (chain_last).
 * Before means that it is on current->bio_list while the piece waits for its clone: but it is an
 * element of whoever submitted it, none of ours. Either way it is sorted behind the clone. From a
 * worker it would be dispatched at once, with the piece still unsubmitted; so there the pieces are
 * taken one after the other.
 *
 * With limits the block core cuts first, by the limits of our queue: bio_split_to_limits(), as
 * md_submit_bio() has it, with the bio_split of the disk. That always hands what is left back
 * first, also from a worker: its reserve of two is just enough for one such.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <trace/events/block.h>

#include "stack_blk_clone.h"
#include "stack_blk_trace.h"

/**
 * stack_blk_split_init - make the other bio_set, if the knob needs it
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int stack_blk_split_init(struct stack_blk_dev *dev)
{
	if (dev->par.split == STACK_BLK_TRIM)
		return 0;
	return bioset_init(&dev->split_bs, dev->par.pool_size, 0, 0);
}

/* Whether a bio was split off another: then its bi_private is that one, until it has ended. */
static bool stack_blk_was_split(const struct stack_blk_dev *dev, const struct bio *bio)
{
	return bio->bi_pool == &dev->split_bs || bio->bi_pool == &dev->disk->bio_split;
}

/**
 * stack_blk_received - the bio that we were given, of one that was split off it
 * @dev: the device
 * @bio: that one, or the bio itself
 *
 * Context: any.
 * Return: the bio.
 */
struct bio *stack_blk_received(const struct stack_blk_dev *dev, struct bio *bio)
{
	while (stack_blk_was_split(dev, bio))
		bio = bio->bi_private;
	return bio;
}

/**
 * stack_blk_may_part - whether part of an original may be done
 * @orig: the original
 * @flush: all that is done before the rest is its flush
 *
 * Some bios are done or not done, never in part. Of one that may not wait it would be known only
 * with the first pieces under way that a later one has to, see block/blk-merge.c; one that is to be
 * written atomically ends at a border of lower devices with an error, as with dm
 * (__split_and_process_bio()).
 *
 * Context: any.
 * Return: true if so.
 */
stack_blk_rare bool stack_blk_may_part(const struct bio *orig, bool flush)
{
	if (orig->bi_opf & REQ_NOWAIT)
		return false;
	return flush || !(orig->bi_opf & COMPAT_REQ_ATOMIC);
}

/**
 * stack_blk_give_up - end an original, because there is no clone for the next piece of it
 * @dev: the device
 * @orig: the original; nothing is left of it
 * @cut: the piece was cut off from more
 *
 * Context: any.
 */
stack_blk_rare void stack_blk_give_up(struct stack_blk_dev *dev, struct bio *orig, bool cut)
{
	stack_blk_count(dev, STACK_BLK_BIOS);
	if (cut && orig->bi_opf & COMPAT_REQ_ATOMIC) {
		stack_blk_fail(dev, orig, BLK_STS_IOERR);
	} else if (orig->bi_opf & REQ_NOWAIT) {
		bio_set_flag(orig, BIO_QUIET);
		stack_blk_fail(dev, orig, BLK_STS_AGAIN);
	} else {
		stack_blk_fail(dev, orig, BLK_STS_RESOURCE);
	}
	bio_endio(orig);
}

/*
 * Counts a bio that was split off among those received, after it was counted there: so their
 * difference is never too small.
 */
static void stack_blk_count_split(struct stack_blk_dev *dev, bool split)
{
	if (split)
		stack_blk_count(dev, STACK_BLK_SPLIT);
}

/* Makes a clone of all of @bio and submits it. If there is none, the bio ends; the rest goes on. */
static void stack_blk_split_take(struct stack_blk_dev *dev, struct bio *bio)
{
	bool split = stack_blk_was_split(dev, bio);

	stack_blk_submit_batch(dev, bio);
	stack_blk_count_split(dev, split);
}

/* Splits the first @len bytes off @orig. Returns NULL if there was no bio for it. */
static struct bio *stack_blk_split_off(struct stack_blk_dev *dev, struct bio *orig,
				       unsigned int len)
{
	struct stack_blk_piece piece = { .len = len, .nr = 1 };
	struct bio *front;

	/* The same reason as in block/blk-merge.c: nobody polls for what is in pieces. */
	bio_clear_polled(orig);
	/* NULL on kernels up to 6.12, an ERR_PTR() on 7.3. */
	front = bio_split(orig, len >> SECTOR_SHIFT, dev->gfp, &dev->split_bs);
	if (IS_ERR_OR_NULL(front)) {
		stack_blk_count(dev, STACK_BLK_ALLOC_FAILED);
		trace_stack_blk_clone_alloc(dev, orig, &piece, NULL);
		return NULL;
	}
	bio_chain(front, orig);
	trace_block_split(front, orig->bi_iter.bi_sector);
	return front;
}

/* The block core has ended @orig, but for our reference on it. */
static void stack_blk_split_refused(struct stack_blk_dev *dev, struct bio *orig,
				    blk_status_t before)
{
	bool split = stack_blk_was_split(dev, orig);
	blk_status_t status = orig->bi_status;

	orig->bi_status = before;
	if (status == BLK_STS_AGAIN)
		bio_set_flag(orig, BIO_QUIET);
	stack_blk_count(dev, STACK_BLK_BIOS);
	stack_blk_fail(dev, orig, status);
	stack_blk_count_split(dev, split);
	bio_endio(orig);
}

/*
 * What of @orig is within the limits of the queue; what is left was submitted. Returns NULL if it
 * could not be cut, and has ended.
 */
static struct bio *stack_blk_split_to_limits(struct stack_blk_dev *dev, struct bio *orig)
{
	bool chained = bio_flagged(orig, BIO_CHAIN);
	blk_status_t before = orig->bi_status;
	struct bio *front;

	/* It stays if it is ended: we want to know with what. */
	bio_inc_remaining(orig);
	front = bio_split_to_limits(orig);
	if (!front) {
		stack_blk_split_refused(dev, orig, before);
	} else if (front != orig) {
		bio_endio(orig);
	} else {
		/* As it was: what is chained is not polled for. */
		atomic_dec(&orig->__bi_remaining);
		if (!chained)
			bio_clear_flag(orig, BIO_CHAIN);
	}
	return front;
}

/*
 * Only data is cut by the limits, as by chunk_kb. A flush before data comes first, as a piece of
 * the whole: see stack_blk_map().
 */
static bool stack_blk_by_limits(const struct stack_blk_dev *dev, const struct bio *orig)
{
	return dev->par.split == STACK_BLK_LIMITS && stack_blk_has_data(orig) &&
	       !(dev->legs && orig->bi_opf & REQ_PREFLUSH);
}

/**
 * stack_blk_submit_split - clone an original as knob split says and submit the clones
 * @dev: the device
 * @orig: the original, or what is left of it
 * @nested: under submit_bio_noacct()
 *
 * Context: may sleep. Under q_usage_counter, or by who holds the device.
 */
void stack_blk_submit_split(struct stack_blk_dev *dev, struct bio *orig, bool nested)
{
	bool left_first = nested && dev->par.split != STACK_BLK_CHAIN_LAST;
	struct bio *front;
	unsigned int len;

	if (stack_blk_by_limits(dev, orig)) {
		orig = stack_blk_split_to_limits(dev, orig);
		if (!orig)
			return;
	}
	for (;;) {
		len = stack_blk_map_len(dev, orig);
		if (len == orig->bi_iter.bi_size || !stack_blk_may_part(orig, false))
			break;
		front = stack_blk_split_off(dev, orig, len);
		if (!front) {
			bool split = stack_blk_was_split(dev, orig);

			stack_blk_give_up(dev, orig, true);
			stack_blk_count_split(dev, split);
			return;
		}
		if (left_first)
			submit_bio_noacct(orig);
		stack_blk_split_take(dev, front);
		if (nested && !left_first)
			submit_bio_noacct(orig);
		if (nested)
			return;
	}
	stack_blk_split_take(dev, orig);
}
