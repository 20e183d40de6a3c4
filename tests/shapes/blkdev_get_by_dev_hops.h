/* SPDX-License-Identifier: GPL-2.0 */
/* v6.5 */
#include "base.h"

struct block_device *shape_get_by_dev(dev_t devt, fmode_t mode, void *holder,
				      const struct blk_holder_ops *hops);
#define blkdev_get_by_dev	shape_get_by_dev
