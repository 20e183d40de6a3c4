/* SPDX-License-Identifier: GPL-2.0 */
/* before v6.17 */
#include "base.h"

#define max_hw_wzeroes_unmap_sectors	no_such_member
#define max_wzeroes_unmap_sectors	no_such_member
