/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device, region or file that the jobs of a workload read or write.
 */
#ifndef BIOSCOPE_RUN_WORKLOAD_TARGET_H
#define BIOSCOPE_RUN_WORKLOAD_TARGET_H

#include <stdint.h>

#include "run/workload.h"

/* What one job has written to. */
struct workload_area {
	uint64_t start; /* in bytes */
	const uint32_t *rounds; /* of each block, 0: not known */
};

/**
 * workload_target_open() - open it, make the file if that is asked for, and divide it
 * @w: the workload; its fd and area are filled in
 *
 * Return: 0 or -errno with a message on stderr.
 */
int workload_target_open(struct workload *w);

/**
 * workload_target_check() - read back what was written to an area since it was started last
 * @w: the workload, which is over
 * @area: the area
 * @blocks: added to: how many blocks were read
 * @damaged: added to: how many of them are not what was written
 *
 * Return: 0 or -ENOMEM with a message on stderr.
 */
int workload_target_check(const struct workload *w, const struct workload_area *area,
			  uint64_t *blocks, uint64_t *damaged);

/**
 * workload_target_close() - close it, and remove the file if it was made
 * @w: the workload
 */
void workload_target_close(struct workload *w);

#endif
