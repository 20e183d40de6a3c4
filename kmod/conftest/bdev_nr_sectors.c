// SPDX-License-Identifier: GPL-2.0
/* The size of a block device has a function (v5.16). */
#include <linux/blkdev.h>

sector_t conftest(struct block_device *bdev);
sector_t conftest(struct block_device *bdev)
{
	return bdev_nr_sectors(bdev);
}
