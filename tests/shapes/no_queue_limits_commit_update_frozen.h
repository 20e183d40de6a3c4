/* SPDX-License-Identifier: GPL-2.0 */
/* before v6.14 */
#include "base.h"

#define queue_limits_commit_update_frozen	no_such_function
