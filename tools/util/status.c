// SPDX-License-Identifier: GPL-2.0
/*
 * What the process ends with.
 */
#include "util/status.h"

#include <errno.h>
#include <stdbool.h>

static bool beside_command;

void status_beside_command(void)
{
	beside_command = true;
}

int status_final(int status)
{
	if (status & STATUS_COMMAND)
		return status & ~STATUS_COMMAND;
	return status && beside_command ? STATUS_BESIDE + status : status;
}

int status_of_error(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
	case ENOENT:
	case EINVAL:
	case EOPNOTSUPP:
	case ENOSYS:
		return MSG_EXIT_CANT;
	default:
		return MSG_EXIT_FAILED;
	}
}
