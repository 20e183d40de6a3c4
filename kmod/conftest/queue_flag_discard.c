// SPDX-License-Identifier: GPL-2.0
/* Whether a queue discards and erases securely is said by flags (until v5.19), then by limits. */
#include <linux/blkdev.h>

int conftest(struct request_queue *q);
int conftest(struct request_queue *q)
{
	return test_bit(QUEUE_FLAG_DISCARD, &q->queue_flags) ||
	       test_bit(QUEUE_FLAG_SECERASE, &q->queue_flags);
}
