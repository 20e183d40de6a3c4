// SPDX-License-Identifier: GPL-2.0
/*
 * A block device is closed by its holder, not by the mode it was opened in ("block: use the holder
 * as indication for exclusive opens", v6.5).
 */
#include <linux/blkdev.h>

void conftest(struct block_device *bdev, void *holder);
void conftest(struct block_device *bdev, void *holder)
{
	blkdev_put(bdev, holder);
}
