// SPDX-License-Identifier: GPL-2.0
/* A bio says that it is polled for (v5.16). */
#include <linux/bio.h>

void conftest(struct bio *bio);
void conftest(struct bio *bio)
{
	bio_clear_polled(bio);
}
