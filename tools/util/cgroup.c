// SPDX-License-Identifier: GPL-2.0
/*
 * Names of cgroups.
 */
#include "util/cgroup.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MOUNT "/sys/fs/cgroup"

bool cgroup_path(uint64_t id, char *out)
{
	char *const roots[] = { (char *)MOUNT, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_XDEV, NULL);
	bool found = false;
	const char *below;
	FTSENT *e;

	while (tree && !found && (e = fts_read(tree))) {
		if (e->fts_info != FTS_D || e->fts_statp->st_ino != id)
			continue;
		below = e->fts_path + strlen(MOUNT);
		snprintf(out, CGROUP_PATH, "%s", below[0] ? below : "/");
		found = true;
	}
	if (tree)
		fts_close(tree);
	return found;
}
