// SPDX-License-Identifier: GPL-2.0
/*
 * Giving up capabilities.
 */
#include "run/privileges.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include <cap-ng.h>

#include "util/msg.h"

int privileges_drop(void)
{
	int err = 0;

	capng_clear(CAPNG_SELECT_BOTH);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		err = -errno;
	else if (capng_apply(CAPNG_SELECT_BOTH))
		err = -EPERM;
	if (err)
		msg_error("cannot give up capabilities: %s", strerror(-err));
	return err;
}
