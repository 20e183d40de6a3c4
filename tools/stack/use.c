// SPDX-License-Identifier: GPL-2.0
/*
 * Who uses a disk, or a partition of it.
 */
#include "stack/use.h"

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/text.h"

#define DEVS 64 /* a disk and its partitions */

/* The disk and its partitions: their names and numbers. */
struct devs {
	size_t n;
	struct {
		char name[NAME_MAX + 1];
		char number[24]; /* MAJOR:MINOR */
	} dev[DEVS];
};

static void __attribute__((format(printf, 2, 3))) add(struct stack_users *u, const char *fmt, ...)
{
	char text[STACK_USER];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (u->n < STACK_USERS)
		text_escape(text, u->who[u->n], STACK_USER);
	u->n++;
}

static void add_dev(const char *dir, const char *name, struct devs *devs)
{
	char path[PATH_MAX], number[STACK_VALUE];

	if (devs->n == DEVS || snprintf(path, sizeof(path), "%s/dev", dir) >= (int)sizeof(path) ||
	    stack_read(path, number))
		return;
	snprintf(devs->dev[devs->n].name, sizeof(devs->dev[0].name), "%s", name);
	snprintf(devs->dev[devs->n].number, sizeof(devs->dev[0].number), "%.20s", number);
	devs->n++;
}

/* What holds a device, by the names of disks; dm devices have one of their own. */
static void add_holders(const struct stack *s, const char *dir, struct stack_users *u)
{
	char path[PATH_MAX], name[STACK_VALUE];
	struct dirent *entry;
	DIR *holders;

	if (snprintf(path, sizeof(path), "%s/holders", dir) >= (int)sizeof(path))
		return;
	holders = opendir(path);
	while (holders && (entry = readdir(holders))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!stack_path(s, path, sizeof(path), "/sys/block/%s/dm/name", entry->d_name) &&
		    !stack_read(path, name))
			add(u, "held by %s (%s)", entry->d_name, name);
		else
			add(u, "held by %s", entry->d_name);
	}
	if (holders)
		closedir(holders);
}

static void look_at_disk(const struct stack *s, const char *disk, struct devs *devs,
			 struct stack_users *u)
{
	char dir[PATH_MAX], part[PATH_MAX];
	struct dirent *entry;
	DIR *d;

	if (stack_path(s, dir, sizeof(dir), "/sys/block/%s", disk))
		return;
	add_dev(dir, disk, devs);
	add_holders(s, dir, u);
	d = opendir(dir);
	while (d && (entry = readdir(d))) {
		if (strncmp(entry->d_name, disk, strlen(disk)) ||
		    snprintf(part, sizeof(part), "%s/%s", dir, entry->d_name) >= (int)sizeof(part))
			continue;
		add_dev(part, entry->d_name, devs);
		add_holders(s, part, u);
	}
	if (d)
		closedir(d);
}

static bool is_path_of(const struct devs *devs, const char *path)
{
	size_t i;

	if (strncmp(path, "/dev/", 5))
		return false;
	for (i = 0; i < devs->n; i++)
		if (!strcmp(devs->dev[i].name, path + 5))
			return true;
	return false;
}

static bool is_number_of(const struct devs *devs, const char *number)
{
	size_t i;

	for (i = 0; i < devs->n; i++)
		if (!strcmp(devs->dev[i].number, number))
			return true;
	return false;
}

static FILE *open_file(const struct stack *s, const char *name)
{
	char path[PATH_MAX];

	return stack_path(s, path, sizeof(path), "%s", name) ? NULL : fopen(path, "re");
}

/*
 * By the number of the device, proc(5): 36 35 98:0 / /mnt rw - ext4 /dev/sda rw. btrfs has numbers of
 * its own, and so the path counts, too.
 */
static void look_at_mounts(const struct stack *s, const struct devs *devs, struct stack_users *u)
{
	FILE *f = open_file(s, "/proc/self/mountinfo");
	char *line = NULL, *number, *where, *source;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		char *save = NULL, *rest = strstr(line, " - ");

		if (!rest)
			continue;
		*rest = '\0';
		if (!strtok_r(rest + 3, " \n", &save))
			continue;
		source = strtok_r(NULL, " \n", &save);
		if (!strtok_r(line, " ", &save) || !strtok_r(NULL, " ", &save))
			continue;
		number = strtok_r(NULL, " ", &save);
		where = number && strtok_r(NULL, " ", &save) ? strtok_r(NULL, " ", &save) : NULL;
		if (where && (is_number_of(devs, number) || (source && is_path_of(devs, source))))
			add(u, "mounted on %s", where);
	}
	free(line);
	if (f)
		fclose(f);
}

static void look_at_swaps(const struct stack *s, const struct devs *devs, struct stack_users *u)
{
	FILE *f = open_file(s, "/proc/swaps");
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0) {
		line[strcspn(line, " \t\n")] = '\0';
		if (is_path_of(devs, line))
			add(u, "swap on %s", line);
	}
	free(line);
	if (f)
		fclose(f);
}

/* They hold nothing, and so are not among the holders. */
static void look_at_loops(const struct stack *s, const struct devs *devs, struct stack_users *u)
{
	char path[PATH_MAX], file[STACK_VALUE];
	struct dirent *entry;
	DIR *d = stack_path(s, path, sizeof(path), "/sys/block") ? NULL : opendir(path);

	while (d && (entry = readdir(d))) {
		if (strncmp(entry->d_name, "loop", 4) ||
		    stack_path(s, path, sizeof(path), "/sys/block/%s/loop/backing_file",
			       entry->d_name) ||
		    stack_read(path, file))
			continue;
		if (is_path_of(devs, file))
			add(u, "below %s", entry->d_name);
	}
	if (d)
		closedir(d);
}

void stack_use(const struct stack *s, const char *disk, struct stack_users *u)
{
	struct devs *devs = calloc(1, sizeof(*devs));

	u->n = 0;
	if (!devs) {
		add(u, "not known to be free: there is no memory to find out");
		return;
	}
	look_at_disk(s, disk, devs, u);
	look_at_mounts(s, devs, u);
	look_at_swaps(s, devs, u);
	look_at_loops(s, devs, u);
	free(devs);
}

const char *stack_users_text(const struct stack_users *u, char *out, size_t size)
{
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < u->n && i < STACK_USERS && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? ", " : "", u->who[i]);
	if (u->n > STACK_USERS && len < size)
		snprintf(out + len, size - len, ", and %zu more", u->n - STACK_USERS);
	return out;
}
