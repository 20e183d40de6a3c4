/* SPDX-License-Identifier: GPL-2.0 */
/* v6.3 */
#include "base.h"

unsigned long shape_start_io_acct(struct block_device *bdev, enum req_op op, unsigned long start);
void shape_end_io_acct(struct block_device *bdev, enum req_op op, unsigned int sectors,
		       unsigned long start);
#define bdev_start_io_acct	shape_start_io_acct
#define bdev_end_io_acct	shape_end_io_acct
