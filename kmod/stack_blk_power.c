// SPDX-License-Identifier: GPL-2.0
/*
 * The device of a configfs item comes, changes and goes.
 *
 * It goes when the last of its I/O is done, and that may be never: a lower device is suspended, or
 * the contract of bio_alloc_bioset() is broken on purpose. So a worker takes it away. Who powers
 * off waits for that one and can be interrupted; who removes the item holds locks that others need
 * to make one, and waits for a moment only.
 *
 * With these locks held it also waits for who uses an attribute of the item, in configfs. So who
 * powers off leaves the kernel every now and then, and comes back by itself.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched/signal.h>

#include "stack_blk.h"
#include "stack_blk_config.h"

/*
 * How long removing an item waits for its device: longer than one takes that is not stuck, even if
 * tasks sleep in mempool_alloc(), which looks again after 5 s.
 */
#define STACK_BLK_DROP_WAIT	(10 * HZ)

/* How long powering off waits in one go, and may keep removal of its item waiting. */
#define STACK_BLK_OFF_WAIT	HZ

static struct workqueue_struct *stack_blk_stop_wq;

/**
 * stack_blk_power_init - what all items share
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int stack_blk_power_init(void)
{
	stack_blk_stop_wq = alloc_workqueue("stack_blk_stop", WQ_UNBOUND, 0);
	return stack_blk_stop_wq ? 0 : -ENOMEM;
}

/**
 * stack_blk_power_exit - free it again
 *
 * Context: may sleep. No item is left, and no device of one: each holds the module.
 */
void stack_blk_power_exit(void)
{
	destroy_workqueue(stack_blk_stop_wq);
}

static void stack_blk_stop_work(struct work_struct *work)
{
	struct stack_blk_config *cfg = container_of(work, struct stack_blk_config, stop_work);
	struct stack_blk_dev *dev = cfg->dev;

	stack_blk_dev_stop(dev);
	mutex_lock(&cfg->lock);
	WRITE_ONCE(cfg->dev, NULL);
	mutex_unlock(&cfg->lock);
	stack_blk_dev_free(dev);

	mutex_lock(&cfg->lock);
	cfg->stopping = false;
	/* Under the lock: who stops it the next time must not be told by this one. */
	complete_all(&cfg->stopped);
	mutex_unlock(&cfg->lock);
	config_item_put(&cfg->group.cg_item);
	/* Not the end of what runs here, but stack_blk_power_exit() waits for that. */
	module_put(THIS_MODULE);
}

/* Called with the lock held. Returns whether there is something to wait for. */
static bool stack_blk_stop(struct stack_blk_config *cfg)
{
	if (cfg->dev && !cfg->stopping) {
		cfg->stopping = true;
		reinit_completion(&cfg->stopped);
		config_item_get(&cfg->group.cg_item);
		__module_get(THIS_MODULE);
		queue_work(stack_blk_stop_wq, &cfg->stop_work);
	}
	return cfg->stopping;
}

/**
 * stack_blk_power_setup - for a new item
 * @cfg: the item
 */
void stack_blk_power_setup(struct stack_blk_config *cfg)
{
	INIT_WORK(&cfg->stop_work, stack_blk_stop_work);
	init_completion(&cfg->stopped);
}

/**
 * stack_blk_power_on - make the device, if there is none
 * @cfg: the item
 *
 * Context: may sleep, as long as the partition table takes to be read.
 * Return: 0, or an error: the log then says why.
 */
int stack_blk_power_on(struct stack_blk_config *cfg)
{
	const char *name = stack_blk_config_name(cfg);
	struct stack_blk_dev *dev;
	int err;

	err = mutex_lock_interruptible(&cfg->lock);
	if (err)
		return err;
	if (cfg->stopping) {
		stack_blk_refuse(name, "power", "1", 1,
				 "the disk is still on its way out, with I/O under way");
		err = -EBUSY;
	} else if (!cfg->dev && !cfg->par.lower && !cfg->par.size_mb) {
		stack_blk_refuse(name, "power", "1", 1, "lower or size_mb must be set first");
		err = -ENODEV;
	} else if (!cfg->dev) {
		dev = stack_blk_dev_create(name, &cfg->par, &cfg->faults);
		if (IS_ERR(dev))
			err = PTR_ERR(dev);
		else
			WRITE_ONCE(cfg->dev, dev);
	}
	mutex_unlock(&cfg->lock);
	return err;
}

/**
 * stack_blk_power_off - let the device go, if there is one, and wait until it is gone
 * @cfg: the item
 *
 * Context: a system call that can be restarted; may sleep, for STACK_BLK_OFF_WAIT at the most.
 * Return: 0, or -EINTR if a signal came first: the device goes nevertheless, when it can. Or what
 * restart_syscall() does if it is not gone yet: then this is called again, unless the item is gone.
 */
int stack_blk_power_off(struct stack_blk_config *cfg)
{
	bool going;
	long left;

	if (mutex_lock_interruptible(&cfg->lock))
		return -EINTR;
	going = stack_blk_stop(cfg);
	mutex_unlock(&cfg->lock);
	if (!going)
		return 0;
	left = wait_for_completion_interruptible_timeout(&cfg->stopped, STACK_BLK_OFF_WAIT);
	if (left < 0)
		return -EINTR;
	return left ? 0 : restart_syscall();
}

/* Of an item whose attributes are out of reach. Returns whether there is something to wait for. */
static bool stack_blk_stop_for_good(struct stack_blk_config *cfg)
{
	bool going;

	mutex_lock(&cfg->lock);
	/* What stalls because of these would stall for good. */
	WRITE_ONCE(cfg->par.kmalloc_fail_nth, 0);
	stack_blk_faults_end(&cfg->faults);
	going = stack_blk_stop(cfg);
	mutex_unlock(&cfg->lock);
	return going;
}

/**
 * stack_blk_power_drop - the same for an item that is being removed
 * @cfg: the item
 *
 * Context: may sleep, for STACK_BLK_DROP_WAIT at the most: configfs holds the lock that others need
 * to make and remove items.
 */
void stack_blk_power_drop(struct stack_blk_config *cfg)
{
	if (stack_blk_stop_for_good(cfg) &&
	    !wait_for_completion_timeout(&cfg->stopped, STACK_BLK_DROP_WAIT))
		pr_notice("%s: removed; its disk goes when its I/O is done\n",
			  stack_blk_config_name(cfg));
}

/**
 * stack_blk_power_end - the same for an item that goes with the module
 * @cfg: the item
 *
 * Context: may sleep, as long as the I/O under way takes.
 */
void stack_blk_power_end(struct stack_blk_config *cfg)
{
	if (stack_blk_stop_for_good(cfg))
		wait_for_completion(&cfg->stopped);
}

/**
 * stack_blk_power_rescan - follow changes of the lower devices
 * @cfg: the item
 *
 * Context: may sleep.
 * Return: 0, or an error: the log then says why.
 */
int stack_blk_power_rescan(struct stack_blk_config *cfg)
{
	const char *name = stack_blk_config_name(cfg);
	int err;

	err = mutex_lock_interruptible(&cfg->lock);
	if (err)
		return err;
	if (cfg->dev && !cfg->stopping) {
		err = stack_blk_dev_rescan(cfg->dev, name);
	} else {
		stack_blk_refuse(name, "rescan", "1", 1, "only while power is 1");
		err = -ENODEV;
	}
	mutex_unlock(&cfg->lock);
	return err;
}
