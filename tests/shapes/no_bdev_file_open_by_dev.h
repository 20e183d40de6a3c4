/* SPDX-License-Identifier: GPL-2.0 */
/* before v6.9 */
#include "base.h"

#define bdev_file_open_by_dev	no_such_function
#define file_bdev		no_such_function
