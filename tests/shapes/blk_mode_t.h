/* SPDX-License-Identifier: GPL-2.0 */
/* v6.5 */
#include "base.h"

#define blk_mode_t		fmode_t
#define BLK_OPEN_READ		((__force blk_mode_t)(1 << 0))
#define BLK_OPEN_WRITE		((__force blk_mode_t)(1 << 1))
#undef FMODE_EXCL
