/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which name each pool has by now. A pool that can only be named after who made it or allocates from it is
 * named after its owner as soon as that is there; no two that are live have the same name.
 */
#ifndef BIOSCOPE_LOAD_NAMING_H
#define BIOSCOPE_LOAD_NAMING_H

#include <stdint.h>

#include "load/names.h"
#include "record.h"

struct naming;

/* Looks for the owners of pools that have none, and notes them in the table. */
typedef void naming_walk(void *arg);

/**
 * naming_open() - begin, without any name
 *
 * Return: NULL if there is no memory; else naming_close() it.
 */
struct naming *naming_open(void);

/**
 * naming_close() - forget all names
 * @n: from naming_open(), or NULL
 */
void naming_close(struct naming *n);

/**
 * naming_update() - name what has no name, or could have a better one
 * @n: the names
 * @table: all slots
 * @stacks_fd: stack map of the tracer, or -1: names after functions are left for later
 * @now_ns: CLOCK_MONOTONIC
 * @walk: called if it may find something, which is the less often the longer it has not
 * @arg: for @walk
 *
 * Cheap if nothing has changed.
 */
void naming_update(struct naming *n, const struct record_pool *table, int stacks_fd,
		   uint64_t now_ns, naming_walk *walk, void *arg);

/**
 * naming_expect() - disks may have become owners
 * @n: the names
 *
 * The next naming_update() looks for owners at once.
 */
void naming_expect(struct naming *n);

/**
 * naming_of() - the name of a slot
 * @n: the names
 * @slot: below RECORD_POOLS
 *
 * Return: the name, valid as long as @n; empty before naming_update().
 */
const struct pools_name *naming_of(const struct naming *n, uint32_t slot);

/**
 * naming_forget() - a slot is another pool's from now on
 * @n: the names
 * @slot: below RECORD_POOLS
 */
void naming_forget(struct naming *n, uint32_t slot);

#endif
