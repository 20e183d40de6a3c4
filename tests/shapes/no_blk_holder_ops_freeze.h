/* SPDX-License-Identifier: GPL-2.0 */
/* before v6.8 */
#include "base.h"

#define freeze			no_such_member
