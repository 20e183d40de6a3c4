// SPDX-License-Identifier: GPL-2.0
/* Who opens a block device may have operations ("block: introduce holder ops", v6.5). */
#include <linux/blkdev.h>

struct block_device *conftest(dev_t devt, void *holder);
struct block_device *conftest(dev_t devt, void *holder)
{
	return blkdev_get_by_dev(devt, 0, holder, NULL);
}
