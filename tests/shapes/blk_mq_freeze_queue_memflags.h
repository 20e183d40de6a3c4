/* SPDX-License-Identifier: GPL-2.0 */
/* v6.14 */
#include "base.h"

unsigned int shape_freeze_queue(struct request_queue *q);
void shape_unfreeze_queue(struct request_queue *q, unsigned int memflags);
#define blk_mq_freeze_queue	shape_freeze_queue
#define blk_mq_unfreeze_queue	shape_unfreeze_queue
