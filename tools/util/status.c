// SPDX-License-Identifier: GPL-2.0
/*
 * What the process ends with.
 */
#include "util/status.h"

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
