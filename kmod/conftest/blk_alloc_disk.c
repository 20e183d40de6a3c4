// SPDX-License-Identifier: GPL-2.0
/* A disk comes with its queue (v5.14) and goes with it (v6.0, no blk_cleanup_disk() any more). */
#include <linux/blkdev.h>

void *conftest(void);
void *conftest(void)
{
	/* A macro whose arguments differ between kernels. */
#ifndef blk_alloc_disk
#error "no blk_alloc_disk"
#endif
	return del_gendisk;
}
