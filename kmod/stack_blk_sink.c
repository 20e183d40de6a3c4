// SPDX-License-Identifier: GPL-2.0
/*
 * What is below a stack_blk disk without lower devices: a hidden disk on which everything ends well
 * at once. Reads give zeroes. So clones are submitted, wait on current->bio_list and are taken by
 * the rescuer as on any lower device.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "stack_blk_clone.h"

#define STACK_BLK_SINK_NAME	"stackb_sink"

/* Protects what follows. */
static DEFINE_MUTEX(stack_blk_sink_lock);
static struct gendisk *stack_blk_sink;
static unsigned int stack_blk_sink_users;

static void stack_blk_sink_submit_bio(struct bio *bio)
{
	if (bio_op(bio) == REQ_OP_READ)
		zero_fill_bio(bio);
	bio_endio(bio);
}

static const struct block_device_operations stack_blk_sink_fops = {
	.owner = THIS_MODULE,
	.submit_bio = stack_blk_sink_submit_bio,
};

/* It can do all that limits cannot be chosen for by a disk on top of it. */
static struct gendisk *stack_blk_sink_make(void)
{
	struct compat_limits cl;
	struct gendisk *disk;
	int err;

	compat_limits_init(&cl);
	compat_features_add(&cl, COMPAT_FEAT_WRITE_CACHE | COMPAT_FEAT_FUA);
	compat_features_drop(&cl, COMPAT_FEAT_POLL);
	compat_limits_any_discard(&cl.lim);
	cl.lim.max_secure_erase_sectors = UINT_MAX;
	/* Stacking limits leave it to lower devices; 6.12 refuses it of a disk without zones. */
	cl.lim.max_zone_append_sectors = 0;
	disk = compat_alloc_disk(&cl);
	if (IS_ERR(disk))
		return disk;
	disk->fops = &stack_blk_sink_fops;
	disk->flags |= GENHD_FL_HIDDEN;
	strscpy(disk->disk_name, STACK_BLK_SINK_NAME, DISK_NAME_LEN);
	set_capacity(disk, S64_MAX >> SECTOR_SHIFT);
	err = device_add_disk(NULL, disk, NULL);
	if (err) {
		put_disk(disk);
		return ERR_PTR(err);
	}
	return disk;
}

/**
 * stack_blk_sink_get - a lower device for a disk that has none
 *
 * Context: may sleep.
 * Return: the device, to be given back with stack_blk_sink_put(), or an ERR_PTR(). It is not open.
 */
struct block_device *stack_blk_sink_get(void)
{
	struct gendisk *disk;

	mutex_lock(&stack_blk_sink_lock);
	disk = stack_blk_sink_users ? stack_blk_sink : stack_blk_sink_make();
	if (!IS_ERR(disk)) {
		stack_blk_sink = disk;
		stack_blk_sink_users++;
	}
	mutex_unlock(&stack_blk_sink_lock);
	return IS_ERR(disk) ? ERR_CAST(disk) : disk->part0;
}

/**
 * stack_blk_sink_put - a disk without lower devices goes, and has no I/O any more
 *
 * Context: may sleep.
 */
void stack_blk_sink_put(void)
{
	mutex_lock(&stack_blk_sink_lock);
	if (!--stack_blk_sink_users) {
		del_gendisk(stack_blk_sink);
		put_disk(stack_blk_sink);
	}
	mutex_unlock(&stack_blk_sink_lock);
}
