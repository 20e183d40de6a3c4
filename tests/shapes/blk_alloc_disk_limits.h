/* SPDX-License-Identifier: GPL-2.0 */
/* v6.9 */
#include "base.h"

struct gendisk *shape_alloc_disk(struct queue_limits *lim, int node);
#undef blk_alloc_disk
#define blk_alloc_disk(lim, node)	shape_alloc_disk(lim, node)
