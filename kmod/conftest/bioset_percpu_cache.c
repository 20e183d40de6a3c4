// SPDX-License-Identifier: GPL-2.0
/* A bio_set can have a cache per processor (v5.15). */
#include <linux/bio.h>

int conftest(struct bio_set *bs);
int conftest(struct bio_set *bs)
{
	return bioset_init(bs, 1, 0, BIOSET_PERCPU_CACHE);
}
