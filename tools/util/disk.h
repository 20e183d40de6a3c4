/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which disk a path or a number is about.
 */
#ifndef BIOSCOPE_UTIL_DISK_H
#define BIOSCOPE_UTIL_DISK_H

#include <stddef.h>
#include <stdint.h>

/**
 * disk_of_path() - the disk behind a path
 * @path: of a block device, a partition of one, or of what lies on a file system on one
 * @dev: result, dev_t in the kernel's own encoding (MKDEV() in include/linux/kdev_t.h)
 *
 * Of a file system on several disks it is the one that it was mounted from.
 *
 * Return: 0, -errno if there is no such path, -ENOTBLK if there is no disk behind it.
 */
int disk_of_path(const char *path, uint32_t *dev);

/**
 * disk_of_partition() - the disk that a partition is part of
 * @name: of the partition, as in /sys/class/block
 * @dev: result, likewise
 *
 * Return: 0, or -errno if there is no partition of that name.
 */
int disk_of_partition(const char *name, uint32_t *dev);

/**
 * disk_of_sysfs() - the disk that a directory of sysfs is about
 * @dir: as /sys/class/block/NAME
 * @dev: result, likewise
 *
 * Return: 0, or -errno if it has no number.
 */
int disk_of_sysfs(const char *dir, uint32_t *dev);

/**
 * disk_done() - how many I/Os a disk has completed
 * @dev: its number, in the kernel's own encoding
 * @done: result; reads, writes, discards and flushes, as in Documentation/block/stat.rst of the kernel
 *
 * Return: 0, or -errno if there is no such disk (any more).
 */
int disk_done(uint32_t dev, uint64_t *done);

/**
 * disk_name() - what a disk is called
 * @dev: its number, in the kernel's own encoding
 * @name: result
 * @size: of @name, in bytes
 *
 * Return: 0, or -errno if there is none of that number (any more): then @name is "".
 */
int disk_name(uint32_t dev, char *name, size_t size);

#endif
