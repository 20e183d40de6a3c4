// SPDX-License-Identifier: GPL-2.0
/* Sectors are counted when an I/O ends, not when it starts (v6.3). */
#include <linux/blkdev.h>

void conftest(struct block_device *bdev);
void conftest(struct block_device *bdev)
{
	unsigned long start = bdev_start_io_acct(bdev, REQ_OP_READ, jiffies);

	bdev_end_io_acct(bdev, REQ_OP_READ, 8, start);
}
