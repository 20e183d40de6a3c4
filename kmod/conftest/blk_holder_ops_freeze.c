// SPDX-License-Identifier: GPL-2.0
/*
 * Who holds a block device is told that it is frozen and thawed ("bdev: add freeze and thaw holder
 * operations", v6.8), and hence all else that the operations in stack_blk_holder.c are about.
 */
#include <linux/blkdev.h>

extern const struct blk_holder_ops conftest;
const struct blk_holder_ops conftest = {
	.freeze = bdev_freeze,
	.thaw = bdev_thaw,
};
