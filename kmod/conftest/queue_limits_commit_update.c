// SPDX-License-Identifier: GPL-2.0
/* Limits are updated under a lock ("block: add an API to atomically update queue limits", v6.9). */
#include <linux/blkdev.h>

int conftest(struct request_queue *q);
int conftest(struct request_queue *q)
{
	struct queue_limits lim = queue_limits_start_update(q);

	return queue_limits_commit_update(q, &lim);
}
