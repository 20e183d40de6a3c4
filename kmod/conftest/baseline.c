// SPDX-License-Identifier: GPL-2.0
/* Must compile on every kernel: if it does not, no other probe's failure means anything. */
#include <linux/module.h>
#include <linux/bio.h>
#include <linux/blkdev.h>

int conftest(struct bio *bio);
int conftest(struct bio *bio)
{
	return bio_op(bio);
}
