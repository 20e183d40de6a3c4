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
 * @gone: what pools have counted whose slots were given out again; NULL: there are none
 * @out: filled in; read_free() it
 *
 * Return: 0 or -errno with a message on stderr.
 */
int read_now(struct pools *pools, const struct trace *t, const struct read_gone *gone,
	     struct read_snapshot *out);

/**
 * read_gone_pool() - add what a pool has counted to that of others that are gone
 * @t: the tracer
 * @slot: of the pool
 * @gone: what is added to
 */
void read_gone_pool(const struct trace *t, uint32_t slot, struct read_gone *gone);

/**
 * read_free() - free what a snapshot holds
 * @s: the snapshot; may be all zero
 */
void read_free(struct read_snapshot *s);

#endif
