/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel itself says that the tracer's programs cost.
 */
#ifndef BIOSCOPE_RUN_COST_H
#define BIOSCOPE_RUN_COST_H

#include <stdint.h>

#include "run/options.h"
#include "load/probes.h"

struct cost {
	const char *prog;
	uint64_t runs; /* since measuring began */
	uint64_t ns; /* in them */
	uint64_t skipped; /* runs that the kernel left out */
};

/**
 * cost_measure() - attach the tracer and let the kernel measure it
 * @o: options: for how long, or for which command
 * @out: result, one for each probe that is attached, in the order of the table
 * @n: result, how many
 *
 * Uses BPF_ENABLE_STATS, which costs two readings of the clock for each run of any BPF program of
 * the host as long as it lasts.
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int cost_measure(const struct options *o, struct cost out[PROBES], unsigned int *n);

#endif
