// SPDX-License-Identifier: GPL-2.0
/* A bio has a write stream since v6.16. */
#include <linux/bio.h>

void conftest(struct bio *to, const struct bio *from);
void conftest(struct bio *to, const struct bio *from)
{
	to->bi_write_stream = from->bi_write_stream;
}
