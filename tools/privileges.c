// SPDX-License-Identifier: GPL-2.0
/*
 * Giving up capabilities.
 */
#include "privileges.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

#include <cap-ng.h>

#include "msg.h"

static int drop(bool tracing)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (tracing &&
	    capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_BPF, CAP_PERFMON, -1))
		return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return capng_apply(CAPNG_SELECT_BOTH) ? -EPERM : 0;
}

int privileges_drop(void)
{
	int err = drop(false);

	if (err)
		msg_error("cannot give up capabilities: %s", strerror(-err));
	return err;
}

int privileges_keep_tracing(void)
{
	return drop(true);
}

int privileges_drop_tracing(void)
{
	/* The bounding set is empty already, and who may change it is gone. */
	capng_clear(CAPNG_SELECT_CAPS);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
