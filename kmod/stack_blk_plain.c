// SPDX-License-Identifier: GPL-2.0
/*
 * The short way: a read or write of a disk that has one lower device and nothing special, which
 * becomes one clone, sent on as it is. What the long way (stack_blk_io.c) asks of each bio is asked
 * of the device once, which is then given a ->submit_bio() of its own. Bios that are not so plain,
 * and clones that fail, go the long way all the same. What is counted, traced and accounted is the
 * same.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <trace/events/block.h>

#include "stack_blk_clone.h"
#include "stack_blk_trace.h"

/**
 * stack_blk_is_plain - whether bios of a device can go the short way
 * @dev: the device, its parameters and number of lower devices are known
 *
 * Context: any.
 * Return: true if so; that never changes.
 */
bool stack_blk_is_plain(const struct stack_blk_dev *dev)
{
	const struct stack_blk_params *par = &dev->par;

	return par->layout == STACK_BLK_LINEAR && !dev->legs && !par->chunk_kb &&
	       par->split == STACK_BLK_TRIM && par->per_bio == STACK_BLK_FRONT_PAD &&
	       par->defer == STACK_BLK_INLINE && dev->source == STACK_BLK_BIOSET && !dev->special;
}

/* It has data, nobody polls for it, and nothing is to happen to it. */
static bool stack_blk_goes_plain(const struct stack_blk_dev *dev, const struct bio *orig)
{
	return stack_blk_has_data(orig) && orig->bi_iter.bi_size && !stack_blk_wants_poll(orig) &&
	       !stack_blk_is_special(dev);
}

static void stack_blk_plain_endio(struct bio *bio)
{
	struct stack_blk_clone *clone = bio->bi_private;
	struct stack_blk_dev *dev = clone->dev;
	struct bio *orig = clone->orig;

	if (unlikely(bio->bi_status)) {
		stack_blk_leg_endio(bio);
		return;
	}
	if (clone->acct)
		compat_end_io_acct(orig, clone->sectors, clone->start);
	trace_stack_blk_clone_complete(clone);
	/* In this order, see stack_blk_clone_finish(). */
	bio_put(bio);
	stack_blk_count(dev, STACK_BLK_COMPLETED);
	bio_endio(orig);
	stack_blk_let_go(dev);
}

/* All that the long way may look at when the clone has failed. */
static struct stack_blk_clone *stack_blk_plain_init(struct stack_blk_dev *dev, struct bio *orig,
						    struct bio *bio)
{
	struct stack_blk_clone *clone = (void *)bio - dev->state_size;

	clone->dev = dev;
	clone->orig = orig;
	clone->bio = bio;
	clone->sectors = bio_sectors(orig);
	clone->flush = false;
	clone->polled = false;
	clone->ok = false;
	clone->fatal = false;
	clone->status = BLK_STS_OK;
	clone->first = 0;
	clone->nr = 1;
	bio->bi_end_io = stack_blk_plain_endio;
	bio->bi_private = clone;
	bio_clear_polled(bio); /* on 6.1 it is not for a per-CPU cache either, then */
	return clone;
}

/* All of an original, for who traces. */
static struct stack_blk_piece stack_blk_plain_piece(const struct bio *orig)
{
	unsigned int len = orig->bi_iter.bi_size;

	return (struct stack_blk_piece){
		.len = len, .nr = 1, .first = { 0, len, orig->bi_iter.bi_sector },
	};
}

static stack_blk_rare void stack_blk_plain_trace(struct stack_blk_clone *clone)
{
	struct stack_blk_piece piece = stack_blk_plain_piece(clone->orig);

	trace_stack_blk_clone_alloc(clone->dev, clone->orig, &piece, clone);
	if (trace_block_bio_remap_enabled())
		stack_blk_trace_remap(clone);
}

static stack_blk_rare void stack_blk_plain_failed(struct stack_blk_dev *dev, struct bio *orig,
						  bool acct, unsigned long start)
{
	struct stack_blk_piece piece = stack_blk_plain_piece(orig);

	stack_blk_count(dev, STACK_BLK_ALLOC_FAILED);
	trace_stack_blk_clone_alloc(dev, orig, &piece, NULL);
	if (acct)
		compat_end_io_acct(orig, 0, start);
	stack_blk_give_up(dev, orig, false);
}

/**
 * stack_blk_plain_submit_bio - block_device_operations.submit_bio of a device that is plain
 * @orig: the original, new or what is left of it
 */
void stack_blk_plain_submit_bio(struct bio *orig)
{
	struct stack_blk_dev *dev = orig->bi_bdev->bd_disk->private_data;
	gfp_t gfp = stack_blk_gfp(dev, orig);
	unsigned long start = jiffies;
	struct stack_blk_clone *clone;
	struct bio *bio;
	bool acct;

	if (unlikely(!stack_blk_goes_plain(dev, orig))) {
		stack_blk_submit_bio(orig);
		return;
	}
	acct = blk_queue_io_stat(dev->disk->queue);
	if (acct)
		compat_start_io_acct(orig, bio_sectors(orig), start);
	bio = bio_alloc_clone(dev->lower[0].handle.bdev, orig, gfp, &dev->bs);
	if (unlikely(!bio)) {
		stack_blk_plain_failed(dev, orig, acct, start);
		return;
	}
	clone = stack_blk_plain_init(dev, orig, bio);
	clone->acct = acct;
	clone->start = start;
	stack_blk_count(dev, STACK_BLK_ALLOCATED);
	stack_blk_count(dev, STACK_BLK_BIOS);
	if (trace_stack_blk_clone_alloc_enabled() || trace_block_bio_remap_enabled())
		stack_blk_plain_trace(clone);
	trace_stack_blk_leg_submit(clone, bio, 0);
	submit_bio_noacct(bio);
}
