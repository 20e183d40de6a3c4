// SPDX-License-Identifier: GPL-2.0
/*
 * Which disk a path or a number is about.
 */
#include "util/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PATH 128

/* The numbers in a file of sysfs. */
static int read_dev(const char *path, dev_t *dev)
{
	unsigned int numbers[2];
	FILE *f = fopen(path, "re");
	int n;

	if (!f)
		return -errno;
	n = fscanf(f, "%u:%u", &numbers[0], &numbers[1]);
	fclose(f);
	if (n != 2)
		return -EINVAL;
	*dev = makedev(numbers[0], numbers[1]);
	return 0;
}

/* Of a directory of sysfs, which is a link into that of the disk if it is a partition's. */
static int disk_around(const char *dir, dev_t *disk)
{
	char path[PATH + sizeof("/partition")];

	snprintf(path, sizeof(path), "%s/partition", dir);
	if (access(path, F_OK))
		return -errno;
	snprintf(path, sizeof(path), "%s/../dev", dir);
	return read_dev(path, disk);
}

static uint32_t kernel_dev(dev_t dev)
{
	return (major(dev) << 20) | minor(dev);
}

/* What a line of mountinfo is mounted from, if that is mount @id; see proc_pid_mountinfo(5). */
static bool mounted_from(char *line, uint64_t id, dev_t *disk)
{
	char *source = strstr(line, " - ");
	struct stat st;

	if (!source || strtoull(line, NULL, 10) != id)
		return false;
	source = strchr(source + 3, ' ');
	if (!source)
		return false;
	source++;
	source[strcspn(source, " \n")] = '\0';
	if (stat(source, &st) || !S_ISBLK(st.st_mode))
		return false;
	*disk = st.st_rdev;
	return true;
}

/* Of a file system that may be on several disks, as btrfs, the number is no disk's, and not the mount's. */
static int mounted_disk(const char *path, dev_t *disk)
{
	bool found = false;
	struct statx st;
	char *line = NULL;
	size_t size = 0;
	FILE *f;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &st))
		return -errno;
	f = fopen("/proc/self/mountinfo", "re");
	if (!f)
		return -errno;
	while (!found && getline(&line, &size, f) > 0)
		found = mounted_from(line, st.stx_mnt_id, disk);
	free(line);
	fclose(f);
	return found ? 0 : -ENOTBLK;
}

int disk_of_path(const char *path, uint32_t *dev)
{
	char dir[PATH];
	struct stat st;
	dev_t disk = 0;
	int err = 0;

	if (stat(path, &st))
		return -errno;
	if (S_ISBLK(st.st_mode))
		disk = st.st_rdev;
	else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -ENOTBLK;
	else if (major(st.st_dev))
		disk = st.st_dev;
	else
		err = mounted_disk(path, &disk);
	if (err)
		return err;
	snprintf(dir, sizeof(dir), "/sys/dev/block/%u:%u", major(disk), minor(disk));
	disk_around(dir, &disk); /* if it is a partition */
	*dev = kernel_dev(disk);
	return 0;
}

int disk_of_partition(const char *name, uint32_t *dev)
{
	char dir[PATH];
	dev_t disk = 0;
	int err;

	if (strlen(name) > NAME_MAX / 4 || strchr(name, '/'))
		return -EINVAL;
	snprintf(dir, sizeof(dir), "/sys/class/block/%s", name);
	err = disk_around(dir, &disk);
	if (!err)
		*dev = kernel_dev(disk);
	return err;
}

int disk_of_sysfs(const char *dir, uint32_t *dev)
{
	char path[PATH_MAX];
	dev_t disk = 0;
	int err;

	snprintf(path, sizeof(path), "%s/dev", dir);
	err = read_dev(path, &disk);
	if (!err)
		*dev = kernel_dev(disk);
	return err;
}

int disk_done(uint32_t dev, uint64_t *done)
{
	unsigned long long reads = 0, writes = 0, discards = 0, flushes = 0;
	char path[PATH];
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", dev >> 20, dev & 0xfffff);
	f = fopen(path, "re");
	if (!f)
		return -errno;
	n = fscanf(f, "%llu %*u %*u %*u %llu %*u %*u %*u %*u %*u %*u %llu %*u %*u %*u %llu", &reads,
		   &writes, &discards, &flushes);
	fclose(f);
	if (n < 2)
		return -EINVAL;
	*done = reads + writes + discards + flushes;
	return 0;
}

int disk_name(uint32_t dev, char *name, size_t size)
{
	char path[PATH], link[PATH_MAX];
	ssize_t n;

	name[0] = '\0';
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", dev >> 20, dev & 0xfffff);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	snprintf(name, size, "%s", strrchr(link, '/') ? strrchr(link, '/') + 1 : link);
	return 0;
}
