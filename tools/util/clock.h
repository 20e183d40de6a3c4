/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time, as the kernel's programs have it.
 */
#ifndef BIOSCOPE_UTIL_CLOCK_H
#define BIOSCOPE_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

/**
 * clock_ns() - the time of a clock
 * @clock: CLOCK_MONOTONIC is what bpf_ktime_get_ns() returns
 *
 * Return: nanoseconds.
 */
static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

#endif
