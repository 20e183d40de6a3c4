// SPDX-License-Identifier: GPL-2.0
/*
 * A livepatch of mempool_alloc_slab() by the same.
 */
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/slab.h>

static void *livepatch_slab_alloc(gfp_t gfp, void *cache)
{
	return kmem_cache_alloc(cache, gfp);
}

static struct klp_func livepatch_slab_funcs[] = {
	{ .old_name = "mempool_alloc_slab", .new_func = livepatch_slab_alloc },
	{}
};

static struct klp_object livepatch_slab_objects[] = { { .funcs = livepatch_slab_funcs }, {} };

static struct klp_patch livepatch_slab = { .mod = THIS_MODULE, .objs = livepatch_slab_objects };

static int __init livepatch_slab_init(void)
{
	return klp_enable_patch(&livepatch_slab);
}
module_init(livepatch_slab_init);

/* Only once the patch is disabled and its transition is over. */
static void __exit livepatch_slab_exit(void)
{
}
module_exit(livepatch_slab_exit);

MODULE_DESCRIPTION("a livepatch that changes nothing");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
