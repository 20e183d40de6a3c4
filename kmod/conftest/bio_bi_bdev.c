// SPDX-License-Identifier: GPL-2.0
/* A bio points to its block device (v5.12), not to a disk and the number of a partition. */
#include <linux/bio.h>

struct block_device *conftest(struct bio *bio);
struct block_device *conftest(struct bio *bio)
{
	return bio->bi_bdev;
}
