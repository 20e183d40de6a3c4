/* SPDX-License-Identifier: GPL-2.0 */
/* v6.9 */
#include "base.h"

struct file *bdev_file_open_by_dev(dev_t devt, fmode_t mode, void *holder,
				   const struct blk_holder_ops *hops);
struct block_device *file_bdev(struct file *file);
