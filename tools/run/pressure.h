/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holding a pool exhausted through /dev/bio_pressure (kmod/bio_pressure.h, bio_pressure(4)).
 */
#ifndef BIOSCOPE_RUN_PRESSURE_H
#define BIOSCOPE_RUN_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/model.h"
#include "run/options.h"

#define PRESSURE_MAX_MS 600000 /* bio_pressure lifts itself after that at the latest */

/* What has become of it. */
enum pressure_state {
	PRESSURE_IDLE,
	PRESSURE_HELD,
	PRESSURE_TIME_OVER,
	PRESSURE_GONE,
	PRESSURE_SLEPT,
	PRESSURE_LIFTED /* by pressure_lift() */
};

/* Counts are of allocations: of bios, for the pools of a bio_set. */
struct pressure_stats {
	enum pressure_state state;
	uint64_t seed; /* of the draws */
	uint64_t refused;
	uint64_t spared; /* by the draw, --interval or --times */
	uint64_t excluded; /* by --pid or --may-sleep; __GFP_NOFAIL, or by interrupts */
	uint64_t missed; /* could not be decided on, and were not refused: the sum of these */
	uint64_t missed_overflow;
	uint64_t missed_recursion;
	uint64_t missed_before;
	uint32_t remaining_ms; /* until the time limit */
};

/**
 * pressure_can() - whether pools can be held at all
 *
 * Return: 0 or -errno with a message on stderr.
 */
int pressure_can(void);

/**
 * pressure_arm() - refuse elements of one pool
 * @p: the pool
 * @o: how, and for which tasks
 * @timeout_ms: lifts itself after that time, 1 to PRESSURE_MAX_MS
 *
 * The pool's device is held open meanwhile.
 *
 * Return: descriptor that holds the pressure until it is closed, or -errno with a message on
 * stderr.
 */
int pressure_arm(const struct model_pool *p, const struct options *o, uint32_t timeout_ms);

/**
 * pressure_lift() - end the pressure, and keep what it did to be read
 * @fd: from pressure_arm(); closing it ends the pressure, too, should this fail
 */
void pressure_lift(int fd);

/**
 * pressure_read() - what the pressure did so far
 * @fd: from pressure_arm()
 * @stats: filled in
 *
 * Return: 0 or -errno with a message on stderr.
 */
int pressure_read(int fd, struct pressure_stats *stats);

#endif
