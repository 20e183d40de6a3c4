/* SPDX-License-Identifier: GPL-2.0 */
/* v6.14 */
#include "base.h"

int queue_limits_commit_update_frozen(struct request_queue *q, struct queue_limits *lim);
