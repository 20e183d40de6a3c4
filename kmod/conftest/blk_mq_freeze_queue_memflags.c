// SPDX-License-Identifier: GPL-2.0
/* Freezing a queue is a NOIO scope ("block: force noio scope in blk_mq_freeze_queue", v6.14). */
#include <linux/blk-mq.h>

void conftest(struct request_queue *q);
void conftest(struct request_queue *q)
{
	unsigned int memflags = blk_mq_freeze_queue(q);

	blk_mq_unfreeze_queue(q, memflags);
}
