// SPDX-License-Identifier: GPL-2.0
/*
 * 449813515d3e "block, fs: Restore the per-bio/request data lifetime fields", v6.9: a bio has a
 * write hint.
 */
#include <linux/bio.h>

void conftest(struct bio *to, const struct bio *from);
void conftest(struct bio *to, const struct bio *from)
{
	to->bi_write_hint = from->bi_write_hint;
}
