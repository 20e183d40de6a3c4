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
 * @id: as bpf_get_current_cgroup_id() gives it
 * @out: CGROUP_PATH bytes; "/user.slice/..." below the mount
 *
 * On 64-bit kernels the id is the inode number of the directory (kernfs_ino(),
 * include/linux/kernfs.h).
 *
 * Return: whether there is such a cgroup.
 */
bool cgroup_path(uint64_t id, char *out);

#endif
