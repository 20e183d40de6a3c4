// SPDX-License-Identifier: GPL-2.0
/* Accounting by block device, with a start time of the caller's; sectors count at once (v5.19). */
#include <linux/blkdev.h>

unsigned long conftest(struct block_device *bdev);
unsigned long conftest(struct block_device *bdev)
{
	return bdev_start_io_acct(bdev, 8, REQ_OP_READ, jiffies);
}
