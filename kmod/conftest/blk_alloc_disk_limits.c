// SPDX-License-Identifier: GPL-2.0
/*
 * A disk has its limits from the start ("block: pass a queue_limits argument to blk_alloc_disk",
 * v6.9).
 */
#include <linux/blkdev.h>

struct gendisk *conftest(struct queue_limits *lim);
struct gendisk *conftest(struct queue_limits *lim)
{
	return blk_alloc_disk(lim, NUMA_NO_NODE);
}
