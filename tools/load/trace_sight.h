/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a tracer sees: a report that lacks one of these shows it as unknown, never as 0.
 */
#ifndef BIOSCOPE_LOAD_TRACE_SIGHT_H
#define BIOSCOPE_LOAD_TRACE_SIGHT_H

/* What a tracer sees on this kernel, of what it was asked for. */
enum trace_sight {
	TRACE_SEES_CALLS = 1 << 0,
	TRACE_SEES_CACHE =
		1 << 1, /* allocations from per-CPU caches apart from those of the slab */
	TRACE_SEES_RESERVE = 1 << 2, /* what reserves gave, how low they came, who holds it */
	TRACE_SEES_WAITS = 1 << 3, /* how many, for how long, and who waits */
	TRACE_SEES_FAILURES = 1 << 4,
	TRACE_SEES_FIRST_FAILURES = 1 << 5, /* also those before trace_may_fail() */
	TRACE_SEES_TIMES = 1 << 6, /* of allocations */
	TRACE_SEES_LIVES = 1 << 7, /* of bios */
	TRACE_SEES_DISKS = 1 << 8,
	TRACE_SEES_PUNTS = 1 << 9,
	TRACE_SEES_RESCUES = 1 << 10, /* that a rescuer runs */
	TRACE_SEES_WAKEUPS = 1 << 11, /* how long it takes to */
	TRACE_SEES_RUNS = 1 << 12, /* how long it does */
};

#endif
