// SPDX-License-Identifier: GPL-2.0
/* Clones are made by bio_alloc_clone(), bio_init_clone() (v5.18), bio_kmalloc() only allocates. */
#include <linux/bio.h>

struct bio *conftest(struct block_device *bdev, struct bio *src, struct bio_set *bs);
struct bio *conftest(struct block_device *bdev, struct bio *src, struct bio_set *bs)
{
	struct bio *(*kmalloc_bio)(unsigned short, gfp_t) = bio_kmalloc;
	struct bio *bio = kmalloc_bio(0, GFP_NOIO);

	if (bio && bio_init_clone(bdev, bio, src, GFP_NOIO))
		return NULL;
	return bio_alloc_clone(bdev, src, GFP_NOIO, bs);
}
