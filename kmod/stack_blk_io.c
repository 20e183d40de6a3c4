// SPDX-License-Identifier: GPL-2.0
/*
 * The I/O path of stack_blk: a bio becomes one clone per chunk.
 *
 * An original is completed by bio_endio() once per clone: all but the last hold a reference taken
 * with bio_inc_remaining(), the last one owns the initial reference. There is no state per
 * original, so no second pool that could break the forward progress of the first.
 *
 * Flush and FUA: every clone carries the flags of its original. A PREFLUSH on each part means that
 * no part reaches the medium before all that was completed earlier is durable; only on the first
 * part it would leave the others unordered. An empty flush is one clone without data.
 *
 * Only reads and writes are cut into chunks. A discard, secure erase or write zeroes goes down
 * whole: parts below the lower's granularity would be dropped by it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/blkdev.h>

#include "stack_blk.h"

/*
 * The first error wins; the bio counts as failed once however many of its clones fail. That a
 * REQ_NOWAIT bio would have blocked is an answer, not a failure: the submitter comes again.
 */
static void stack_blk_fail(struct stack_blk_dev *dev, struct bio *orig, blk_status_t status)
{
	if (cmpxchg(&orig->bi_status, BLK_STS_OK, status) == BLK_STS_OK &&
	    status != BLK_STS_AGAIN)
		stack_blk_count(dev, STACK_BLK_BIOS_FAILED);
}

static void stack_blk_clone_endio(struct bio *bio)
{
	struct stack_blk_clone *clone = container_of(bio, struct stack_blk_clone, bio);
	struct stack_blk_dev *dev = clone->dev;
	struct bio *orig = clone->orig;

	if (clone->acct)
		compat_end_io_acct(orig->bi_bdev, bio_op(orig), clone->sectors, clone->start);
	if (bio->bi_status)
		stack_blk_fail(dev, orig, bio->bi_status);

	/*
	 * The element goes back to the pool before the original is told: whoever waits for the
	 * original may count on it.
	 */
	bio_put(bio);
	stack_blk_count(dev, STACK_BLK_COMPLETED);
	bio_endio(orig);
	percpu_ref_put(&dev->inflight);
}

static struct bio *stack_blk_clone_alloc(struct stack_blk_dev *dev, struct bio *orig)
{
	gfp_t gfp = orig->bi_opf & REQ_NOWAIT ? GFP_NOWAIT | __GFP_NOWARN : GFP_NOIO;
	struct stack_blk_clone *clone;
	struct bio *bio;

	bio = bio_alloc_clone(dev->lower_bdev, orig, gfp, &dev->bs);
	if (!bio) {
		stack_blk_count(dev, STACK_BLK_ALLOC_FAILED);
		return NULL;
	}
	stack_blk_count(dev, STACK_BLK_ALLOCATED);
	percpu_ref_get(&dev->inflight);

	bio->bi_end_io = stack_blk_clone_endio;
	clone = container_of(bio, struct stack_blk_clone, bio);
	clone->dev = dev;
	clone->orig = orig;
	return bio;
}

/* Bytes of the next clone of @orig. */
static unsigned int stack_blk_next_len(const struct stack_blk_dev *dev, const struct bio *orig)
{
	unsigned int len = orig->bi_iter.bi_size;

	if (bio_op(orig) != REQ_OP_READ && bio_op(orig) != REQ_OP_WRITE)
		return len;
	return min(len, dev->chunk);
}

static void stack_blk_clone_submit(struct stack_blk_dev *dev, struct bio *bio, struct bio *orig)
{
	struct stack_blk_clone *clone = container_of(bio, struct stack_blk_clone, bio);

	clone->sectors = bio_sectors(bio);
	clone->acct = blk_queue_io_stat(dev->disk->queue);
	if (clone->acct)
		clone->start = compat_start_io_acct(orig->bi_bdev, bio_op(orig), clone->sectors);
	stack_blk_count(dev, STACK_BLK_SUBMITTED);
	submit_bio_noacct(bio);
}

/*
 * Clone and submit the next @len bytes of @orig and move it on. Returns false if nothing is left
 * for the caller to do: @orig then belongs to its clones, or was completed; hands off.
 */
static bool stack_blk_pass(struct stack_blk_dev *dev, struct bio *orig, unsigned int len)
{
	bool last = len == orig->bi_iter.bi_size;
	struct bio *bio;

	bio = stack_blk_clone_alloc(dev, orig);
	if (!bio) {
		if (orig->bi_opf & REQ_NOWAIT) {
			bio_set_flag(orig, BIO_QUIET);
			stack_blk_fail(dev, orig, BLK_STS_AGAIN);
		} else {
			stack_blk_fail(dev, orig, BLK_STS_RESOURCE);
		}
		bio_endio(orig);
		return false;
	}

	if (!last) {
		bio_trim(bio, 0, len >> SECTOR_SHIFT);
		bio_inc_remaining(orig);
		bio_advance(orig, len);
	}
	stack_blk_clone_submit(dev, bio, orig);
	return !last;
}

/*
 * The rule kept: one clone per pass. The rest of the original goes back through
 * submit_bio_noacct(), which sorts it behind what was sent to the lower device, so that this clone
 * is dispatched before the next is allocated. It is not remapped (BIO_REMAPPED stays set), charged
 * by bytes (BIO_BPS_THROTTLED) or traced as queued (BIO_TRACE_COMPLETION) a second time.
 */
static void stack_blk_submit_each(struct stack_blk_dev *dev, struct bio *orig)
{
	unsigned int len = stack_blk_next_len(dev, orig);
	bool last = len == orig->bi_iter.bi_size;

	if (last)
		stack_blk_count(dev, STACK_BLK_BIOS);
	if (stack_blk_pass(dev, orig, len))
		submit_bio_noacct(orig);
}

/*
 * The rule broken, on purpose: all clones in one pass. They stay on current->bio_list until we
 * return, so a reserve smaller than their number stops here for good once the slab fails, unless
 * the rescuer takes them.
 */
static void stack_blk_submit_batch(struct stack_blk_dev *dev, struct bio *orig)
{
	stack_blk_count(dev, STACK_BLK_BIOS);
	while (stack_blk_pass(dev, orig, stack_blk_next_len(dev, orig)))
		;
}

/**
 * stack_blk_submit_bio - block_device_operations.submit_bio
 * @bio: the original, new or what is left of it
 */
void stack_blk_submit_bio(struct bio *bio)
{
	struct stack_blk_dev *dev = bio->bi_bdev->bd_disk->private_data;

	if (dev->batch)
		stack_blk_submit_batch(dev, bio);
	else
		stack_blk_submit_each(dev, bio);
}
