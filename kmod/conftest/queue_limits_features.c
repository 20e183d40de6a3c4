// SPDX-License-Identifier: GPL-2.0
/*
 * Limits and features of a queue are one atomic argument of blk_alloc_disk() (v6.9), stacked by
 * queue_limits_stack_bdev() (v6.9); write cache, NOWAIT and iostats are BLK_FEAT_* bits (v6.11),
 * and they are updated with the queue frozen (v6.14).
 */
#include <linux/blkdev.h>

struct gendisk *conftest(struct block_device *bdev);
struct gendisk *conftest(struct block_device *bdev)
{
	struct queue_limits lim;

	blk_set_stacking_limits(&lim);
	lim.features |= BLK_FEAT_NOWAIT | BLK_FEAT_IO_STAT;
	queue_limits_stack_bdev(&lim, bdev, 0, "conftest");
	if (queue_limits_commit_update_frozen(bdev_get_queue(bdev), &lim))
		return NULL;
	return blk_alloc_disk(&lim, NUMA_NO_NODE);
}
