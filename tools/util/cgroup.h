/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of cgroups.
 */
#ifndef BIOSCOPE_UTIL_CGROUP_H
#define BIOSCOPE_UTIL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#define CGROUP_PATH 256

/**
 * cgroup_path() - the path of a cgroup (v2)
 * @id: as bpf_get_current_cgroup_id() gives it; 0: not known
 *
 * On 64-bit kernels the id is the inode number of the directory (kernfs_ino(),
 * include/linux/kernfs.h). To look for one takes a walk of all, so what was found, or was not there, is
 * remembered: no id is given out twice, and a cgroup keeps its name. Only one thread may ask.
 *
 * Return: "/user.slice/..." below the mount, until the next call; "": there is no such cgroup.
 */
const char *cgroup_path(uint64_t id);

/**
 * cgroup_find() - the cgroup that somebody means
 * @name: a path, in the file system or below its mount
 * @out: CGROUP_PATH bytes, for a path as cgroup_path() gives it
 *
 * Return: 0 or -errno, -ENOENT if there is no such cgroup.
 */
int cgroup_find(const char *name, char *out);

/**
 * cgroup_is_below() - whether a cgroup is another one, or within it
 * @path: the one
 * @above: the other, both as from cgroup_path()
 *
 * Return: true if so.
 */
bool cgroup_is_below(const char *path, const char *above);

#endif
