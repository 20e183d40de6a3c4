/* SPDX-License-Identifier: GPL-2.0 */
/* v6.8 */
#include "base.h"

#define blkdev_get_by_dev	no_such_function
#define blkdev_put		no_such_function
