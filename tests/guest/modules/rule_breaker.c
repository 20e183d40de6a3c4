// SPDX-License-Identifier: GPL-2.0
/*
 * What no driver at hand does: an allocation inside the rescue work of its bio_set, a wait for I/O
 * below ->submit_bio(), bios that are left when their bio_set goes, or kept. Written to "break",
 * with how often.
 */
#include <linux/bio.h>
#include <linux/completion.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#define RULE_BREAKER_RESERVE 2
#define RULE_BREAKER_KEPT 64

static struct bio_set set;
static struct bio *kept[RULE_BREAKER_KEPT];
static unsigned int nr_kept;

static struct bio *rule_breaker_bio(void)
{
	return bio_alloc_bioset(NULL, 0, REQ_OP_READ, GFP_NOIO, &set);
}

/* As bio_alloc_rescue() would come to it, if what it sends came back to the one that it is from. */
static void rule_breaker_rescue(struct work_struct *work)
{
	bio_put(rule_breaker_bio());
}

static void rule_breaker_rescued(void)
{
	work_func_t func = set.rescue_work.func;

	set.rescue_work.func = rule_breaker_rescue;
	queue_work(set.rescue_workqueue, &set.rescue_work);
	flush_work(&set.rescue_work);
	set.rescue_work.func = func;
}

/* As a driver that has submitted something, and waits for it before it returns. */
static noinline void rule_breaker_wait(void)
{
	struct bio *bio = rule_breaker_bio();
	struct bio_list lists[2] = {};
	DECLARE_COMPLETION_ONSTACK(done);

	bio_list_add(&lists[0], bio);
	current->bio_list = lists;
	/* Two rounds of what is one wait, as in blk_wait_io(). */
	wait_for_completion_io_timeout(&done, 1);
	complete(&done);
	wait_for_completion_io_timeout(&done, 1);
	current->bio_list = NULL;
	bio_put(bio);
}

static noinline int rule_breaker_keep(void)
{
	if (nr_kept == RULE_BREAKER_KEPT)
		return -ENOSPC;
	kept[nr_kept++] = rule_breaker_bio();
	return 0;
}

static void rule_breaker_free(void)
{
	while (nr_kept)
		bio_put(kept[--nr_kept]);
}

static int rule_breaker_init_set(void)
{
	return bioset_init(&set, RULE_BREAKER_RESERVE, 0, BIOSET_NEED_RESCUER);
}

/* What is kept is left behind. Its memory is of a slab of several bio_sets, and goes back there. */
static int rule_breaker_leave(void)
{
	bioset_exit(&set);
	return rule_breaker_init_set();
}

static int rule_breaker_break(const char *value, const struct kernel_param *kp)
{
	unsigned int n;
	char how[16];
	int err = 0;

	if (sscanf(value, "%15s %u", how, &n) != 2)
		return -EINVAL;
	for (; !err && n; n--) {
		if (!strcmp(how, "rescuer"))
			rule_breaker_rescued();
		else if (!strcmp(how, "wait"))
			rule_breaker_wait();
		else if (!strcmp(how, "keep"))
			err = rule_breaker_keep();
		else if (!strcmp(how, "free"))
			rule_breaker_free();
		else if (!strcmp(how, "leave"))
			err = rule_breaker_leave();
		else
			err = -EINVAL;
	}
	return err;
}

static const struct kernel_param_ops rule_breaker_ops = { .set = rule_breaker_break };
module_param_cb(break, &rule_breaker_ops, NULL, 0200);
MODULE_PARM_DESC(break, "rescuer, wait, keep, free or leave, and how often");

static int __init rule_breaker_init(void)
{
	return rule_breaker_init_set();
}

static void __exit rule_breaker_exit(void)
{
	rule_breaker_free();
	bioset_exit(&set);
}

module_init(rule_breaker_init);
module_exit(rule_breaker_exit);
MODULE_DESCRIPTION("Breaks rules of bio_alloc_bioset()");
MODULE_LICENSE("GPL");
