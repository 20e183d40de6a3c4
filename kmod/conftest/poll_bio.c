// SPDX-License-Identifier: GPL-2.0
/* A bio-based driver can be polled: block_device_operations.poll_bio (v5.18). */
#include <linux/blkdev.h>

static int poll(struct bio *bio, struct io_comp_batch *iob, unsigned int flags)
{
	return bio_poll(bio, iob, flags);
}

const struct block_device_operations *conftest(void);
const struct block_device_operations *conftest(void)
{
	static const struct block_device_operations fops = { .poll_bio = poll };

	return &fops;
}
