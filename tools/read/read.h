/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots of the tracer's maps.
 */
#ifndef BIOSCOPE_READ_H
#define BIOSCOPE_READ_H

#include <stdint.h>

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
 * read_stacks() - put symbols to where waiters sleep and where holders took their elements
 * @t: the tracer that the snapshot was taken from
 * @s: the snapshot
 *
 * Only for reports that show stacks; those that are not known keep nr_frames 0.
 */
void read_stacks(const struct trace *t, struct read_snapshot *s);

/**
 * read_stack() - put symbols to a stack
 * @t: the tracer that it is from
 * @id: id in the tracer's stack map, negative: none
 * @stack: filled in; nr_frames is 0 if it is not known
 */
void read_stack(const struct trace *t, int32_t id, struct read_stack *stack);

/**
 * read_free() - free what a snapshot holds
 * @s: the snapshot; may be all zero
 */
void read_free(struct read_snapshot *s);

#endif
