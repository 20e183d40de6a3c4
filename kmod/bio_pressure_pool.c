// SPDX-License-Identifier: GPL-2.0
/*
 * What is at the address that user space gave. It is read without faulting and has to look like
 * what it is said to be; a number that does not is refused.
 */
#include <linux/bio.h>
#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/processor.h>
#include <linux/uaccess.h>

#include "bio_pressure_internal.h"

/* More elements than that no pool keeps in reserve. */
#define BIO_PRESSURE_RESERVE_MAX (1024 * 1024)

/*
 * Waiters come and go while the list of them is looked at, so one that does not close is looked at
 * again, as often as that.
 */
#define BIO_PRESSURE_LOOKS 1000

static bool bio_pressure_has_values(const mempool_t *pool)
{
	return pool->alloc && pool->free && pool->elements && pool->min_nr >= 0 &&
	       pool->min_nr <= BIO_PRESSURE_RESERVE_MAX && pool->curr_nr >= 0 &&
	       pool->curr_nr <= max(pool->min_nr, 1);
}

/* The first of a mempool's waiters, or the list itself if there is none, points back to it. */
static bool bio_pressure_has_list(const mempool_t *address)
{
	const struct list_head *head = &address->wait.head, *first, *back;
	unsigned int i;

	for (i = 0; i < BIO_PRESSURE_LOOKS; i++) {
		if (copy_from_kernel_nofault(&first, &head->next, sizeof(first)))
			return false;
		if (!copy_from_kernel_nofault(&back, &first->prev, sizeof(back)) && back == head)
			return true;
		cpu_relax();
	}
	return false;
}

static int bio_pressure_read_mempool(struct bio_pressure_target *t, const mempool_t *address,
				     const char **why)
{
	mempool_t pool;

	if (copy_from_kernel_nofault(&pool, address, sizeof(pool)) ||
	    !bio_pressure_has_values(&pool) || !bio_pressure_has_list(address)) {
		*why = "no pool is at this address";
		return -EINVAL;
	}
	t->pool = address;
	t->alloc = pool.alloc;
	t->free = pool.free;
	t->pool_data = pool.pool_data;
	return 0;
}

static bool bio_pressure_is_bio_set(struct bio_set *copy, const struct bio_set *bs)
{
	return !copy_from_kernel_nofault(copy, bs, sizeof(*copy)) && copy->bio_slab &&
	       copy->bio_pool.pool_data == copy->bio_slab &&
	       copy->bio_pool.alloc == mempool_alloc_slab && bio_pressure_has_list(&bs->bio_pool);
}

static int bio_pressure_read_bio_set(struct bio_pressure_target *t, const struct bio_set *bs,
				     const char **why)
{
	bool bvecs = t->kind == BIO_PRESSURE_BVEC_POOL;
	struct bio_set copy;

	if (!bio_pressure_is_bio_set(&copy, bs)) {
		*why = "no bio_set is at this address";
		return -EINVAL;
	}
	if (bvecs && !mempool_initialized(&copy.bvec_pool)) {
		*why = "the bio_set has no bvec_pool";
		return -EINVAL;
	}
	t->bs = bs;
	t->slab = copy.bio_slab;
	return bio_pressure_read_mempool(t, bvecs ? &bs->bvec_pool : &bs->bio_pool, why);
}

/* A mempool that is a bio_set's is that: not only mempool_alloc() allocates from it. */
static const void *bio_pressure_refine(struct bio_pressure_target *t, const mempool_t *pool)
{
	const struct bio_set *bs = container_of(pool, struct bio_set, bio_pool);
	struct bio_set copy;

	if (bio_pressure_is_bio_set(&copy, bs)) {
		t->kind = BIO_PRESSURE_BIO_POOL;
		return bs;
	}
	bs = container_of(pool, struct bio_set, bvec_pool);
	if (bio_pressure_is_bio_set(&copy, bs)) {
		t->kind = BIO_PRESSURE_BVEC_POOL;
		return bs;
	}
	return pool;
}

/**
 * bio_pressure_pool_read - learn what pool is at an address
 * @t: of the kind that it is said to be, which may be made more precise; filled in
 * @address: of a struct bio_set or mempool_t
 * @why: set to the reason if it fails
 *
 * Returns 0, or -EINVAL if nothing there looks like it. May sleep.
 */
int bio_pressure_pool_read(struct bio_pressure_target *t, u64 address, const char **why)
{
	const void *object = (const void *)(unsigned long)address;

	t->bs = NULL;
	t->slab = NULL;
	if (!IS_ALIGNED(address, sizeof(long))) {
		*why = "that is no address of a pool";
		return -EINVAL;
	}
	if (t->kind == BIO_PRESSURE_MEMPOOL)
		object = bio_pressure_refine(t, object);
	if (t->kind == BIO_PRESSURE_MEMPOOL)
		return bio_pressure_read_mempool(t, object, why);
	return bio_pressure_read_bio_set(t, object, why);
}
