// SPDX-License-Identifier: GPL-2.0
/*
 * Making, changing and removing a stack_blk disk: power 1, rescan and power 0.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "stack_blk_clone.h"
#include "stack_blk_trace.h"

/* How often it is looked whether the last I/O is done, at the least. */
#define STACK_BLK_DRAIN_MAX_MS	100u

static DEFINE_IDA(stack_blk_index);

static const struct block_device_operations stack_blk_fops = {
	.owner = THIS_MODULE,
	.submit_bio = stack_blk_submit_bio,
	.poll_bio = stack_blk_poll_bio,
};

static const struct block_device_operations stack_blk_track_fops = {
	.owner = THIS_MODULE,
	.submit_bio = stack_blk_track_submit_bio,
	.poll_bio = stack_blk_poll_bio,
};

static const struct block_device_operations stack_blk_plain_fops = {
	.owner = THIS_MODULE,
	.submit_bio = stack_blk_plain_submit_bio,
	.poll_bio = stack_blk_poll_bio,
};

static const struct block_device_operations *stack_blk_ops(const struct stack_blk_dev *dev)
{
	if (dev->par.track)
		return &stack_blk_track_fops;
	return stack_blk_is_plain(dev) ? &stack_blk_plain_fops : &stack_blk_fops;
}

static void stack_blk_link_holders(struct stack_blk_dev *dev, unsigned int *linked, int *err)
{
	*linked = 0;
	if (dev->sink)
		return;
	for (; !*err && *linked < dev->nr_lowers; *linked += !*err)
		*err = bd_link_disk_holder(dev->lower[*linked].handle.bdev, dev->disk);
}

static void stack_blk_unlink_holders(struct stack_blk_dev *dev, unsigned int linked)
{
	while (linked)
		bd_unlink_disk_holder(dev->lower[--linked].handle.bdev, dev->disk);
}

/*
 * Who begins to hold the device does so while another holds it, or under q_usage_counter. So if as
 * many have begun, looked at later, as had let go, nobody held it in between.
 */
static bool stack_blk_is_held(const struct stack_blk_dev *dev)
{
	u64 gone = stack_blk_sum(dev, STACK_BLK_LET_GO);

	smp_mb(); /* pairs with the barrier in stack_blk_let_go() */
	return stack_blk_sum(dev, STACK_BLK_ALLOCATED) + stack_blk_sum(dev, STACK_BLK_HELD) != gone;
}

/* The disk goes, and then nothing of its I/O is left: its memory can be freed. */
static void stack_blk_del_disk(struct stack_blk_dev *dev)
{
	unsigned int ms = 1;

	del_gendisk(dev->disk);
	stack_blk_poll_drain(dev);
	for (; stack_blk_is_held(dev); ms = min(2 * ms, STACK_BLK_DRAIN_MAX_MS))
		msleep(ms);
	/* A poller may still look at the device under RCU only (stack_blk_poll_bio()). */
	synchronize_rcu();
	/* Before another disk can have its name. */
	stack_blk_track_stop(dev);
	ida_free(&stack_blk_index, dev->index);
}

static int stack_blk_add_disk(struct stack_blk_dev *dev, const struct compat_limits *cl,
			      sector_t sectors)
{
	struct gendisk *disk;
	unsigned int linked;
	int err;

	disk = compat_alloc_disk(cl);
	if (IS_ERR(disk))
		return PTR_ERR(disk);

	dev->index = ida_alloc(&stack_blk_index, GFP_KERNEL);
	if (dev->index < 0) {
		err = dev->index;
		goto err_disk;
	}

	dev->disk = disk;
	disk->fops = stack_blk_ops(dev);
	if (!dev->par.partitions)
		disk->flags |= GENHD_FL_NO_PART;
	disk->private_data = dev;
	snprintf(disk->disk_name, DISK_NAME_LEN, "stackb%d", dev->index);
	set_capacity(disk, sectors);
	set_disk_ro(disk, stack_blk_read_only(dev));

	err = device_add_disk(NULL, disk, stack_blk_disk_groups);
	if (err)
		goto err_index;

	stack_blk_link_holders(dev, &linked, &err);
	if (!err)
		err = stack_blk_tell_start(dev);
	if (err) {
		stack_blk_unlink_holders(dev, linked);
		stack_blk_del_disk(dev);
		stack_blk_tell_stop(dev);
		put_disk(disk);
		return err;
	}
	return 0;

err_index:
	ida_free(&stack_blk_index, dev->index);
err_disk:
	put_disk(disk);
	return err;
}

/* Whether knobs and lower devices go together; if not, the log says why. */
static int stack_blk_check(const struct stack_blk_dev *dev, const char *item,
			   const struct compat_limits *cl)
{
	const char * const *names = stack_blk_knob_find(stack_blk_knobs, "split")->names;
	const struct stack_blk_params *par = &dev->par;
	unsigned int block = cl->lim.logical_block_size;
	char value[16];
	int len = scnprintf(value, sizeof(value), "%u", par->chunk_kb);

	if (par->layout == STACK_BLK_STRIPE && !par->chunk_kb) {
		stack_blk_refuse(item, "chunk_kb", value, len, "a stripe needs a chunk");
		return -EINVAL;
	}
	if (par->chunk_kb && (par->chunk_kb << 10) % block) {
		stack_blk_refuse(item, "chunk_kb", value, len,
				 "must be a multiple of the %u byte blocks of lower", block);
		return -EINVAL;
	}
	if (par->clone_source == STACK_BLK_KMALLOC && par->per_bio == STACK_BLK_FRONT_PAD) {
		stack_blk_refuse(item, "clone_source", "kmalloc", 7,
				 "only a bio_set has a front_pad: per_bio must be another");
		return -EINVAL;
	}
	if (par->clone_source == STACK_BLK_KMALLOC && par->bvecs == STACK_BLK_OWN) {
		stack_blk_refuse(item, "bvecs", "own", 3,
				 "are those of the bio_set: clone_source must be bioset");
		return -EINVAL;
	}
	if (par->split != STACK_BLK_TRIM && par->submit_order != STACK_BLK_EACH) {
		stack_blk_refuse(item, "split", names[par->split], strlen(names[par->split]),
				 "hands what is left back each time: submit_order must be each");
		return -EINVAL;
	}
	return 0;
}

/* Clones are not to have all that originals have. */
static bool stack_blk_strips(const struct stack_blk_pass *pass)
{
	return !pass->ioprio || !pass->write_hint || !pass->blkcg;
}

/* What there is, is too small for the layout. */
static void stack_blk_refuse_size(const struct stack_blk_dev *dev, const char *item,
				  const struct stack_blk_params *par)
{
	char value[16];

	if (dev->sink)
		stack_blk_refuse(item, "size_mb", value,
				 scnprintf(value, sizeof(value), "%u", par->size_mb),
				 "a stripe needs a chunk of it at the least");
	else
		stack_blk_refuse(item, "lower", par->lower, strlen(par->lower),
				 "a lower device is smaller than a chunk, or a block");
}

static void stack_blk_set_params(struct stack_blk_dev *dev, const struct stack_blk_params *par)
{
	bool own = par->bvecs == STACK_BLK_OWN;

	dev->par = *par;
	dev->par.lower = NULL;
	dev->gfp = par->gfp == STACK_BLK_NOIO ? GFP_NOIO : GFP_NOWAIT | __GFP_NOWARN;
	dev->order = par->split == STACK_BLK_TRIM ? par->submit_order : STACK_BLK_APART;
	dev->source = own ? STACK_BLK_PAGES : par->clone_source;
	dev->special = own || par->track || par->complete_in != STACK_BLK_LOWER ||
		       stack_blk_strips(&par->pass);
	dev->keep = own || par->layout == STACK_BLK_MIRROR;
	dev->chunk = par->chunk_kb ? par->chunk_kb << 10 : UINT_MAX;
	dev->most = own ? min_t(unsigned int, dev->chunk, BIO_MAX_VECS << PAGE_SHIFT) : dev->chunk;
}

/**
 * stack_blk_dev_create - make a device and its disk
 * @item: name of the configfs item, for messages
 * @par: what to make it from; it has @par->lower or @par->size_mb. Must outlive the device
 * @faults: what may happen to its clones; likewise
 *
 * Context: may sleep; opens the lower devices exclusively.
 * Return: the device, or an ERR_PTR(); the log then says why.
 */
struct stack_blk_dev *stack_blk_dev_create(const char *item, const struct stack_blk_params *par,
					   struct stack_blk_faults *faults)
{
	struct stack_blk_dev *dev;
	struct compat_limits cl;
	sector_t used[STACK_BLK_LOWERS_MAX], sectors;
	int err;

	dev = kzalloc_obj(*dev);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	stack_blk_set_params(dev, par);
	dev->faults = faults;
	refcount_set(&dev->refs, 1);
	stack_blk_tell_init(dev);
	stack_blk_late_init(dev);
	stack_blk_poll_init(dev);
	stack_blk_track_init(dev);

	err = stack_blk_lowers_open(dev, item, par);
	if (err)
		goto err_free;
	dev->legs = dev->nr_lowers - 1;
	stack_blk_limits(dev, &cl);
	err = stack_blk_check(dev, item, &cl);
	if (err)
		goto err_lowers;
	sectors = stack_blk_capacity(dev, cl.lim.logical_block_size, used);
	if (!sectors) {
		stack_blk_refuse_size(dev, item, par);
		err = -EINVAL;
		goto err_lowers;
	}
	stack_blk_lay_out(dev, used);

	err = stack_blk_defer_init(dev);
	if (err)
		goto err_said;
	err = stack_blk_pool_init(dev, &par->kmalloc_fail_nth);
	if (err)
		goto err_defer;
	err = stack_blk_add_disk(dev, &cl, sectors);
	if (err)
		goto err_pool;
	stack_blk_track_start(dev);
	trace_stack_blk_power(dev, true);
	return dev;

err_pool:
	stack_blk_poll_exit(dev);
	stack_blk_late_exit(dev);
	stack_blk_pool_exit(dev);
err_defer:
	stack_blk_defer_exit(dev);
err_said:
	stack_blk_refuse(item, "power", "1", 1, "cannot make the disk (error %d)", err);
err_lowers:
	stack_blk_lowers_close(dev);
err_free:
	stack_blk_dev_put(dev);
	return ERR_PTR(err);
}

/**
 * stack_blk_dev_stop - remove the disk of a device that stack_blk_dev_create() made
 * @dev: the device; free it then
 *
 * As with null_blk the disk goes even while it is open or mounted: dirty pages are written first,
 * I/O that comes later fails. Returns when no bio of it is in flight any more: on the rescuer, with
 * a worker, at the lower devices, or in our own end_io.
 *
 * Context: may sleep, for as long as the lower devices take.
 */
void stack_blk_dev_stop(struct stack_blk_dev *dev)
{
	trace_stack_blk_power(dev, false);
	stack_blk_tell_leave(dev);
	stack_blk_unlink_holders(dev, dev->sink ? 0 : dev->nr_lowers);
	stack_blk_del_disk(dev);
	stack_blk_tell_stop(dev);
}

/**
 * stack_blk_dev_free - free a device whose disk is gone, and let go of its lower devices
 * @dev: the device
 *
 * Context: may sleep.
 */
void stack_blk_dev_free(struct stack_blk_dev *dev)
{
	stack_blk_poll_exit(dev);
	stack_blk_late_exit(dev);
	stack_blk_defer_exit(dev);
	stack_blk_pool_exit(dev);
	put_disk(dev->disk);
	stack_blk_lowers_close(dev);
	stack_blk_dev_put(dev);
}

/**
 * stack_blk_dev_put - drop a reference on the memory of a device
 * @dev: the device
 *
 * Context: any.
 */
void stack_blk_dev_put(struct stack_blk_dev *dev)
{
	if (refcount_dec_and_test(&dev->refs))
		kfree(dev);
}

/**
 * stack_blk_dev_rescan - follow changes of the lower devices: size, limits, read-only
 * @dev: the device
 * @item: name of the configfs item, for messages
 *
 * Context: may sleep; new I/O waits while the limits change.
 * Return: 0, or an error: the log then says why, and the disk is as it was.
 */
int stack_blk_dev_rescan(struct stack_blk_dev *dev, const char *item)
{
	struct compat_limits cl;
	sector_t used[STACK_BLK_LOWERS_MAX], sectors;
	int err;

	if (test_bit(GD_DEAD, &dev->disk->state)) {
		stack_blk_refuse(item, "rescan", "1", 1,
				 "the disk died with a lower device: power off, and on again");
		return -ENODEV;
	}
	err = stack_blk_lowers_rescan(dev, item);
	if (err)
		return err;
	stack_blk_limits(dev, &cl);
	err = stack_blk_check(dev, item, &cl);
	if (err)
		return err;
	sectors = stack_blk_capacity(dev, cl.lim.logical_block_size, used);
	if (!sectors) {
		stack_blk_refuse(item, "rescan", "1", 1, "a lower device %s",
				 dev->par.layout == STACK_BLK_LINEAR ?
				 "with a neighbour behind it became smaller" :
				 "became smaller than a chunk, or a block");
		return -EINVAL;
	}
	err = compat_limits_update(dev->disk, &cl);
	if (err) {
		stack_blk_refuse(item, "rescan", "1", 1, "limits are refused (error %d)", err);
		return err;
	}
	stack_blk_lay_out(dev, used);
	stack_blk_poll_allow(dev, compat_features_has(&cl, COMPAT_FEAT_POLL));
	set_disk_ro(dev->disk, stack_blk_read_only(dev));
	set_capacity_and_notify(dev->disk, sectors);
	return 0;
}
