// SPDX-License-Identifier: GPL-2.0
/* bio_alloc_bioset() takes a block device and the operation, too (v5.18). */
#include <linux/bio.h>

struct bio *conftest(struct block_device *bdev, struct bio_set *bs);
struct bio *conftest(struct block_device *bdev, struct bio_set *bs)
{
	unsigned short nr_vecs = 0;
	blk_opf_t opf = REQ_OP_READ;

	return bio_alloc_bioset(bdev, nr_vecs, opf, GFP_NOIO, bs);
}
