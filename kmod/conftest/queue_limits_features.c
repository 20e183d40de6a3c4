// SPDX-License-Identifier: GPL-2.0
/*
 * Features of a queue are bits of its limits, and no queue flags. A series, of which this is the
 * last that is needed ("block: move the poll flag to queue_limits", v6.11).
 */
#include <linux/blkdev.h>

void conftest(struct queue_limits *lim);
void conftest(struct queue_limits *lim)
{
	lim->features |= BLK_FEAT_POLL;
}
