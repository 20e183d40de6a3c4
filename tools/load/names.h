/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of pools: after the disk that owns them, the variable they are, or who allocates from them.
 */
#ifndef BIOSCOPE_LOAD_NAMES_H
#define BIOSCOPE_LOAD_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

#define POOLS_LABEL 64

/* What a person calls a pool. */
struct pools_name {
	char device[32]; /* "" if no disk owns it */
	char pool[POOLS_LABEL];
	char module[56]; /* "" if built in or unknown */
};

/**
 * names_by_owner() - name a pool after its disk, if a walk found one
 * @table: all slots
 * @slot: the pool's
 * @name: filled in
 *
 * Return: whether it has one.
 */
bool names_by_owner(const struct record_pool *table, uint32_t slot, struct pools_name *name);

/**
 * names_by_symbol() - name pools that are variables of the kernel or of a module
 * @table: all slots
 * @slots: those to name
 * @n: how many
 * @names: of those; filled in where it is one
 */
void names_by_symbol(const struct record_pool *table, const uint32_t *slots, uint32_t n,
		     struct pools_name *names);

/**
 * names_by_stack() - last resort: name a pool after the function that has made it, or allocates from it
 * @pool: its slot
 * @stacks_fd: stack map of the tracer, or -1
 * @name: filled in, "unnamed" if nothing is known
 *
 * Return: whether something is.
 */
bool names_by_stack(const struct record_pool *pool, int stacks_fd, struct pools_name *name);

#endif
