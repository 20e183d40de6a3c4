// SPDX-License-Identifier: GPL-2.0
/*
 * Proof that the elements of a pool would be refused: before pressure begins, one is asked for
 * from a private pool with the same element function, and has to come from that pool's reserve.
 * It also shows whether this kernel's bio_alloc_bioset() asks the slab itself.
 */
#include <linux/bio.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "bio_pressure_internal.h"

/* bio_vecs in a bio that no kernel has inline (BIO_INLINE_VECS is 4). */
#define BIO_PRESSURE_VECS 16

static struct bio_pressure_target *bio_pressure_probe_new(const struct bio_pressure_target *t)
{
	struct bio_pressure_target *probe = bio_pressure_target_new();

	if (!probe)
		return NULL;
	probe->kind = t->kind;
	probe->alloc = t->alloc;
	probe->free = t->free;
	probe->pool_data = t->pool_data;
	probe->ppm = BIO_PRESSURE_PPM_MAX;
	probe->deadline = jiffies + HZ * 3600;
	probe->active = true;
	return probe;
}

/* What was seen must be that one was refused. */
static int bio_pressure_probe_result(const struct bio_pressure_target *probe, bool from_reserve,
				     const char **why)
{
	if (from_reserve && atomic64_read(&probe->refused) == 1 && !atomic64_read(&probe->spared))
		return 0;
	if (atomic64_read(&probe->missed[MISSED_OVERFLOW])) {
		*why = "there are too few marks (module parameter marks)";
		return -ENOSPC;
	}
	*why = atomic64_read(&probe->refused) ?
		       "an element was refused, but did not come from the reserve" :
		       "its element function is not redirected: inlined, or out of ftrace's reach";
	return -EOPNOTSUPP;
}

static void *bio_pressure_element(gfp_t gfp, void *data)
{
	return kmalloc(sizeof(u64), gfp);
}

static void bio_pressure_element_free(void *element, void *data)
{
	kfree(element);
}

/*
 * A pool of one element. What the element functions of mm/mempool.c return must be what they say,
 * because poisoning and KASAN go by the function. One of a driver is put in afterwards, in place of
 * our own.
 */
static int bio_pressure_pool_init(mempool_t *pool, struct bio_pressure_target *probe,
				  struct kmem_cache **cache)
{
	int err;

	if (probe->alloc == mempool_kmalloc) {
		err = mempool_init_kmalloc_pool(pool, 1, sizeof(u64));
	} else if (probe->alloc == mempool_alloc_pages) {
		err = mempool_init_page_pool(pool, 1, 0);
	} else if (probe->alloc == mempool_alloc_slab) {
		*cache = kmem_cache_create("bio_pressure", sizeof(u64), 0, 0, NULL);
		err = *cache ? mempool_init_slab_pool(pool, 1, *cache) : -ENOMEM;
	} else {
		err = mempool_init(pool, 1, bio_pressure_element, bio_pressure_element_free, NULL);
		pool->alloc = probe->alloc;
		pool->pool_data = probe->pool_data;
		return err;
	}
	probe->pool_data = pool->pool_data;
	probe->free = pool->free;
	return err;
}

/*
 * If a driver's element function is not redirected, it is called as for its own pool, and what it
 * returns is freed as there.
 */
static int bio_pressure_test_mempool(struct bio_pressure_target *probe, const char **why)
{
	struct kmem_cache *cache = NULL;
	void *element, *reserve;
	mempool_t pool = {};
	int err;

	err = bio_pressure_pool_init(&pool, probe, &cache);
	if (err)
		goto out;
	reserve = pool.elements[0];
	probe->pool = &pool;
	err = bio_pressure_publish(probe, why);
	if (!err) {
		element = mempool_alloc(&pool, GFP_NOIO);
		bio_pressure_unpublish(probe);
		err = bio_pressure_probe_result(probe, element == reserve, why);
		if (element == reserve)
			mempool_free(element, &pool);
		else
			probe->free(element, probe->pool_data);
	}
	mempool_exit(&pool);
out:
	kmem_cache_destroy(cache);
	return err;
}

static int bio_pressure_test_bio_set(struct bio_pressure_target *probe, const char **why)
{
	struct bio_set *bs = kzalloc(sizeof(*bs), GFP_KERNEL);
	bool bvecs = probe->kind == BIO_PRESSURE_BVEC_POOL;
	struct bio *bio;
	mempool_t *pool;
	int err, level;

	if (!bs)
		return -ENOMEM;
	err = bioset_init(bs, 2, 0, BIOSET_NEED_BVECS);
	if (err)
		goto out_free;
	pool = bvecs ? &bs->bvec_pool : &bs->bio_pool;
	level = pool->curr_nr;
	probe->bs = bs;
	probe->slab = bs->bio_slab;
	probe->pool = pool;
	probe->pool_data = pool->pool_data;
	err = bio_pressure_publish(probe, why);
	if (!err) {
		bio = bio_alloc_bioset(NULL, bvecs ? BIO_PRESSURE_VECS : 0, REQ_OP_READ, GFP_NOIO,
				       bs);
		bio_pressure_unpublish(probe);
		err = bio_pressure_probe_result(probe, pool->curr_nr == level - 1, why);
		bio_put(bio);
	}
	bioset_exit(bs);
out_free:
	kfree(bs);
	return err;
}

/* Has this kernel a bvec_alloc()? */
static bool bio_pressure_has_bvec_alloc(void)
{
	const struct bio_pressure_function *f;
	unsigned int i;

	for (i = 0; (f = bio_pressure_function(i)); i++)
		if (f->role == ROLE_BVEC_ALLOC)
			return f->address;
	return false;
}

/*
 * Before 7.x a bio_set has a pool of bio_vecs for integrity data as well, for which bvec_alloc()
 * asks the slab first, as it does for its bvec_pool; what that returns would not be refused. It is
 * known by its slab, which the allocator may have merged with another's.
 */
static int bio_pressure_test_bvecs(const struct bio_pressure_target *t, const char **why)
{
	struct bio_set *bs = kzalloc(sizeof(*bs), GFP_KERNEL);
	int err;

	if (!bs)
		return -ENOMEM;
	err = bioset_init(bs, 1, 0, BIOSET_NEED_BVECS);
	if (!err && bs->bvec_pool.pool_data == t->pool_data) {
		*why = "its slab is that of bio_vecs, but it is the bvec_pool of no bio_set";
		err = -EOPNOTSUPP;
	}
	bioset_exit(bs);
	kfree(bs);
	return err;
}

/**
 * bio_pressure_selftest - prove that elements of a target would be refused
 * @t: the target, not published; its element functions are redirected
 * @why: set to the reason if it fails
 *
 * Sets @t->slab_asked. Returns 0, -EOPNOTSUPP if nothing would be refused, or -ENOMEM. May sleep.
 */
int bio_pressure_selftest(struct bio_pressure_target *t, const char **why)
{
	struct bio_pressure_target *probe;
	struct bio_pressure_place here;
	int err = 0;

	if (!t->bs && t->alloc == mempool_alloc_slab && bio_pressure_has_bvec_alloc())
		err = bio_pressure_test_bvecs(t, why);
	if (err)
		return err;
	probe = bio_pressure_probe_new(t);
	if (!probe)
		return -ENOMEM;
	err = t->bs ? bio_pressure_test_bio_set(probe, why) : bio_pressure_test_mempool(probe, why);
	t->slab_asked = probe->slab_asked;
	preempt_disable();
	here = bio_pressure_place((unsigned long)__builtin_frame_address(0));
	bio_pressure_marks_end(&here);
	preempt_enable();
	kfree(probe);
	return err;
}
