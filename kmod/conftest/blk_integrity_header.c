// SPDX-License-Identifier: GPL-2.0
/* Integrity profiles have a header of their own (v5.16). */
#include <linux/blkdev.h>
#include <linux/blk-integrity.h>

void *conftest(struct block_device *bdev);
void *conftest(struct block_device *bdev)
{
	return bdev_get_integrity(bdev);
}
