// SPDX-License-Identifier: GPL-2.0
/* Limits say how much can be unmapped by writing zeroes (v6.17). */
#include <linux/blkdev.h>

unsigned int conftest(const struct queue_limits *lim);
unsigned int conftest(const struct queue_limits *lim)
{
	return lim->max_hw_wzeroes_unmap_sectors;
}
