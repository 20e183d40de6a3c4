// SPDX-License-Identifier: GPL-2.0
/* device_add_disk() can fail (v5.15). */
#include <linux/blkdev.h>

int conftest(struct gendisk *disk);
int conftest(struct gendisk *disk)
{
	return device_add_disk(NULL, disk, NULL);
}
