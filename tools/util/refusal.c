// SPDX-License-Identifier: GPL-2.0
/*
 * Why the kernel does not do what it is asked for.
 */
#include "util/refusal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include "util/status.h"

#define SECURITYFS "/sys/kernel/security"

/* Why there is no file. */
static int without_file(int err)
{
	struct statfs fs;

	if (err != -ENOENT || statfs(SECURITYFS, &fs))
		return err;
	return fs.f_type == SECURITYFS_MAGIC ? 0 : -ENOTDIR;
}

int refusal_lockdown(void)
{
	FILE *f = fopen(SECURITYFS "/lockdown", "re");
	char text[128] = "";

	if (!f)
		return without_file(-errno);
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strstr(text, "[confidentiality]") != NULL;
}

const char *refusal_text(int err, const char *todo)
{
	static char text[192];
	bool cant = status_of_error(err) == MSG_EXIT_CANT;

	if (cant && refusal_lockdown() == 1)
		todo = REFUSAL_LOCKDOWN;
	else if ((err == -EPERM || err == -EACCES) && geteuid())
		todo = "run with sudo";
	else if (!cant)
		todo = NULL;
	snprintf(text, sizeof(text), "%s%s%s", strerror(-err), todo ? "; " : "", todo ?: "");
	return text;
}
