/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device, region or file that the jobs of a workload read or write.
 */
#ifndef BIOSCOPE_RUN_WORKLOAD_TARGET_H
#define BIOSCOPE_RUN_WORKLOAD_TARGET_H

#include <stdint.h>

#include "run/workload.h"

#define WORKLOAD_PIECE (256u << 10) /* bytes that are read back at once, at most */

/* Of what one job has written to. */
struct workload_piece {
	uint64_t start; /* in bytes, as is: */
	size_t size;
	const uint32_t *rounds; /* of each block, 0: not known */
	void *buffer; /* of WORKLOAD_PIECE bytes; NULL: it is only counted */
};

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
 * workload_target_check() - read back what was written to a piece since it was started last
 * @w: the workload, which is over
 * @piece: the piece
 * @blocks: added to
 */
void workload_target_check(const struct workload *w, const struct workload_piece *piece,
			   struct verify_blocks *blocks);

/**
 * workload_target_close() - close it
 * @w: the workload
 */
void workload_target_close(struct workload *w);

#endif
