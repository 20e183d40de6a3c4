/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Holding a pool exhausted through /dev/bio_pressure (kmod/bio_pressure_main.c).
 */
#ifndef BIOSCOPE_PRESSURE_H
#define BIOSCOPE_PRESSURE_H

#include <stdbool.h>
#include <stdint.h>

struct pressure_stats {
	uint64_t seen; /* slab allocations of the pool */
	uint64_t refused; /* of those */
	uint64_t missed; /* that could not be decided */
	uint32_t inside; /* tasks allocating from it now */
	bool armed;
};

/**
 * pressure_arm() - refuse slab allocations of one bio_set
 * @target: address of the struct bio_set
 * @ppm: share to refuse, 1 to 1000000
 * @timeout_ms: lifts itself after that time, 1 to 600000
 *
 * Return: descriptor that holds the pressure until it is closed, or -errno with a message on
 * stderr.
 */
int pressure_arm(uint64_t target, uint32_t ppm, uint32_t timeout_ms);

/**
 * pressure_read() - what the pressure did so far
 * @fd: from pressure_arm()
 * @stats: filled in
 *
 * Return: 0 or -errno with a message on stderr.
 */
int pressure_read(int fd, struct pressure_stats *stats);

#endif
