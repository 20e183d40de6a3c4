// SPDX-License-Identifier: GPL-2.0
/*
 * Mempools with element functions of their own and a bio_set, and allocations from them of kinds
 * that no driver at hand makes: written to "allocate", with how many. "anew" ends a pool and the
 * bio_set and begins others where they were.
 */
#include <linux/bio.h>
#include <linux/delay.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#define MEMPOOL_CASES_BYTES 64
#define MEMPOOL_CASES_RESERVE 4
#define MEMPOOL_CASES_TRIES 100000

static mempool_t traced, untraced, unseen;
static struct bio_set set;

/* By address, for the test. */
static unsigned long traced_at = (unsigned long)&traced;
module_param_named(traced, traced_at, ulong, 0444);
MODULE_PARM_DESC(traced, "address of a pool");

static unsigned long untraced_at = (unsigned long)&untraced;
module_param_named(untraced, untraced_at, ulong, 0444);
MODULE_PARM_DESC(untraced, "address of one whose element function ftrace cannot trace");

static unsigned long unseen_at = (unsigned long)&unseen;
module_param_named(unseen, unseen_at, ulong, 0444);
MODULE_PARM_DESC(unseen, "address of one that ends with the module, by no function of the kernel");

static unsigned long set_at = (unsigned long)&set;
module_param_named(set, set_at, ulong, 0444);
MODULE_PARM_DESC(set, "address of the bio_set");

static unsigned long set_bytes = sizeof(set);
module_param(set_bytes, ulong, 0444);
MODULE_PARM_DESC(set_bytes, "its size");

static noinline void *mempool_cases_alloc(gfp_t gfp, void *data)
{
	return kmalloc(MEMPOOL_CASES_BYTES, gfp);
}

static noinline notrace void *mempool_cases_alloc_untraced(gfp_t gfp, void *data)
{
	return kmalloc(MEMPOOL_CASES_BYTES, gfp);
}

static void mempool_cases_free(void *element, void *data)
{
	kfree(element);
}

static void mempool_cases_once(gfp_t gfp)
{
	void *element = mempool_alloc(&traced, gfp);

	if (element)
		mempool_free(element, &traced);
}

static void mempool_cases_bio(void)
{
	bio_put(bio_alloc_bioset(NULL, 0, REQ_OP_READ, GFP_NOIO, &set));
}

struct mempool_cases_interrupt {
	bool of_user; /* of user space: then it is on the stack of the task */
	bool done;
};

static void mempool_cases_interrupt(void *arg)
{
	struct mempool_cases_interrupt *i = arg;
	int here;

	/* The idle task calls this, too, and is not interrupted. */
	if (!in_hardirq() || object_is_on_stack(&here) != i->of_user)
		return;
	mempool_cases_once(GFP_ATOMIC);
	i->done = true;
}

/* Interrupts processor 0, from another, until what it does is as wanted. */
static int mempool_cases_in_interrupt(bool of_user)
{
	struct mempool_cases_interrupt i = { .of_user = of_user };
	unsigned int tries;
	int err = 0;

	for (tries = 0; !err && !i.done && tries < MEMPOOL_CASES_TRIES; tries++) {
		/* So that it gets to do something else than interrupts. */
		usleep_range(100, 200);
		err = smp_call_function_single(0, mempool_cases_interrupt, &i, true);
	}
	return err ?: i.done ? 0 : -ETIME;
}

static int mempool_cases_pool(mempool_t *pool, mempool_alloc_t *alloc)
{
	return mempool_init(pool, MEMPOOL_CASES_RESERVE, alloc, mempool_cases_free, NULL);
}

static int mempool_cases_set(void)
{
	return bioset_init(&set, MEMPOOL_CASES_RESERVE, 0, 0);
}

static int mempool_cases_anew(void)
{
	mempool_exit(&traced);
	bioset_exit(&set);
	return mempool_cases_pool(&traced, mempool_cases_alloc) ?: mempool_cases_set();
}

static int mempool_cases_allocate(const char *value, const struct kernel_param *kp)
{
	unsigned int n;
	char how[16];
	int err = 0;

	if (sscanf(value, "%15s %u", how, &n) != 2)
		return -EINVAL;
	for (; !err && n; n--) {
		if (!strcmp(how, "sleeping"))
			mempool_cases_once(GFP_NOIO);
		else if (!strcmp(how, "bios"))
			mempool_cases_bio();
		else if (!strcmp(how, "nofail"))
			mempool_cases_once(GFP_NOIO | __GFP_NOFAIL);
		else if (!strcmp(how, "atomic"))
			mempool_cases_once(GFP_ATOMIC);
		else if (!strcmp(how, "interrupt"))
			err = mempool_cases_in_interrupt(false);
		else if (!strcmp(how, "user_interrupt"))
			err = mempool_cases_in_interrupt(true);
		else if (!strcmp(how, "anew"))
			err = mempool_cases_anew();
		else
			err = -EINVAL;
	}
	return err;
}

static const struct kernel_param_ops mempool_cases_ops = { .set = mempool_cases_allocate };
module_param_cb(allocate, &mempool_cases_ops, NULL, 0200);
MODULE_PARM_DESC(allocate, "HOW N: sleeping, nofail, atomic, interrupt, user_interrupt, bios, ...");

/* What mempool_exit() does. */
static void mempool_cases_end_unseen(void)
{
	while (unseen.curr_nr)
		kfree(unseen.elements[--unseen.curr_nr]);
	kfree(unseen.elements);
}

static int __init mempool_cases_init(void)
{
	int err;

	err = mempool_cases_pool(&traced, mempool_cases_alloc);
	if (err)
		return err;
	err = mempool_cases_pool(&untraced, mempool_cases_alloc_untraced);
	if (err)
		goto exit_traced;
	err = mempool_cases_pool(&unseen, mempool_cases_alloc);
	if (err)
		goto exit_untraced;
	err = mempool_cases_set();
	if (err)
		goto exit_unseen;
	return 0;

exit_unseen:
	mempool_exit(&unseen);
exit_untraced:
	mempool_exit(&untraced);
exit_traced:
	mempool_exit(&traced);
	return err;
}
module_init(mempool_cases_init);

static void __exit mempool_cases_exit(void)
{
	bioset_exit(&set);
	mempool_cases_end_unseen();
	mempool_exit(&untraced);
	mempool_exit(&traced);
}
module_exit(mempool_cases_exit);

MODULE_DESCRIPTION("allocations from mempools as no driver makes them");
MODULE_LICENSE("GPL");
