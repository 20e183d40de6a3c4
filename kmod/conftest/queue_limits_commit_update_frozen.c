// SPDX-License-Identifier: GPL-2.0
/*
 * The queue is frozen while its limits are locked, and not the other way round ("block: add a
 * queue_limits_commit_update_frozen helper", v6.14).
 */
#include <linux/blkdev.h>

int conftest(struct request_queue *q, struct queue_limits *lim);
int conftest(struct request_queue *q, struct queue_limits *lim)
{
	return queue_limits_commit_update_frozen(q, lim);
}
