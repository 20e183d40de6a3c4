/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What everybody waits for: tasks that are blocked, bios that they have parked, and requests that disks have
 * not completed.
 */
#ifndef BIOSCOPE_READ_CAUSES_H
#define BIOSCOPE_READ_CAUSES_H

#include "load/trace.h"
#include "read/snapshot.h"

/**
 * causes_read() - look for causes
 * @t: the tracer, after pools_watch_causes() of its pools
 * @s: the snapshot that they are added to; of holders it is said who has parked their bios, of waiters for
 *	whom they work
 *
 * For the whole host, so only for reports that show it, and before stacks_read(). What cannot be read is
 * left out, and @s->has_causes says so.
 */
void causes_read(const struct trace *t, struct read_snapshot *s);

#endif
