/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots: everything the maps hold at one moment, copied, with CPUs added up and names put
 * to pools.
 */
#ifndef BIOSCOPE_READ_H
#define BIOSCOPE_READ_H

#include <stddef.h>
#include <stdint.h>

#include "ksyms.h"
#include "pools.h"
#include "record.h"
#include "trace.h"

/* One pool. */
struct read_pool {
	uint32_t slot;
	struct pools_name name;
	struct record_pool id;
	struct record_counts counts; /* of all CPUs: sums, and the largest of maxima */
	struct record_hists hists;
	struct record_alloc_hist alloc;
};

/* One task asleep for a pool's reserve. */
struct read_waiter {
	struct record_waiter rec;
	size_t nr_frames; /* 0 until read_stacks() */
	struct ksyms_at frames[RECORD_STACK_DEPTH]; /* innermost first */
};

struct read_snapshot {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	size_t nr_pools;
	struct read_pool *pools; /* by slot, ascending */
	size_t nr_waiters;
	struct read_waiter *waiters;
	uint64_t lost[RECORD_LOSTS];
};

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
 * read_stacks() - put symbols to where the waiters of a snapshot sleep
 * @t: the tracer that the snapshot was taken from
 * @s: the snapshot
 *
 * Reads /proc/kallsyms once per waiter, so it is only for reports that show stacks. Waiters
 * whose stack is not known keep nr_frames 0.
 */
void read_stacks(const struct trace *t, struct read_snapshot *s);

/**
 * read_free() - free what a snapshot holds
 * @s: the snapshot; may be all zero
 */
void read_free(struct read_snapshot *s);

#endif
