// SPDX-License-Identifier: GPL-2.0
/*
 * Names of cgroups.
 */
#include "util/cgroup.h"

#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOUNT "/sys/fs/cgroup"

/* Those that were asked for, by their ids. */
#define SEEN 256

static struct {
	uint64_t id; /* 0: none */
	char path[CGROUP_PATH];
} seen[SEEN];

static void look_for(uint64_t id, char *out)
{
	char *const roots[] = { (char *)MOUNT, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_XDEV, NULL);
	const char *below;
	FTSENT *e;

	out[0] = '\0';
	while (tree && !out[0] && (e = fts_read(tree))) {
		if (e->fts_info != FTS_D || e->fts_statp->st_ino != id)
			continue;
		below = e->fts_path + strlen(MOUNT);
		snprintf(out, CGROUP_PATH, "%s", below[0] ? below : "/");
	}
	if (tree)
		fts_close(tree);
}

const char *cgroup_path(uint64_t id)
{
	if (!id)
		return "";
	if (seen[id % SEEN].id != id)
		look_for(id, seen[id % SEEN].path);
	seen[id % SEEN].id = id;
	return seen[id % SEEN].path;
}

int cgroup_find(const char *name, char *out)
{
	bool whole = !strncmp(name, MOUNT "/", strlen(MOUNT "/")) || !strcmp(name, MOUNT);
	char path[PATH_MAX], real[PATH_MAX];
	const char *below;
	struct stat st;

	if (snprintf(path, sizeof(path), "%s%s", whole ? "" : MOUNT "/", name) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!realpath(path, real) || stat(real, &st))
		return -errno;
	below = real + strlen(MOUNT);
	if (strncmp(real, MOUNT, strlen(MOUNT)) != 0 || (below[0] && below[0] != '/'))
		return -ENOENT;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (snprintf(out, CGROUP_PATH, "%s", below[0] ? below : "/") >= CGROUP_PATH)
		return -ENAMETOOLONG;
	return 0;
}

bool cgroup_is_below(const char *path, const char *above)
{
	size_t len = strlen(above);

	if (!strcmp(above, "/"))
		return true;
	return !strncmp(path, above, len) && (path[len] == '/' || !path[len]);
}
