// SPDX-License-Identifier: GPL-2.0
/*
 * A module that allocates zeroed memory in every way, and leaves behind what it is told to.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

static unsigned int size = 100;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "bytes of each object that is kept");

static unsigned int keep = 3;
module_param(keep, uint, 0444);
MODULE_PARM_DESC(keep, "objects never to be freed");

static unsigned int keep_at_init;
module_param(keep_at_init, uint, 0444);
MODULE_PARM_DESC(keep_at_init, "the same, allocated in code that goes after loading");

static unsigned int tidy = 8;
module_param(tidy, uint, 0444);
MODULE_PARM_DESC(tidy, "objects that are freed at unload, half of them by kfree_rcu()");

static bool fail;
module_param(fail, bool, 0444);
MODULE_PARM_DESC(fail, "fail to load");

static unsigned long kept;
module_param(kept, ulong, 0444);
MODULE_PARM_DESC(kept, "address of the last object that is kept");

static unsigned long give_back;
module_param(give_back, ulong, 0444);
MODULE_PARM_DESC(give_back, "address of an object to free");

struct kzalloc_leak_tidy {
	struct kzalloc_leak_tidy *next;
	unsigned long pad;
	struct rcu_head rcu;
};

static struct kzalloc_leak_tidy *tidies;

/* No tail call, or the caller of this would be the one of kzalloc(). */
static noinline void *kzalloc_leak_keep(void)
{
	void *p = kzalloc(size, GFP_KERNEL);

	barrier();
	return p;
}

static noinline void kzalloc_leak_add_tidy(void)
{
	struct kzalloc_leak_tidy *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return;
	t->next = tidies;
	tidies = t;
}

/* More than the slab has. */
static noinline void kzalloc_leak_large(void)
{
	kfree(kzalloc((size + 5) * 1000, GFP_KERNEL));
}

/* Not zeroed, hence nobody's business. */
static noinline void kzalloc_leak_other(void)
{
	kfree(kmalloc(size, GFP_KERNEL));
}

static void kzalloc_leak_clear(void)
{
	struct kzalloc_leak_tidy *t;
	unsigned int i;

	for (i = 0; tidies; i++) {
		t = tidies;
		tidies = t->next;
		if (i & 1)
			kfree_rcu(t, rcu);
		else
			kfree(t);
	}
}

static int __init kzalloc_leak_init(void)
{
	unsigned int i;

	kfree((void *)give_back);
	kzalloc_leak_other();
	kzalloc_leak_large();
	for (i = 0; i < keep; i++)
		kept = (unsigned long)kzalloc_leak_keep();
	for (i = 0; i < keep_at_init; i++)
		kept = (unsigned long)kcalloc(2, size, GFP_KERNEL);
	for (i = 0; i < tidy; i++)
		kzalloc_leak_add_tidy();
	if (!fail)
		return 0;
	kzalloc_leak_clear();
	return -EINVAL;
}

static void __exit kzalloc_leak_exit(void)
{
	kzalloc_leak_clear();
}

module_init(kzalloc_leak_init);
module_exit(kzalloc_leak_exit);
MODULE_DESCRIPTION("Leaks zeroed memory on purpose, for tests");
MODULE_LICENSE("GPL");
