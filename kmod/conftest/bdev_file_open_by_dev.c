// SPDX-License-Identifier: GPL-2.0
/* Block devices are opened as files ("bdev: open block device as files", v6.9). */
#include <linux/blkdev.h>

struct file *conftest(dev_t devt, void *holder);
struct file *conftest(dev_t devt, void *holder)
{
	return bdev_file_open_by_dev(devt, BLK_OPEN_READ, holder, NULL);
}
