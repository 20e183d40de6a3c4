/* SPDX-License-Identifier: GPL-2.0 */
/* v6.5 */
#include "base.h"

void shape_blkdev_put(struct block_device *bdev, void *holder);
#define blkdev_put		shape_blkdev_put
