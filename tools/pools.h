/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding every bio_set of the host and giving it a name: the one-shot BPF walks of
 * bpf/discover.bpf.c, and kallsyms.
 */
#ifndef BIOSCOPE_POOLS_H
#define BIOSCOPE_POOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

#define POOLS_LABEL 64

/* What a person calls a pool. */
struct pools_name {
	bool known;
	char device[32]; /* "" if no disk owns it */
	char pool[POOLS_LABEL];
	char module[56]; /* "" if built in or unknown */
};

struct pools;

/**
 * pools_open() - walk the host once
 * @out: the pools; pools_close() them
 *
 * Return: 0 or -errno with a message on stderr.
 */
int pools_open(struct pools **out);

/**
 * pools_close() - let go of the BPF object and its maps
 * @p: from pools_open(), or NULL
 */
void pools_close(struct pools *p);

/**
 * pools_map_fds() - the maps that the tracer shares with the walk
 * @p: the pools
 * @pools_fd: array of struct record_pool
 * @slots_fd: hash from bio_set to slot
 * @used_fd: number of slots given out
 * @lost_fd: losses
 */
void pools_map_fds(const struct pools *p, int *pools_fd, int *slots_fd, int *used_fd, int *lost_fd);

/**
 * pools_table() - the slots, live
 * @p: the pools
 *
 * Return: RECORD_POOLS records that BPF writes to.
 */
const struct record_pool *pools_table(const struct pools *p);

/**
 * pools_lost() - the loss counters, live
 * @p: the pools
 *
 * Return: RECORD_LOSTS counters.
 */
const uint64_t *pools_lost(const struct pools *p);

/**
 * pools_refresh() - read every pool's reserve and level again
 * @p: the pools
 *
 * Return: 0 or -errno.
 */
int pools_refresh(struct pools *p);

/**
 * pools_name_all() - name the pools that have none yet
 * @p: the pools
 * @stacks_fd: stack map of the tracer for pools that only a stack can name, or -1
 *
 * Walks the host again if a pool appeared that no walk has seen.
 */
void pools_name_all(struct pools *p, int stacks_fd);

/**
 * pools_name_of() - the name of a slot
 * @p: the pools
 * @slot: below RECORD_POOLS
 *
 * Return: the name, valid as long as @p.
 */
const struct pools_name *pools_name_of(const struct pools *p, uint32_t slot);

#endif
