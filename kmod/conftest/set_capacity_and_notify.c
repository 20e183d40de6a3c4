// SPDX-License-Identifier: GPL-2.0
/* The size of a disk is changed by set_capacity_and_notify() (v5.11). */
#include <linux/blkdev.h>

void conftest(struct gendisk *disk);
void conftest(struct gendisk *disk)
{
	set_capacity_and_notify(disk, 8);
}
