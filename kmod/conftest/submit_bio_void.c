// SPDX-License-Identifier: GPL-2.0
/* block_device_operations.submit_bio returns nothing (v5.16), not a cookie to poll with. */
#include <linux/blkdev.h>

static void submit(struct bio *bio)
{
}

const struct block_device_operations *conftest(void);
const struct block_device_operations *conftest(void)
{
	static const struct block_device_operations fops = { .submit_bio = submit };

	return &fops;
}
