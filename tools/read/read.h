/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots of the tracer's maps.
 */
#ifndef BIOSCOPE_READ_H
#define BIOSCOPE_READ_H

#include "load/pools.h"
#include "load/trace.h"
#include "read/snapshot.h"

/**
 * read_now() - take a snapshot
 * @pools: the host's pools
 * @t: the tracer, or NULL: then there are only identities and levels
 * @out: filled in; read_free() it
 *
 * Return: 0 or -errno with a message on stderr.
 */
int read_now(struct pools *pools, const struct trace *t, struct read_snapshot *out);

/**
 * read_free() - free what a snapshot holds
 * @s: the snapshot; may be all zero
 */
void read_free(struct read_snapshot *s);

#endif
