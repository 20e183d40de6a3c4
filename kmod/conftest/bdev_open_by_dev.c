// SPDX-License-Identifier: GPL-2.0
/* Who opens a block device gets a handle ("block: Provide bdev_open_* functions", v6.7). */
#include <linux/blkdev.h>

struct block_device *conftest(dev_t devt, void *holder);
struct block_device *conftest(dev_t devt, void *holder)
{
	struct bdev_handle *handle = bdev_open_by_dev(devt, BLK_OPEN_READ, holder, NULL);

	bdev_release(handle);
	return handle->bdev;
}
