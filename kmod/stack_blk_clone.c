// SPDX-License-Identifier: GPL-2.0
/*
 * Where clones and their per-bio state come from: the part of stack_blk that keeps the contract of
 * bio_alloc_bioset() or breaks it on purpose.
 *
 * One allocation serves one piece of an original, whatever the number of its legs: the bios of the
 * further legs are in the state, by default in the front_pad of the bio_set. So a reserve of one
 * makes progress for every layout, as long as the rules are kept.
 */
#include <linux/blk-cgroup.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <trace/events/block.h>

#include "stack_blk_clone.h"
#include "stack_blk_trace.h"

/* What a state from kzalloc() is filled with before it is freed: zeroes are not there by chance. */
#define STACK_BLK_POISON	0x5a

/**
 * stack_blk_kmalloc_fails - whether this is the allocation that kmalloc_fail_nth lets fail
 * @dev: the device
 *
 * Context: any.
 * Return: true if so.
 */
bool stack_blk_kmalloc_fails(struct stack_blk_dev *dev)
{
	unsigned int nth = READ_ONCE(*dev->fail_nth);

	return nth && !((unsigned int)atomic_inc_return(&dev->kmalloc_seen) % nth);
}

/* An allocation that no bio_set backs. */
static void *stack_blk_kmalloc(struct stack_blk_dev *dev, size_t size, gfp_t gfp)
{
	void *mem = NULL;

	if (!stack_blk_kmalloc_fails(dev))
		mem = kmalloc(size, gfp | __GFP_NOWARN);
	if (!mem)
		stack_blk_count(dev, STACK_BLK_KMALLOC_FAILED);
	return mem;
}

static void *stack_blk_kzalloc_state(struct stack_blk_dev *dev, gfp_t gfp)
{
	void *state = stack_blk_kmalloc(dev, dev->state_size, gfp | __GFP_ZERO);

	if (state && memchr_inv(state, 0, dev->state_size))
		stack_blk_count(dev, STACK_BLK_KZALLOC_DIRTY);
	return state;
}

static void *stack_blk_pool_alloc(gfp_t gfp, void *data)
{
	struct stack_blk_dev *dev = data;

	return stack_blk_kmalloc(dev, dev->state_size, gfp);
}

static void stack_blk_pool_free(void *element, void *data)
{
	kfree(element);
}

static int stack_blk_bioset_init(struct stack_blk_dev *dev)
{
	unsigned int pad = dev->par.per_bio == STACK_BLK_FRONT_PAD ? dev->state_size : 0;
	int flags = dev->par.rescuer ? BIOSET_NEED_RESCUER : 0;

	if (dev->par.percpu_cache)
		flags |= BIOSET_PERCPU_CACHE;
	if (dev->par.bvecs == STACK_BLK_OWN)
		flags |= BIOSET_NEED_BVECS;
	return bioset_init(&dev->bs, dev->par.pool_size, pad, flags);
}

/**
 * stack_blk_pool_init - make what clones come from
 * @dev: the device, its parameters and number of lower devices are known
 * @fail_nth: kmalloc_fail_nth, see struct stack_blk_dev
 *
 * Context: may sleep.
 * Return: 0 or an error.
 */
int stack_blk_pool_init(struct stack_blk_dev *dev, const unsigned int *fail_nth)
{
	static const unsigned int never;
	int err;

	dev->state_size = sizeof(struct stack_blk_clone) +
			  dev->legs * sizeof(struct stack_blk_leg);
	if (dev->par.track)
		dev->state_size += stack_blk_track_size();
	dev->stats = alloc_percpu(struct stack_blk_stats);
	if (!dev->stats)
		return -ENOMEM;

	err = stack_blk_bioset_init(dev);
	if (err)
		goto err_stats;
	err = stack_blk_split_init(dev);
	if (err)
		goto err_bioset;

	dev->fail_nth = &never; /* not of what fills the reserve */
	if (dev->par.per_bio == STACK_BLK_MEMPOOL) {
		dev->state_pool = mempool_create(dev->par.pool_size, stack_blk_pool_alloc,
						 stack_blk_pool_free, dev);
		err = dev->state_pool ? 0 : -ENOMEM;
		if (err)
			goto err_split;
	}
	err = stack_blk_bvecs_init(dev);
	if (err)
		goto err_state;
	dev->fail_nth = fail_nth;
	return 0;

err_state:
	mempool_destroy(dev->state_pool);
err_split:
	bioset_exit(&dev->split_bs);
err_bioset:
	bioset_exit(&dev->bs);
err_stats:
	free_percpu(dev->stats);
	return err;
}

/**
 * stack_blk_pool_exit - free it again
 * @dev: the device; no clone exists, and nobody can make one
 *
 * Context: may sleep.
 */
void stack_blk_pool_exit(struct stack_blk_dev *dev)
{
	stack_blk_bvecs_exit(dev);
	mempool_destroy(dev->state_pool);
	bioset_exit(&dev->split_bs);
	bioset_exit(&dev->bs);
	free_percpu(dev->stats);
}

static stack_blk_rare void *stack_blk_state_alloc(struct stack_blk_dev *dev, gfp_t gfp)
{
	if (dev->par.per_bio == STACK_BLK_MEMPOOL)
		return mempool_alloc(dev->state_pool, gfp);
	return stack_blk_kzalloc_state(dev, gfp);
}

static stack_blk_rare void stack_blk_state_free(struct stack_blk_dev *dev,
						struct stack_blk_clone *state)
{
	if (dev->par.per_bio == STACK_BLK_MEMPOOL) {
		mempool_free(state, dev->state_pool);
	} else {
		memset(state, STACK_BLK_POISON, dev->state_size);
		kfree(state);
	}
}

static struct bio *stack_blk_bio_kmalloc(struct stack_blk_dev *dev, struct block_device *bdev,
					 struct bio *orig, gfp_t gfp)
{
	struct bio *bio = NULL;

	gfp |= __GFP_NOWARN;
	if (!stack_blk_kmalloc_fails(dev))
		bio = bio_kmalloc(0, gfp);
	if (bio && bio_init_clone(bdev, bio, orig, gfp)) {
		kfree(bio);
		bio = NULL;
	}
	if (!bio)
		stack_blk_count(dev, STACK_BLK_KMALLOC_FAILED);
	return bio;
}

/* From elsewhere than the bio_set, or not all of it from there. */
static stack_blk_rare struct bio *stack_blk_bio_other(struct stack_blk_dev *dev,
						      struct block_device *bdev, struct bio *orig,
						      unsigned int len, gfp_t gfp)
{
	if (dev->source == STACK_BLK_PAGES)
		return stack_blk_pages_clone(dev, bdev, orig, len, gfp);
	return stack_blk_bio_kmalloc(dev, bdev, orig, gfp);
}

static struct bio *stack_blk_bio_alloc(struct stack_blk_dev *dev, struct block_device *bdev,
				       struct bio *orig, unsigned int len, gfp_t gfp)
{
	if (dev->source == STACK_BLK_BIOSET)
		return bio_alloc_clone(bdev, orig, gfp, &dev->bs);
	return stack_blk_bio_other(dev, bdev, orig, len, gfp);
}

static void stack_blk_bio_put(struct stack_blk_dev *dev, struct bio *bio)
{
	if (dev->source == STACK_BLK_BIOSET) {
		bio_put(bio);
	} else if (dev->source == STACK_BLK_PAGES) {
		stack_blk_pages_free(dev, bio);
		bio_put(bio);
	} else {
		/* Not bio_put(): what bio_kmalloc() gave is its owner's to free. */
		bio_uninit(bio);
		kfree(bio);
	}
}

/* Aims @bio, a clone of all that is left of the original, at its part of a lower device. */
static void stack_blk_aim(struct stack_blk_clone *clone, struct bio *bio,
			  const struct stack_blk_range *range)
{
	bio->bi_iter.bi_sector = range->sector;
	bio->bi_iter.bi_size = range->bytes;
	bio->bi_end_io = stack_blk_leg_endio;
	bio->bi_private = clone;
	if (!clone->polled)
		bio_clear_polled(bio);
	if (clone->flush)
		bio->bi_opf &= ~REQ_FUA;
}

/*
 * Makes the further legs. They and the first one may wait, as those of raid1 (raid1_write_request()
 * in drivers/md/raid1.c): what one of them would not do, the others have done.
 */
static stack_blk_rare int stack_blk_legs_init(struct stack_blk_clone *clone,
					      const struct stack_blk_piece *piece, gfp_t gfp)
{
	/* All legs of a clone that has pages of its own have these. */
	struct bio *src = clone->bio->bi_vcnt ? clone->bio : clone->orig;
	unsigned long lower;

	clone->bio->bi_opf &= ~REQ_NOWAIT;
	for_each_set_bit(lower, &piece->others, STACK_BLK_LOWERS_MAX) {
		struct stack_blk_leg *leg = stack_blk_leg(clone, clone->nr - 1);
		struct stack_blk_range range;
		int err;

		leg->lower = lower;
		err = bio_init_clone(clone->dev->lower[lower].handle.bdev, &leg->bio, src, gfp);
		if (err)
			return err;
		/*
		 * It is part of an element of the bio_set, so the rescuer is to take it, too
		 * (punt_bios_to_rescuer() in block/bio.c). No bio_put() frees a leg.
		 */
		leg->bio.bi_pool = clone->bio->bi_pool;
		leg->bio.bi_opf &= ~REQ_NOWAIT;
		clone->nr++;
		stack_blk_map_other(clone->dev, clone->orig, piece, lower, &range);
		stack_blk_aim(clone, &leg->bio, &range);
	}
	return 0;
}

static void stack_blk_clone_init(struct stack_blk_clone *clone, struct stack_blk_dev *dev,
				 struct bio *orig, struct bio *bio,
				 const struct stack_blk_piece *piece)
{
	clone->dev = dev;
	clone->orig = orig;
	clone->bio = bio;
	clone->sectors = piece->len >> SECTOR_SHIFT;
	clone->flush = piece->flush;
	clone->polled = stack_blk_wants_poll(orig) && stack_blk_can_poll(dev, orig, piece);
	clone->ok = false;
	clone->fatal = false;
	clone->status = BLK_STS_OK;
	clone->nr = 1;
	clone->first = piece->first.lower;
	if (dev->keep) {
		clone->read.iter = orig->bi_iter;
		clone->read.iter.bi_size = piece->len;
		clone->read.flags = bio->bi_flags;
		clone->read.tried = BIT(clone->first);
	}
}

/* Before something special is allocated. Returns whether that fails, on purpose. */
static stack_blk_rare bool stack_blk_special_begin(struct stack_blk_dev *dev, struct bio *orig,
						   const struct stack_blk_piece *piece)
{
	if (stack_blk_fault_alloc(dev, orig, piece))
		return true;
	if (dev->par.track)
		stack_blk_track_allocating(dev, true);
	return false;
}

static stack_blk_rare void stack_blk_special_failed(struct stack_blk_dev *dev)
{
	if (dev->par.track)
		stack_blk_track_allocating(dev, false);
}

/**
 * stack_blk_strip - take from a bio of a clone what of the original is not to be passed on
 * @dev: the device
 * @bio: the bio
 *
 * Context: any.
 */
void stack_blk_strip(const struct stack_blk_dev *dev, struct bio *bio)
{
	const struct stack_blk_pass *pass = &dev->par.pass;

	if (!pass->ioprio)
		bio->bi_ioprio = 0;
	if (!pass->write_hint)
		compat_bio_drop_hints(bio);
	if (!pass->blkcg)
		bio_associate_blkg_from_css(bio, blkcg_root_css);
}

/*
 * Takes what is not to be passed on, and draws for the faults of a clone, whose bios then end where
 * these happen.
 */
static stack_blk_rare void stack_blk_clone_special(struct stack_blk_clone *clone,
						   const struct stack_blk_piece *piece)
{
	unsigned int i;

	if (clone->dev->par.track) {
		stack_blk_track_allocating(clone->dev, false);
		stack_blk_track_add(clone, piece);
	}
	stack_blk_faults_draw(clone, piece);
	clone->bio->bi_end_io = stack_blk_fault_endio;
	stack_blk_strip(clone->dev, clone->bio);
	for (i = 1; i < clone->nr; i++) {
		struct bio *bio = &stack_blk_leg(clone, i - 1)->bio;

		bio->bi_end_io = stack_blk_fault_endio;
		stack_blk_strip(clone->dev, bio);
	}
}

/**
 * stack_blk_trace_remap - what blktrace follows an original to the lower devices by
 * @clone: a clone of it, not yet submitted
 *
 * Context: any.
 */
stack_blk_rare void stack_blk_trace_remap(struct stack_blk_clone *clone)
{
	dev_t from = disk_devt(clone->dev->disk);
	sector_t sector = clone->orig->bi_iter.bi_sector;
	unsigned int i;

	trace_block_bio_remap(clone->bio, from, sector);
	for (i = 1; i < clone->nr; i++)
		trace_block_bio_remap(&stack_blk_leg(clone, i - 1)->bio, from, sector);
}

/**
 * stack_blk_clone_alloc - a clone for a piece of an original, with all legs set up
 * @dev: the device
 * @orig: what is left of the original
 * @piece: the piece
 *
 * Context: may sleep, unless the original or the knob gfp forbids it; then it may fail. It may
 * always fail if not all it takes comes from the bio_set.
 * Return: the clone, which holds the device, or NULL.
 */
struct stack_blk_clone *stack_blk_clone_alloc(struct stack_blk_dev *dev, struct bio *orig,
					      const struct stack_blk_piece *piece)
{
	gfp_t gfp = stack_blk_gfp(dev, orig);
	bool padded = dev->par.per_bio == STACK_BLK_FRONT_PAD;
	bool special = stack_blk_is_special(dev);
	struct block_device *bdev = dev->lower[piece->first.lower].handle.bdev;
	struct stack_blk_clone *clone = NULL;
	struct bio *bio;

	if (special && stack_blk_special_begin(dev, orig, piece))
		goto failed;
	if (!padded) {
		clone = stack_blk_state_alloc(dev, gfp);
		if (!clone)
			goto failed;
	}
	bio = stack_blk_bio_alloc(dev, bdev, orig, piece->len, gfp);
	if (!bio)
		goto failed_state;
	if (padded)
		clone = (void *)bio - dev->state_size;

	stack_blk_clone_init(clone, dev, orig, bio, piece);
	stack_blk_aim(clone, bio, &piece->first);
	if (piece->others && stack_blk_legs_init(clone, piece, gfp)) {
		stack_blk_clone_free(clone);
		goto failed;
	}
	stack_blk_count(dev, STACK_BLK_ALLOCATED);
	atomic_set(&clone->pending, clone->nr);
	if (special && !clone->polled)
		stack_blk_clone_special(clone, piece);
	trace_stack_blk_clone_alloc(dev, orig, piece, clone);
	if (trace_block_bio_remap_enabled())
		stack_blk_trace_remap(clone);
	return clone;

failed_state:
	if (!padded)
		stack_blk_state_free(dev, clone);
failed:
	if (special)
		stack_blk_special_failed(dev);
	stack_blk_count(dev, STACK_BLK_ALLOC_FAILED);
	trace_stack_blk_clone_alloc(dev, orig, piece, NULL);
	return NULL;
}

/**
 * stack_blk_clone_free - free a clone and its state; it still holds the device
 * @clone: the clone
 *
 * Context: any.
 */
void stack_blk_clone_free(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	struct bio *bio = clone->bio;
	unsigned int i;

	for (i = 1; i < clone->nr; i++)
		bio_uninit(&stack_blk_leg(clone, i - 1)->bio);
	if (dev->par.per_bio != STACK_BLK_FRONT_PAD)
		stack_blk_state_free(dev, clone);
	stack_blk_bio_put(dev, bio);
}
