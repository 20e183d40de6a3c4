/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For whom workers work: a driver's work is often part of the bio that it is about.
 */
#ifndef BIOSCOPE_READ_SUBMITTERS_H
#define BIOSCOPE_READ_SUBMITTERS_H

#include "load/trace.h"
#include "read/snapshot.h"

/**
 * submitters_find() - who allocated the bios that waiters work on
 * @t: the tracer; it follows bios, or nothing is found
 * @blocked: all tasks that are blocked
 * @n: how many
 * @s: the snapshot; its waiters are added to
 *
 * Only of bios that were allocated since the tracer started, and with what is in front of them
 * (bio_set.front_pad): drivers that have their work elsewhere do not say what it is for. Names are of tasks
 * that are there still, and can be seen.
 */
void submitters_find(const struct trace *t, const struct record_blocked *blocked, size_t n,
		     struct read_snapshot *s);

#endif
