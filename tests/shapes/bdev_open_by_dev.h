/* SPDX-License-Identifier: GPL-2.0 */
/* v6.7 */
#include "base.h"

struct bdev_handle {
	struct block_device *bdev;
	void *holder;
	fmode_t mode;
};

struct bdev_handle *bdev_open_by_dev(dev_t devt, fmode_t mode, void *holder,
				     const struct blk_holder_ops *hops);
void bdev_release(struct bdev_handle *handle);
