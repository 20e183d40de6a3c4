// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel tells who holds a block device, and a stack_blk device passes on to who holds its
 * disk, which for both is a file system most of the time: that a lower device is gone, or is to be
 * synced, frozen or thawed.
 *
 * Each operation is called with bd_holder_lock of the lower device held and drops it. Until then
 * the lower device is open, so that the holder is there, and the module. From then on references on
 * both see to that. The disk is made after the lower devices are opened and goes before they are
 * closed: what was said too early is made up for, what is said too late has no addressee.
 *
 * A partition of our disk is not told of freezing: nor are the partitions of any disk.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "stack_blk.h"

#ifdef HAVE_BLK_HOLDER_OPS_FREEZE
/*
 * A lower device that is frozen freezes the disk, with its own locks held: lockdep is to tell those
 * of one from those of the other, as it does if they were made one after another.
 */
#define STACK_BLK_LOCK_CLASSES	8

static struct lock_class_key stack_blk_tell_keys[STACK_BLK_LOCK_CLASSES];
static struct lock_class_key stack_blk_freeze_keys[STACK_BLK_LOCK_CLASSES];

/*
 * Begins an operation: drops bd_holder_lock of @bdev. Returns who holds that, with tell_lock held,
 * and in @which which of its lower devices that is.
 */
static struct stack_blk_dev *stack_blk_tell(struct block_device *bdev, unsigned int *which)
{
	struct stack_blk_dev *dev = bdev->bd_holder;
	unsigned int i = 0;

	refcount_inc(&dev->refs);
	__module_get(THIS_MODULE);
	mutex_unlock(&bdev->bd_holder_lock);

	mutex_lock(&dev->tell_lock);
	while (i < STACK_BLK_LOWERS_MAX - 1 && READ_ONCE(dev->lower[i].devt) != bdev->bd_dev)
		i++;
	*which = i;
	return dev;
}

/* The disk, if there is one, for who drops tell_lock. */
static struct gendisk *stack_blk_disk_get(struct stack_blk_dev *dev)
{
	if (!dev->telling)
		return NULL;
	get_device(disk_to_dev(dev->disk));
	return dev->disk;
}

static void stack_blk_told(struct stack_blk_dev *dev)
{
	stack_blk_dev_put(dev);
	/* Not the end of what runs here, but stack_blk_exit() waits for that. */
	module_put(THIS_MODULE);
}

/* A lower device is gone. Returns true if the disk goes with it; says so. */
static bool stack_blk_lost(struct stack_blk_dev *dev, unsigned int which)
{
	if (stack_blk_is_mirror(dev) && stack_blk_leg_out(dev, which, BLK_STS_OFFLINE))
		return false;
	if (!dev->dead)
		pr_err("%s: lower device %u is gone, and the disk with it\n", dev->disk->disk_name,
		       which);
	dev->dead = true;
	return true;
}

/* The lower device still takes what is dirty: as blk_report_disk_dead() in an orderly removal. */
static void stack_blk_leave_orderly(struct gendisk *disk)
{
	struct block_device *part;
	unsigned long n;

	rcu_read_lock();
	xa_for_each(&disk->part_tbl, n, part) {
		if (!kobject_get_unless_zero(&part->bd_device.kobj))
			continue;
		rcu_read_unlock();
		bdev_mark_dead(part, false);
		put_device(&part->bd_device);
		rcu_read_lock();
	}
	rcu_read_unlock();
}

/* As blkdev_flushbuf() does it for the lower device. */
static void stack_blk_sync_bdev(struct block_device *bdev)
{
	mutex_lock(&bdev->bd_holder_lock);
	if (bdev->bd_holder_ops && bdev->bd_holder_ops->sync) {
		bdev->bd_holder_ops->sync(bdev);
	} else {
		mutex_unlock(&bdev->bd_holder_lock);
		sync_blockdev(bdev);
	}
}

static void stack_blk_sync(struct block_device *bdev)
{
	unsigned int which;
	struct stack_blk_dev *dev = stack_blk_tell(bdev, &which);
	struct gendisk *disk = stack_blk_disk_get(dev);

	mutex_unlock(&dev->tell_lock);
	if (disk) {
		stack_blk_sync_bdev(disk->part0);
		put_device(disk_to_dev(disk));
	}
	stack_blk_told(dev);
}

/* Each lower device freezes the disk once at the most, and the kernel counts that. */
static int stack_blk_freeze(struct block_device *bdev)
{
	unsigned int which;
	struct stack_blk_dev *dev = stack_blk_tell(bdev, &which);
	int err = dev->telling ? bdev_freeze(dev->disk->part0) : 0;

	dev->lower[which].frozen = !err;
	mutex_unlock(&dev->tell_lock);
	stack_blk_told(dev);
	return err;
}

/*
 * Called with tell_lock held. It is no error if the disk is thawed already, as sysrq does it with
 * all.
 */
static int stack_blk_thaw_lower(struct stack_blk_dev *dev, struct stack_blk_lower *lower)
{
	int err = 0;

	if (dev->telling && lower->frozen) {
		err = bdev_thaw(dev->disk->part0);
		if (atomic_read(&dev->disk->part0->bd_fsfreeze_count) <= 0)
			err = 0;
	}
	if (!err)
		lower->frozen = false;
	return err;
}

static int stack_blk_thaw(struct block_device *bdev)
{
	unsigned int which;
	struct stack_blk_dev *dev = stack_blk_tell(bdev, &which);
	int err = stack_blk_thaw_lower(dev, &dev->lower[which]);

	mutex_unlock(&dev->tell_lock);
	stack_blk_told(dev);
	return err;
}

static void stack_blk_mark_dead(struct block_device *bdev, bool surprise)
{
	unsigned int which;
	struct stack_blk_dev *dev = stack_blk_tell(bdev, &which);
	struct gendisk *disk = stack_blk_disk_get(dev);
	bool dies = disk && stack_blk_lost(dev, which);

	dev->lower[which].gone = true;
	mutex_unlock(&dev->tell_lock);
	if (dies) {
		if (!surprise)
			stack_blk_leave_orderly(disk);
		blk_mark_disk_dead(disk);
	}
	if (disk)
		put_device(disk_to_dev(disk));
	/* Nobody will ever thaw that one, or poll for what is under way. */
	mutex_lock(&dev->tell_lock);
	if (dies && dev->telling)
		stack_blk_poll_allow(dev, false);
	stack_blk_thaw_lower(dev, &dev->lower[which]);
	mutex_unlock(&dev->tell_lock);
	stack_blk_told(dev);
}

const struct blk_holder_ops stack_blk_holder_ops = {
	.mark_dead = stack_blk_mark_dead,
	.sync = stack_blk_sync,
	.freeze = stack_blk_freeze,
	.thaw = stack_blk_thaw,
};

/**
 * stack_blk_tell_init - before the first lower device is opened
 * @dev: the device
 */
void stack_blk_tell_init(struct stack_blk_dev *dev)
{
	static atomic_t devices;

	dev->lock_class = (unsigned int)atomic_inc_return(&devices) % STACK_BLK_LOCK_CLASSES;
	mutex_init(&dev->tell_lock);
	lockdep_set_class(&dev->tell_lock, &stack_blk_tell_keys[dev->lock_class]);
}

/**
 * stack_blk_tell_opened - a lower device is open, and may have been frozen before
 * @lower: it
 *
 * Context: may sleep, as long as it takes to be frozen.
 */
void stack_blk_tell_opened(struct stack_blk_lower *lower)
{
	struct block_device *bdev = lower->handle.bdev;

	/* Held while it is frozen or thawed and its holder told. */
	mutex_lock(&bdev->bd_fsfreeze_mutex);
	lower->frozen = atomic_read(&bdev->bd_fsfreeze_count) > 0;
	mutex_unlock(&bdev->bd_fsfreeze_mutex);
}

/**
 * stack_blk_tell_start - the disk is there
 * @dev: the device
 *
 * Context: may sleep.
 * Return: 0, or -ENODEV if it is not worth to be there: the log then says why. It is to be removed
 * again, and stack_blk_tell_stop() called.
 */
int stack_blk_tell_start(struct stack_blk_dev *dev)
{
	struct block_device *part0 = dev->disk->part0;
	unsigned int i;
	int err = 0;

	mutex_lock(&dev->tell_lock);
	lockdep_set_class(&part0->bd_fsfreeze_mutex, &stack_blk_freeze_keys[dev->lock_class]);
	dev->telling = true;
	for (i = 0; i < dev->nr_lowers; i++) {
		struct stack_blk_lower *lower = &dev->lower[i];

		if (lower->frozen && bdev_freeze(part0))
			lower->frozen = false;
		if (lower->gone && stack_blk_lost(dev, i))
			err = -ENODEV;
	}
	mutex_unlock(&dev->tell_lock);
	return err;
}

/**
 * stack_blk_tell_leave - the disk is about to go
 * @dev: the device
 *
 * A file system on a frozen disk has nothing to write. But if it is told that the disk is about to
 * go, it flushes, and what is frozen may do no I/O before it is thawed. So it is told that the disk
 * has gone.
 *
 * Context: may sleep.
 */
void stack_blk_tell_leave(struct stack_blk_dev *dev)
{
	struct block_device *part0 = dev->disk->part0;
	bool frozen = false, clean;
	unsigned int i;

	mutex_lock(&dev->tell_lock);
	for (i = 0; i < dev->nr_lowers; i++)
		frozen |= dev->lower[i].frozen;
	mutex_lock(&part0->bd_holder_lock);
	clean = part0->bd_holder_ops && part0->bd_holder_ops->freeze;
	mutex_unlock(&part0->bd_holder_lock);
	if (frozen && clean)
		blk_mark_disk_dead(dev->disk);
	mutex_unlock(&dev->tell_lock);
}

/**
 * stack_blk_tell_stop - the disk has gone: it is thawed as often as it was frozen
 * @dev: the device
 *
 * Context: may sleep.
 */
void stack_blk_tell_stop(struct stack_blk_dev *dev)
{
	unsigned int i;

	mutex_lock(&dev->tell_lock);
	for (i = 0; i < dev->nr_lowers; i++)
		stack_blk_thaw_lower(dev, &dev->lower[i]);
	dev->telling = false;
	mutex_unlock(&dev->tell_lock);
}
#endif
