/* SPDX-License-Identifier: GPL-2.0 */
/* v6.9 */
#include "base.h"

struct queue_limits queue_limits_start_update(struct request_queue *q);
int queue_limits_commit_update(struct request_queue *q, struct queue_limits *lim);
