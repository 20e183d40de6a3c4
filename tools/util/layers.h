/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a disk is made of: the disks below it, and those below these.
 */
#ifndef BIOSCOPE_UTIL_LAYERS_H
#define BIOSCOPE_UTIL_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#define LAYERS_DISKS 64 /* at most; those beyond are not known */

struct layers {
	size_t n;
	uint32_t devs
		[LAYERS_DISKS]; /* numbers in the kernel's encoding; the disk itself first, each once */
};

/**
 * layers_find() - a disk and all that are below it
 * @dev: the disk, from disk_of_path()
 * @l: the result
 *
 * From /sys/dev/block/MAJOR:MINOR/slaves, which drivers fill by bd_link_disk_holder() (block/holder.c). Those
 * that do not, like loop, have nothing below.
 */
void layers_find(uint32_t dev, struct layers *l);

#endif
