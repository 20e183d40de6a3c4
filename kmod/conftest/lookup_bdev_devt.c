// SPDX-License-Identifier: GPL-2.0
/* lookup_bdev() gives the number of a device (v5.11), not a reference on it. */
#include <linux/blkdev.h>

int conftest(const char *path, dev_t *devt);
int conftest(const char *path, dev_t *devt)
{
	return lookup_bdev(path, devt);
}
