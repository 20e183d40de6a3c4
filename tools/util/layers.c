// SPDX-License-Identifier: GPL-2.0
/*
 * What a disk is made of.
 */
#include "util/layers.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

#include "util/disk.h"

static bool has(const struct layers *l, uint32_t dev)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->devs[i] == dev)
			return true;
	return false;
}

/* A partition is its disk's. */
static void add(struct layers *l, const char *name)
{
	char path[PATH_MAX];
	uint32_t dev = 0;

	snprintf(path, sizeof(path), "/sys/class/block/%s", name);
	if (disk_of_partition(name, &dev) && disk_of_sysfs(path, &dev))
		return;
	if (l->n < LAYERS_DISKS && !has(l, dev))
		l->devs[l->n++] = dev;
}

void layers_find(uint32_t dev, struct layers *l)
{
	struct dirent *entry;
	char path[64];
	size_t i;
	DIR *dir;

	*l = (struct layers){ .n = 1, .devs = { dev } };
	for (i = 0; i < l->n; i++) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/slaves", l->devs[i] >> 20,
			 l->devs[i] & 0xfffff);
		dir = opendir(path);
		if (!dir)
			continue;
		while ((entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				add(l, entry->d_name);
		closedir(dir);
	}
}
