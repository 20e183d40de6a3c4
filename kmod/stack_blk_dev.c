// SPDX-License-Identifier: GPL-2.0
/*
 * Making and removing a stack_blk disk: power 1 and power 0.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blk-integrity.h>
#include <linux/blkdev.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "stack_blk.h"

static DEFINE_IDA(stack_blk_index);

static const struct block_device_operations stack_blk_fops = {
	.owner = THIS_MODULE,
	.submit_bio = stack_blk_submit_bio,
};

static const char *stack_blk_open_hint(int err)
{
	switch (err) {
	case -ENOENT:
	case -ENODEV:
		return "no such block device";
	case -ENOTBLK:
		return "not a block device";
	case -EBUSY:
		return "in use by something else";
	default:
		return "cannot be opened";
	}
}

/* A read-only lower is opened as such; the caller finds out by bdev_read_only(). */
static int stack_blk_open_lower(struct stack_blk_dev *dev, const char *path)
{
	int err = compat_bdev_open(&dev->lower, path, true, dev);

	if (err == -EACCES || err == -EROFS)
		err = compat_bdev_open(&dev->lower, path, false, dev);
	if (err)
		return err == -ENXIO ? -ENODEV : err;
	dev->lower_bdev = dev->lower.bdev;
	return 0;
}

/* What the open lower device, or the combination with it, rules out; NULL if nothing. */
static const char *stack_blk_check_lower(struct stack_blk_dev *dev)
{
	struct block_device *lower = dev->lower_bdev;

	if (bdev_is_zoned(lower))
		return "zoned devices are not supported";
	if (bdev_get_integrity(lower))
		return "devices with an integrity profile are not supported";
	if (!bdev_nr_sectors(lower))
		return "the device has no capacity";
	return NULL;
}

static void stack_blk_release_ref(struct percpu_ref *ref)
{
	struct stack_blk_dev *dev = container_of(ref, struct stack_blk_dev, inflight);

	complete(&dev->drained);
}

static int stack_blk_init_pool(struct stack_blk_dev *dev, const struct stack_blk_params *par)
{
	int err;

	dev->stats = alloc_percpu(struct stack_blk_stats);
	if (!dev->stats)
		return -ENOMEM;

	init_completion(&dev->drained);
	err = percpu_ref_init(&dev->inflight, stack_blk_release_ref, 0, GFP_KERNEL);
	if (err)
		goto err_stats;

	err = bioset_init(&dev->bs, par->pool_size, offsetof(struct stack_blk_clone, bio),
			  par->rescuer ? BIOSET_NEED_RESCUER : 0);
	if (err)
		goto err_ref;
	return 0;

err_ref:
	percpu_ref_exit(&dev->inflight);
err_stats:
	free_percpu(dev->stats);
	return err;
}

/* Waits for all clones: on the rescuer, at the lower device, and in our own end_io. */
static void stack_blk_exit_pool(struct stack_blk_dev *dev)
{
	percpu_ref_kill(&dev->inflight);
	wait_for_completion(&dev->drained);
	bioset_exit(&dev->bs);
	percpu_ref_exit(&dev->inflight);
	free_percpu(dev->stats);
}

static int stack_blk_add_disk(struct stack_blk_dev *dev)
{
	struct gendisk *disk;
	int err;

	disk = compat_alloc_stacked_disk(dev->lower_bdev);
	if (IS_ERR(disk))
		return PTR_ERR(disk);

	dev->index = ida_alloc(&stack_blk_index, GFP_KERNEL);
	if (dev->index < 0) {
		err = dev->index;
		goto err_disk;
	}

	dev->disk = disk;
	disk->fops = &stack_blk_fops;
	disk->private_data = dev;
	snprintf(disk->disk_name, DISK_NAME_LEN, "stackb%d", dev->index);
	set_capacity(disk, bdev_nr_sectors(dev->lower_bdev));
	set_disk_ro(disk, bdev_read_only(dev->lower_bdev));

	err = device_add_disk(NULL, disk, stack_blk_disk_groups);
	if (err)
		goto err_index;

	err = bd_link_disk_holder(dev->lower_bdev, disk);
	if (err)
		goto err_del;
	return 0;

err_del:
	del_gendisk(disk);
err_index:
	ida_free(&stack_blk_index, dev->index);
err_disk:
	put_disk(disk);
	return err;
}

static int stack_blk_setup_lower(struct stack_blk_dev *dev, const char *item,
				 const struct stack_blk_params *par)
{
	unsigned int lbs;
	const char *why;
	int err;

	err = stack_blk_open_lower(dev, par->lower);
	if (err) {
		stack_blk_refuse(item, "lower", par->lower, strlen(par->lower), "%s (error %d)",
				 stack_blk_open_hint(err), err);
		return err;
	}

	why = stack_blk_check_lower(dev);
	if (why) {
		stack_blk_refuse(item, "lower", par->lower, strlen(par->lower), "%s", why);
		err = -EINVAL;
		goto err_close;
	}

	lbs = bdev_logical_block_size(dev->lower_bdev);
	dev->chunk = par->chunk_kb ? par->chunk_kb << 10 : UINT_MAX;
	if (par->chunk_kb && dev->chunk % lbs) {
		char value[16];
		int len = scnprintf(value, sizeof(value), "%u", par->chunk_kb);

		stack_blk_refuse(item, "chunk_kb", value, len,
				 "must be a multiple of the %u byte blocks of lower", lbs);
		err = -EINVAL;
		goto err_close;
	}
	return 0;

err_close:
	compat_bdev_close(&dev->lower);
	return err;
}

/**
 * stack_blk_dev_create - make a device and its disk
 * @item: name of the configfs item, for messages
 * @par: what to make it from; @par->lower is not NULL
 *
 * Context: may sleep; opens the lower device exclusively.
 * Return: the device, or an ERR_PTR(); the log then says why.
 */
struct stack_blk_dev *stack_blk_dev_create(const char *item, const struct stack_blk_params *par)
{
	struct stack_blk_dev *dev;
	int err;

	dev = kzalloc_obj(*dev);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev->batch = par->batch;

	err = stack_blk_setup_lower(dev, item, par);
	if (err)
		goto err_free;

	err = stack_blk_init_pool(dev, par);
	if (err)
		goto err_lower;

	err = stack_blk_add_disk(dev);
	if (err)
		goto err_pool;
	return dev;

err_pool:
	stack_blk_exit_pool(dev);
err_lower:
	compat_bdev_close(&dev->lower);
	stack_blk_refuse(item, "power", "1", 1, "cannot make the disk (error %d)", err);
err_free:
	kfree(dev);
	return ERR_PTR(err);
}

/**
 * stack_blk_dev_destroy - remove a device that stack_blk_dev_create() made
 * @dev: the device
 *
 * As with null_blk the disk goes even while it is open or mounted: dirty pages are written first,
 * I/O that comes later fails. Returns when no bio of it is in flight any more.
 *
 * Context: may sleep, for as long as the lower device takes.
 */
void stack_blk_dev_destroy(struct stack_blk_dev *dev)
{
	bd_unlink_disk_holder(dev->lower_bdev, dev->disk);
	del_gendisk(dev->disk);
	stack_blk_exit_pool(dev);
	ida_free(&stack_blk_index, dev->index);
	put_disk(dev->disk);
	compat_bdev_close(&dev->lower);
	kfree(dev);
}
