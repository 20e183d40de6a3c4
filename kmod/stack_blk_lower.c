// SPDX-License-Identifier: GPL-2.0
/*
 * The lower devices of a stack_blk device: opening them, what rules one out, and what size and
 * limits follow from them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blk-integrity.h>
#include <linux/gcd.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "stack_blk.h"

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

/* A read-only device is opened as such. */
static int stack_blk_open_path(struct stack_blk_dev *dev, struct stack_blk_lower *lower,
			       const char *path)
{
	dev_t devt;
	int err;

	err = lookup_bdev(path, &devt);
	if (err)
		return err;
	WRITE_ONCE(lower->devt, devt); /* who looks for it may be told something about another */
	err = compat_bdev_open(&lower->handle, devt, true, dev, STACK_BLK_HOLDER_OPS);
	lower->read_only = err == -EACCES || err == -EROFS;
	if (lower->read_only)
		err = compat_bdev_open(&lower->handle, devt, false, dev, STACK_BLK_HOLDER_OPS);
	return err == -ENXIO ? -ENODEV : err;
}

/* What rules a lower device out; NULL if nothing. */
static const char *stack_blk_unfit(struct block_device *bdev)
{
	if (bdev_is_zoned(bdev))
		return "zoned devices are not supported";
	if (bdev_get_integrity(bdev))
		return "devices with an integrity profile are not supported";
	if (!bdev_nr_sectors(bdev))
		return "the device has no capacity";
	return NULL;
}

static bool stack_blk_has_lower(const struct stack_blk_dev *dev, struct block_device *bdev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_lowers; i++)
		if (dev->lower[i].handle.bdev == bdev)
			return true;
	return false;
}

static int stack_blk_lower_add(struct stack_blk_dev *dev, const char *item, const char *path)
{
	struct stack_blk_lower *lower = &dev->lower[dev->nr_lowers];
	const char *why;
	int err;

	if (dev->nr_lowers == STACK_BLK_LOWERS_MAX) {
		stack_blk_refuse(item, "lower", path, strlen(path), "at most %d devices",
				 STACK_BLK_LOWERS_MAX);
		return -EINVAL;
	}
	err = stack_blk_open_path(dev, lower, path);
	if (err) {
		stack_blk_refuse(item, "lower", path, strlen(path), "%s (error %d)",
				 stack_blk_open_hint(err), err);
		return err;
	}
	if (stack_blk_has_lower(dev, lower->handle.bdev))
		why = "named twice";
	else
		why = stack_blk_unfit(lower->handle.bdev);
	if (why) {
		stack_blk_refuse(item, "lower", path, strlen(path), "%s", why);
		compat_bdev_close(&lower->handle);
		return -EINVAL;
	}
	stack_blk_tell_opened(lower);
	dev->nr_lowers++;
	return 0;
}

/* A disk without lower devices. */
static int stack_blk_open_sink(struct stack_blk_dev *dev, const char *item,
			       const struct stack_blk_params *par)
{
	struct block_device *bdev;

	if (par->lower) {
		stack_blk_refuse(item, "lower", par->lower, strlen(par->lower),
				 "a disk has lower devices or a size_mb, not both");
		return -EINVAL;
	}
	bdev = stack_blk_sink_get();
	if (IS_ERR(bdev)) {
		stack_blk_refuse(item, "power", "1", 1, "cannot be without lower device (error %d)",
				 (int)PTR_ERR(bdev));
		return PTR_ERR(bdev);
	}
	dev->lower[0].handle.bdev = bdev;
	dev->nr_lowers = 1;
	dev->sink = true;
	return 0;
}

/**
 * stack_blk_lowers_open - open all lower devices, exclusively
 * @dev: the device, gets @dev->lower and @dev->nr_lowers
 * @item: name of the configfs item, for messages
 * @par: names them
 *
 * Context: may sleep.
 * Return: 0, or an error: the log then says why, and none is open.
 */
int stack_blk_lowers_open(struct stack_blk_dev *dev, const char *item,
			  const struct stack_blk_params *par)
{
	char *paths, *rest, *path;
	int err = 0;

	if (par->size_mb)
		return stack_blk_open_sink(dev, item, par);
	paths = kstrdup(par->lower, GFP_KERNEL);
	rest = paths;
	if (!paths)
		return -ENOMEM;
	while (!err && (path = strsep(&rest, " \t\n")))
		if (*path)
			err = stack_blk_lower_add(dev, item, path);
	kfree(paths);
	/* A parameter of the module may be empty. */
	if (!err && !dev->nr_lowers) {
		stack_blk_refuse(item, "lower", par->lower, strlen(par->lower),
				 "must be absolute paths of block devices");
		err = -EINVAL;
	}
	if (err)
		stack_blk_lowers_close(dev);
	return err;
}

/**
 * stack_blk_lowers_close - close all lower devices
 * @dev: the device, without I/O
 *
 * Context: may sleep.
 */
void stack_blk_lowers_close(struct stack_blk_dev *dev)
{
	if (dev->sink)
		stack_blk_sink_put();
	else
		while (dev->nr_lowers)
			compat_bdev_close(&dev->lower[--dev->nr_lowers].handle);
}

/* A leg of a mirror that is out of use: its size does not matter, nor what became of it. */
static bool stack_blk_is_out(const struct stack_blk_dev *dev, unsigned int i)
{
	return READ_ONCE(dev->lower[i].failed);
}

/**
 * stack_blk_lowers_rescan - look again at the lower devices of a disk that is in use
 * @dev: the device
 * @item: name of the configfs item, for messages
 *
 * One that was read-only when it was opened, and no longer is, is opened for writing.
 *
 * Context: may sleep.
 * Return: 0, or an error if one became unfit or cannot be opened: the log then says why.
 */
int stack_blk_lowers_rescan(struct stack_blk_dev *dev, const char *item)
{
	unsigned int i;
	int err;

	for (i = 0; i < dev->nr_lowers; i++) {
		struct stack_blk_lower *lower = &dev->lower[i];
		struct block_device *bdev = lower->handle.bdev;
		const char *why = stack_blk_unfit(bdev);
		struct compat_bdev again;

		if (stack_blk_is_out(dev, i))
			continue;
		if (why) {
			stack_blk_refuse(item, "rescan", "1", 1, "lower device %u: %s", i, why);
			return -EINVAL;
		}
		if (!lower->read_only || bdev_read_only(bdev))
			continue;
		err = compat_bdev_open(&again, bdev->bd_dev, true, dev, STACK_BLK_HOLDER_OPS);
		if (err) {
			stack_blk_refuse(item, "rescan", "1", 1,
					 "lower device %u cannot be opened for writing (error %d)",
					 i, err);
			return err;
		}
		compat_bdev_close(&lower->handle);
		lower->handle = again;
		lower->read_only = false;
	}
	return 0;
}

/* What the disk is not to have although its lower devices do. */
static void stack_blk_keep_back(const struct stack_blk_pass *pass, struct compat_limits *cl)
{
	if (!pass->flush)
		compat_features_drop(cl, COMPAT_FEAT_WRITE_CACHE | COMPAT_FEAT_FUA);
	if (!pass->fua)
		compat_features_drop(cl, COMPAT_FEAT_FUA);
	if (!pass->nowait)
		compat_features_drop(cl, COMPAT_FEAT_NOWAIT);
	if (!pass->polled)
		compat_features_drop(cl, COMPAT_FEAT_POLL);
	if (!pass->discard)
		compat_limits_no_discard(&cl->lim);
	if (!pass->write_zeroes)
		compat_limits_no_write_zeroes(&cl->lim);
	if (!pass->secure_erase)
		cl->lim.max_secure_erase_sectors = 0;
}

/**
 * stack_blk_limits - limits and features of the disk, from those of all lower devices
 * @dev: the device
 * @cl: the limits
 */
void stack_blk_limits(const struct stack_blk_dev *dev, struct compat_limits *cl)
{
	unsigned int i;

	compat_limits_init(cl);
	/* What is to be written atomically is not to be cut. */
	if (dev->most == UINT_MAX && dev->par.pass.atomic)
		compat_limits_atomic(cl);
	for (i = 0; i < dev->nr_lowers; i++)
		compat_limits_stack(cl, dev->lower[i].handle.bdev);
	stack_blk_keep_back(&dev->par.pass, cl);
	if (dev->par.layout == STACK_BLK_STRIPE) {
		cl->lim.io_min = max(dev->chunk, cl->lim.physical_block_size);
		if (check_mul_overflow(dev->chunk, dev->nr_lowers, &cl->lim.io_opt))
			cl->lim.io_opt = 0;
	}
	if (dev->par.split == STACK_BLK_LIMITS && dev->par.chunk_kb)
		cl->lim.chunk_sectors = gcd(cl->lim.chunk_sectors, dev->chunk >> SECTOR_SHIFT);
}

static sector_t stack_blk_lower_sectors(const struct stack_blk_dev *dev, unsigned int i)
{
	if (dev->sink)
		return (sector_t)dev->par.size_mb << (20 - SECTOR_SHIFT);
	return bdev_nr_sectors(dev->lower[i].handle.bdev);
}

/**
 * stack_blk_capacity - how much of its lower devices a disk uses
 * @dev: the device
 * @block_size: logical block size of the disk, in bytes
 * @used: gets how many sectors of each, for stack_blk_lay_out()
 *
 * Each is used up to a multiple of the block size (stripe: of the chunk), and, unless they follow
 * each other, as far as the smallest. When sizes change while the disk exists only the last device
 * of a linear one may: others have a neighbour.
 *
 * Return: the size of the disk in sectors, 0 if the layout cannot be kept.
 */
sector_t stack_blk_capacity(const struct stack_blk_dev *dev, unsigned int block_size,
			    sector_t used[STACK_BLK_LOWERS_MAX])
{
	unsigned int unit = dev->par.layout == STACK_BLK_STRIPE ? dev->chunk : block_size;
	bool linear = dev->par.layout == STACK_BLK_LINEAR;
	sector_t total = 0, least = ~(sector_t)0;
	unsigned int i;

	for (i = 0; i < dev->nr_lowers; i++) {
		sector_t sectors = stack_blk_lower_sectors(dev, i);

		sectors -= stack_blk_rest(sectors, unit >> SECTOR_SHIFT);
		if (dev->disk && linear && i + 1 < dev->nr_lowers) {
			if (sectors < dev->lower[i].sectors)
				return 0;
			sectors = dev->lower[i].sectors;
		}
		used[i] = sectors;
		total += sectors;
		if (!stack_blk_is_out(dev, i))
			least = min(least, sectors);
	}
	if (linear)
		return total;
	for (i = 0; i < dev->nr_lowers; i++)
		used[i] = least;
	return dev->par.layout == STACK_BLK_MIRROR ? least : least * dev->nr_lowers;
}

/**
 * stack_blk_lay_out - lay the lower devices out
 * @dev: the device; gets the places and sizes of its lower devices
 * @used: what of each is used, from stack_blk_capacity()
 */
void stack_blk_lay_out(struct stack_blk_dev *dev, const sector_t used[STACK_BLK_LOWERS_MAX])
{
	bool linear = dev->par.layout == STACK_BLK_LINEAR;
	sector_t start = 0;
	unsigned int i;

	for (i = 0; i < dev->nr_lowers; i++) {
		dev->lower[i].start = start;
		dev->lower[i].sectors = used[i];
		if (linear)
			start += used[i];
	}
}

/**
 * stack_blk_read_only - whether a lower device cannot be written to
 * @dev: the device
 *
 * Return: true if so.
 */
bool stack_blk_read_only(const struct stack_blk_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_lowers; i++)
		if (dev->lower[i].read_only || bdev_read_only(dev->lower[i].handle.bdev))
			return true;
	return false;
}
