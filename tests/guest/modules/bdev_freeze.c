// SPDX-License-Identifier: GPL-2.0
/*
 * A block device that is frozen while this module is loaded, and does I/O nevertheless: one of the
 * device mapper is suspended then.
 */
#include <linux/blkdev.h>
#include <linux/file.h>
#include <linux/module.h>

static char *device;
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "path of the block device");

/* As a macro it needs no probe; kernels without it have no tests that need this module. */
#ifdef BLK_OPEN_RESTRICT_WRITES
static struct file *bdev_freeze_file;

static int __init bdev_freeze_init(void)
{
	int err;

	bdev_freeze_file = bdev_file_open_by_path(device, BLK_OPEN_READ, NULL, NULL);
	if (IS_ERR(bdev_freeze_file))
		return PTR_ERR(bdev_freeze_file);
	err = bdev_freeze(file_bdev(bdev_freeze_file));
	if (err)
		fput(bdev_freeze_file);
	return err;
}

static void __exit bdev_freeze_exit(void)
{
	bdev_thaw(file_bdev(bdev_freeze_file));
	fput(bdev_freeze_file);
}
#else
static int __init bdev_freeze_init(void)
{
	return -EOPNOTSUPP;
}

static void __exit bdev_freeze_exit(void)
{
}
#endif

module_init(bdev_freeze_init);
module_exit(bdev_freeze_exit);

MODULE_DESCRIPTION("A block device that is frozen");
MODULE_LICENSE("GPL");
