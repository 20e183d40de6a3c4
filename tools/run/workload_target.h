/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device, region or file that the jobs of a workload read or write.
 */
#ifndef BIOSCOPE_RUN_WORKLOAD_TARGET_H
#define BIOSCOPE_RUN_WORKLOAD_TARGET_H

#include <stdint.h>

#include "run/workload.h"

#define WORKLOAD_PIECE (256u << 10) /* bytes that are read back at once, at most */
#define WORKLOAD_BLOCKS ((size_t)WORKLOAD_AREA / WORKLOAD_BLOCK) /* of a job, at most */

/**
 * workload_target_open() - open it, make the file if that is asked for, and divide it
 * @w: the workload; its fd and area are filled in
 *
 * A file has no name any more when this returns: however this process ends, nothing is left of it.
 *
 * Return: MSG_EXIT_OK, MSG_EXIT_USAGE if it cannot be what is named, or MSG_EXIT_FAILED, with a message on stderr.
 */
int workload_target_open(struct workload *w);

/**
 * workload_target_check() - read back what was written since it was started last, some of each job in turn
 * @w: the workload, which is over
 * @rounds: in which each block was written, WORKLOAD_BLOCKS of each job; 0: not known
 * @ns: no other read is begun after that time
 * @blocks: filled in
 *
 * Return: 0 or -ENOMEM with a message on stderr.
 */
int workload_target_check(const struct workload *w, const uint32_t *rounds, uint64_t ns,
			  struct verify_blocks *blocks);

/**
 * workload_target_close() - close it
 * @w: the workload
 */
void workload_target_close(struct workload *w);

#endif
