// SPDX-License-Identifier: GPL-2.0
/*
 * bio_pressure: memory pressure for exactly one bio_set, on a stock kernel. Here: the device, its
 * ioctls, and how long pressure lasts.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "bio_pressure.h"
#include "bio_pressure_internal.h"

/* Has a rescuer, because a worker may be what waits for the exhausted pool. */
static struct workqueue_struct *bio_pressure_wq;

/* Outermost: held while probes are registered and unregistered, which sleeps. */
static DEFINE_MUTEX(bio_pressure_lock);

/* Who holds pressure, or NULL. One at a time, because the probes are. */
static struct bio_pressure_target *bio_pressure_holder;

/* Called with bio_pressure_lock held. */
static void bio_pressure_lift(struct bio_pressure_target *t, const char *why)
{
	lockdep_assert_held(&bio_pressure_lock);
	if (bio_pressure_holder != t)
		return;
	bio_pressure_probe_end();
	t->missed = bio_pressure_probe_missed();
	atomic_set(&t->inside, 0);
	bio_pressure_holder = NULL;
	pr_info("lifted, %s: refused %lld of %lld slab allocations, missed %llu\n", why,
		atomic64_read(&t->refused), atomic64_read(&t->seen), t->missed);
}

static void bio_pressure_expire(struct work_struct *work)
{
	struct bio_pressure_target *t =
		container_of(work, struct bio_pressure_target, expire.work);

	mutex_lock(&bio_pressure_lock);
	bio_pressure_lift(t, "time limit");
	mutex_unlock(&bio_pressure_lock);
}

static int bio_pressure_check(const struct bio_pressure_arm *arm)
{
	if (!arm->target) {
		pr_warn_ratelimited("target is 0, which is no bio_set\n");
		return -EINVAL;
	}
	if (!arm->ppm || arm->ppm > BIO_PRESSURE_PPM_MAX) {
		pr_warn_ratelimited("ppm %u is out of range, 1 to %u\n", arm->ppm,
				    BIO_PRESSURE_PPM_MAX);
		return -ERANGE;
	}
	if (!arm->timeout_ms || arm->timeout_ms > BIO_PRESSURE_TIMEOUT_MAX_MS) {
		pr_warn_ratelimited("timeout_ms %u is out of range, 1 to %u\n", arm->timeout_ms,
				    BIO_PRESSURE_TIMEOUT_MAX_MS);
		return -ERANGE;
	}
	return 0;
}

/* Called with bio_pressure_lock held. */
static int bio_pressure_begin(struct bio_pressure_target *t, const struct bio_pressure_arm *arm)
{
	int err;

	if (bio_pressure_holder) {
		pr_warn_ratelimited("pressure is held already\n");
		return -EBUSY;
	}
	t->bs = arm->target;
	t->ppm = arm->ppm;
	t->missed = 0;
	atomic64_set(&t->seen, 0);
	atomic64_set(&t->refused, 0);
	atomic_set(&t->inside, 0);
	t->deadline = jiffies + msecs_to_jiffies(arm->timeout_ms);
	err = bio_pressure_probe_begin(t);
	if (err)
		return err;
	bio_pressure_holder = t;
	queue_delayed_work(bio_pressure_wq, &t->expire, msecs_to_jiffies(arm->timeout_ms));
	pr_info("refusing %u ppm of a bio_set's slab allocations for %u ms, asked by %s (%d)\n",
		t->ppm, arm->timeout_ms, current->comm, task_pid_nr(current));
	return 0;
}

static long bio_pressure_ioctl_arm(struct bio_pressure_target *t, const void __user *user)
{
	struct bio_pressure_arm arm;
	int err;

	if (copy_from_user(&arm, user, sizeof(arm)))
		return -EFAULT;
	err = bio_pressure_check(&arm);
	if (err)
		return err;
	mutex_lock(&bio_pressure_lock);
	err = bio_pressure_begin(t, &arm);
	mutex_unlock(&bio_pressure_lock);
	return err;
}

static long bio_pressure_ioctl_stats(struct bio_pressure_target *t, void __user *user)
{
	struct bio_pressure_stats stats = {};

	mutex_lock(&bio_pressure_lock);
	stats.seen = atomic64_read(&t->seen);
	stats.refused = atomic64_read(&t->refused);
	stats.missed = bio_pressure_holder == t ? bio_pressure_probe_missed() : t->missed;
	stats.armed = bio_pressure_holder == t && !bio_pressure_over(t);
	stats.inside = atomic_read(&t->inside);
	mutex_unlock(&bio_pressure_lock);
	return copy_to_user(user, &stats, sizeof(stats)) ? -EFAULT : 0;
}

static long bio_pressure_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case BIO_PRESSURE_ARM:
		return bio_pressure_ioctl_arm(file->private_data, (const void __user *)arg);
	case BIO_PRESSURE_STATS:
		return bio_pressure_ioctl_stats(file->private_data, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int bio_pressure_open(struct inode *inode, struct file *file)
{
	struct bio_pressure_target *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;
	INIT_DELAYED_WORK(&t->expire, bio_pressure_expire);
	file->private_data = t;
	return nonseekable_open(inode, file);
}

static int bio_pressure_release(struct inode *inode, struct file *file)
{
	struct bio_pressure_target *t = file->private_data;

	cancel_delayed_work_sync(&t->expire);
	mutex_lock(&bio_pressure_lock);
	bio_pressure_lift(t, "closed");
	mutex_unlock(&bio_pressure_lock);
	kfree(t);
	return 0;
}

/* The owner keeps the module while a descriptor is open: unloading then says EBUSY. */
static const struct file_operations bio_pressure_fops = {
	.owner = THIS_MODULE,
	.open = bio_pressure_open,
	.release = bio_pressure_release,
	.unlocked_ioctl = bio_pressure_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice bio_pressure_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bio_pressure",
	.fops = &bio_pressure_fops,
	.mode = 0600,
};

static int __init bio_pressure_init(void)
{
	int err;

	bio_pressure_probe_init();
	bio_pressure_wq = alloc_workqueue(KBUILD_MODNAME, WQ_MEM_RECLAIM | WQ_UNBOUND, 1);
	if (!bio_pressure_wq)
		return -ENOMEM;
	err = misc_register(&bio_pressure_misc);
	if (err)
		destroy_workqueue(bio_pressure_wq);
	return err;
}

/*
 * No descriptor is open, so no probe is registered. A task may yet have been preempted in
 * bio_pressure_null(), which never sleeps: once every task has switched of its own will or was in
 * user space, none is there any more.
 */
static void __exit bio_pressure_exit(void)
{
	misc_deregister(&bio_pressure_misc);
	destroy_workqueue(bio_pressure_wq);
	synchronize_rcu_tasks();
}

module_init(bio_pressure_init);
module_exit(bio_pressure_exit);

MODULE_DESCRIPTION("Exhaust one bio_set's slab, so that it lives off its reserve");
MODULE_LICENSE("GPL");
