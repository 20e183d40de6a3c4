// SPDX-License-Identifier: GPL-2.0
/*
 * Knob bvecs: a clone that reads or writes can have bio_vecs and pages of its own, as those that
 * dm-crypt encrypts into. What is written is copied before the clone is submitted, what is read
 * once it is done, wherever that is. A clone without data is as always.
 *
 * Such a clone comes from two more pools: the bvec_pool of the bio_set, if it has more than
 * BIO_INLINE_VECS pages, and the page_pool of the device, page by page. Several who have part of
 * their pages could wait for each other for good. So, as in crypt_alloc_buffer() in
 * drivers/md/dm-crypt.c, who cannot have all at once gives back what he has, takes a mutex and
 * waits for pages alone; the pool has as many as one can need.
 */
#include <linux/bio.h>
#include <linux/blk-cgroup.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mempool.h>

#include "stack_blk_clone.h"

static void *stack_blk_page_alloc(gfp_t gfp, void *data)
{
	struct stack_blk_dev *dev = data;
	struct page *page = NULL;

	if (!stack_blk_kmalloc_fails(dev))
		page = alloc_page(gfp);
	if (!page)
		stack_blk_count(dev, STACK_BLK_KMALLOC_FAILED);
	return page;
}

static void stack_blk_page_free(void *element, void *data)
{
	__free_page(element);
}

/**
 * stack_blk_bvecs_init - make the pool of pages, if the knob needs it
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int stack_blk_bvecs_init(struct stack_blk_dev *dev)
{
	mutex_init(&dev->page_lock);
	if (dev->par.bvecs == STACK_BLK_SHARED)
		return 0;
	dev->page_pool = mempool_create(BIO_MAX_VECS, stack_blk_page_alloc, stack_blk_page_free,
					dev);
	return dev->page_pool ? 0 : -ENOMEM;
}

/**
 * stack_blk_bvecs_exit - free it again
 * @dev: the device; no clone exists, and nobody can make one
 *
 * Context: may sleep.
 */
void stack_blk_bvecs_exit(struct stack_blk_dev *dev)
{
	mempool_destroy(dev->page_pool);
	mutex_destroy(&dev->page_lock);
}

/**
 * stack_blk_pages_free - free the pages of a clone, if it has some of its own
 * @dev: the device
 * @bio: the clone
 *
 * Context: any.
 */
void stack_blk_pages_free(struct stack_blk_dev *dev, struct bio *bio)
{
	unsigned int i;

	for (i = 0; i < bio->bi_vcnt; i++)
		mempool_free(bio->bi_io_vec[i].bv_page, dev->page_pool);
}

/* Returns false if there was no page for some of it. */
static bool stack_blk_pages_add(struct stack_blk_dev *dev, struct bio *bio, unsigned int len,
				gfp_t gfp)
{
	while (len) {
		unsigned int bytes = min_t(unsigned int, len, PAGE_SIZE);
		struct page *page = mempool_alloc(dev->page_pool, gfp | __GFP_HIGHMEM);

		if (!page)
			return false;
		__bio_add_page(bio, page, bytes, 0);
		len -= bytes;
	}
	return true;
}

/* A bio with pages, for which @page_gfp says how they are asked for. */
static struct bio *stack_blk_pages_bio(struct stack_blk_dev *dev, struct block_device *bdev,
				       struct bio *orig, unsigned int len, gfp_t gfp,
				       gfp_t page_gfp)
{
	struct bio *bio = bio_alloc_bioset(bdev, DIV_ROUND_UP(len, PAGE_SIZE), orig->bi_opf, gfp,
					   &dev->bs);

	if (bio && !stack_blk_pages_add(dev, bio, len, page_gfp)) {
		stack_blk_pages_free(dev, bio);
		bio_put(bio);
		bio = NULL;
	}
	return bio;
}

/* Copies what @iter says of @orig to the pages of its clone, or from there. */
static void stack_blk_pages_copy(struct bio *orig, struct bvec_iter iter, struct bio *bio,
				 bool from)
{
	struct bvec_iter at = { .bi_size = iter.bi_size };

	while (iter.bi_size) {
		struct bio_vec theirs = bio_iter_iovec(orig, iter);
		struct bio_vec ours = bio_iter_iovec(bio, at);
		unsigned int bytes = min(theirs.bv_len, ours.bv_len);
		void *data = bvec_kmap_local(from ? &ours : &theirs);

		theirs.bv_len = bytes;
		ours.bv_len = bytes;
		memcpy_to_bvec(from ? &theirs : &ours, data);
		kunmap_local(data);
		bio_advance_iter_single(orig, &iter, bytes);
		bio_advance_iter_single(bio, &at, bytes);
	}
}

/**
 * stack_blk_pages_clone - bio_alloc_clone(), with pages of its own for what has data
 * @dev: the device
 * @bdev: block device to clone onto
 * @orig: what is left of the original
 * @len: how much of it
 * @gfp: how the bio and its pages are asked for
 *
 * Neither crypt context nor integrity data are taken over: a bio that has them does not come here,
 * since the disk can do neither.
 *
 * Context: may sleep if @gfp allows it.
 * Return: the clone, its data is that of @orig if it is to be written; or NULL.
 */
struct bio *stack_blk_pages_clone(struct stack_blk_dev *dev, struct block_device *bdev,
				  struct bio *orig, unsigned int len, gfp_t gfp)
{
	struct bvec_iter iter = orig->bi_iter;
	struct bio *bio;

	if (!len || !stack_blk_has_data(orig))
		return bio_alloc_clone(bdev, orig, gfp, &dev->bs);

	bio = stack_blk_pages_bio(dev, bdev, orig, len, gfp, GFP_NOWAIT | __GFP_NOWARN);
	if (!bio && gfpflags_allow_blocking(gfp)) {
		mutex_lock(&dev->page_lock);
		bio = stack_blk_pages_bio(dev, bdev, orig, len, gfp, gfp);
		mutex_unlock(&dev->page_lock);
	}
	if (!bio)
		return NULL;

	compat_bio_copy_hints(bio, orig);
	bio_clone_blkg_association(bio, orig);
	iter.bi_size = len;
	if (op_is_write(bio_op(orig)))
		stack_blk_pages_copy(orig, iter, bio, false);
	return bio;
}

/**
 * stack_blk_pages_read - hand over what was read
 * @clone: a clone whose bio is done, without an error
 *
 * Context: any.
 */
void stack_blk_pages_read(struct stack_blk_clone *clone)
{
	if (clone->bio->bi_vcnt && !op_is_write(bio_op(clone->orig)))
		stack_blk_pages_copy(clone->orig, clone->read.iter, clone->bio, true);
}
