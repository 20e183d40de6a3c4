// SPDX-License-Identifier: GPL-2.0
/*
 * bio_pressure: memory pressure for exactly one pool, on a stock kernel. Here: the device and its
 * ioctls.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "bio_pressure_internal.h"

#define BIO_PRESSURE_FLAGS \
	(BIO_PRESSURE_F_SEED | BIO_PRESSURE_F_DEVICE | BIO_PRESSURE_F_MAY_SLEEP)

/* The first size of each structure: what every kernel knows. */
#define BIO_PRESSURE_ARM_SIZE_FIRST offsetofend(struct bio_pressure_arm, pid)

static int bio_pressure_out_of_range(struct bio_pressure_target *t, const char *name, u64 value,
				     u64 max)
{
	bio_pressure_say(t, "not held: %s %llu is out of range, 1 to %llu", name, value, max);
	return -ERANGE;
}

static int bio_pressure_check(struct bio_pressure_target *t, const struct bio_pressure_arm *arm)
{
	if (arm->flags & ~BIO_PRESSURE_FLAGS || arm->pool > BIO_PRESSURE_MEMPOOL) {
		bio_pressure_say(t, "not held: flags %#x or pool %u are not known here", arm->flags,
				 arm->pool);
		return -EINVAL;
	}
	if ((arm->seed && !(arm->flags & BIO_PRESSURE_F_SEED)) ||
	    (arm->device && !(arm->flags & BIO_PRESSURE_F_DEVICE))) {
		bio_pressure_say(t, "not held: a seed or device without its flag");
		return -EINVAL;
	}
	if (arm->pid < 0) {
		bio_pressure_say(t, "not held: pid %d is negative", arm->pid);
		return -EINVAL;
	}
	if (!arm->probability_ppm || arm->probability_ppm > BIO_PRESSURE_PPM_MAX)
		return bio_pressure_out_of_range(t, "probability_ppm", arm->probability_ppm,
						 BIO_PRESSURE_PPM_MAX);
	if (!arm->timeout_ms || arm->timeout_ms > BIO_PRESSURE_TIMEOUT_MAX_MS)
		return bio_pressure_out_of_range(t, "timeout_ms", arm->timeout_ms,
						 BIO_PRESSURE_TIMEOUT_MAX_MS);
	if (arm->times > S64_MAX)
		return bio_pressure_out_of_range(t, "times", arm->times, S64_MAX);
	return 0;
}

static int bio_pressure_permitted(struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return security_locked_down(LOCKDOWN_KPROBES);
}

static long bio_pressure_ioctl_arm(struct file *file, struct bio_pressure_arm __user *user)
{
	struct bio_pressure_target *t = file->private_data;
	struct bio_pressure_arm arm;
	u32 size;
	int err = bio_pressure_permitted(file);

	if (err)
		return err;
	if (get_user(size, &user->size))
		return -EFAULT;
	err = size > PAGE_SIZE ? -E2BIG : -EINVAL;
	if (size >= BIO_PRESSURE_ARM_SIZE_FIRST && size <= PAGE_SIZE)
		err = copy_struct_from_user(&arm, sizeof(arm), user, size);
	if (err == -E2BIG || err == -EINVAL)
		bio_pressure_say(t, "not held: a request of %u bytes is not known here", size);
	err = err ?: bio_pressure_check(t, &arm);
	return err ?: bio_pressure_begin(t, &arm);
}

static void bio_pressure_stats(struct bio_pressure_target *t, struct bio_pressure_stats *stats)
{
	unsigned long deadline = READ_ONCE(t->deadline), now = jiffies;

	*stats = (struct bio_pressure_stats){
		.size = sizeof(*stats),
		.state = READ_ONCE(t->state),
		.seed = t->seed,
		.refused = atomic64_read(&t->refused),
		.spared = atomic64_read(&t->spared),
		.excluded = atomic64_read(&t->excluded),
		.missed_overflow = atomic64_read(&t->missed[MISSED_OVERFLOW]),
		.missed_recursion = atomic64_read(&t->missed[MISSED_RECURSION]),
		.missed_before = atomic64_read(&t->missed[MISSED_BEFORE]),
	};
	if (stats->state == BIO_PRESSURE_HELD) {
		/* What ends it comes before it is lifted. */
		if (READ_ONCE(t->gone))
			stats->state = BIO_PRESSURE_POOL_GONE;
		else if (time_after(now, deadline))
			stats->state = BIO_PRESSURE_TIME_OVER;
		else
			stats->remaining_ms = jiffies_to_msecs(deadline - now);
	}
	spin_lock(&t->message_lock);
	memcpy(stats->message, t->message, sizeof(stats->message));
	spin_unlock(&t->message_lock);
}

static long bio_pressure_ioctl_stats(struct file *file, struct bio_pressure_stats __user *user)
{
	struct bio_pressure_stats stats;
	u32 size;

	if (get_user(size, &user->size))
		return -EFAULT;
	if (size < offsetofend(struct bio_pressure_stats, state))
		return -EINVAL;
	bio_pressure_stats(file->private_data, &stats);
	stats.size = min_t(u32, size, sizeof(stats));
	return copy_to_user(user, &stats, stats.size) ? -EFAULT : 0;
}

static long bio_pressure_ioctl_lift(struct file *file)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	bio_pressure_end(file->private_data);
	return 0;
}

/* By their numbers: the sizes in the requests are those of the caller's structures. */
static long bio_pressure_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (_IOC_TYPE(cmd) != _IOC_TYPE(BIO_PRESSURE_ARM))
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(BIO_PRESSURE_ARM):
		return bio_pressure_ioctl_arm(file, (struct bio_pressure_arm __user *)arg);
	case _IOC_NR(BIO_PRESSURE_LIFT):
		return bio_pressure_ioctl_lift(file);
	case _IOC_NR(BIO_PRESSURE_STATS):
		return bio_pressure_ioctl_stats(file, (struct bio_pressure_stats __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int bio_pressure_open(struct inode *inode, struct file *file)
{
	struct bio_pressure_target *t;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	t = bio_pressure_target_new();
	if (!t)
		return -ENOMEM;
	file->private_data = t;
	return nonseekable_open(inode, file);
}

static int bio_pressure_release(struct inode *inode, struct file *file)
{
	struct bio_pressure_target *t = file->private_data;

	bio_pressure_close(t);
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

	err = bio_pressure_functions_init();
	if (err)
		return err;
	err = bio_pressure_hold_init();
	if (err)
		return err;
	err = misc_register(&bio_pressure_misc);
	if (err)
		bio_pressure_hold_exit();
	return err;
}

/* No descriptor is open, so nothing is registered with ftrace. */
static void __exit bio_pressure_exit(void)
{
	misc_deregister(&bio_pressure_misc);
	bio_pressure_hold_exit();
}

module_init(bio_pressure_init);
module_exit(bio_pressure_exit);

MODULE_DESCRIPTION("Exhaust one pool of any driver, so that it lives off its reserve");
MODULE_LICENSE("GPL");
