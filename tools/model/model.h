/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From two snapshots to what happened between them. Pure functions, no I/O.
 */
#ifndef BIOSCOPE_MODEL_H
#define BIOSCOPE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/blocked.h"
#include "model/hist.h"
#include "model/names.h"
#include "model/where.h"
#include "read/snapshot.h"

/*
 * mempool_alloc() sleeps 5 s at a time, and mempool_free() wakes all who do (mm/mempool.c): for who
 * has slept that long without being woken no element came back. Who was woken and came too late waits
 * on, for a pool that is slow.
 */
#define MODEL_STALL_NS RECORD_SLEEP_NS

#define MODEL_NAME 208

/* Which pools a report is about; NULL or 0 means all. */
struct model_filter {
	const char *device; /* name of the disk */
	uint32_t dev; /* or its number, as struct record_pool has it */
	const char *pool; /* name of the pool within the device, or of a static one */
	uint64_t mempool; /* this one alone, by its address, whatever its name becomes */
};

struct model_pool {
	char name[MODEL_NAME]; /* "stackb0 bs", "fs_bio_set" */
	uint32_t slot;
	const char *device; /* these point into the later snapshot */
	const char *pool;
	const char *module;
	uint64_t address; /* of the struct bio_set, or of the mempool if it is not part of one */
	uint64_t mempool; /* address of the mempool */
	uint32_t kind; /* enum record_pool_kind */
	uint32_t reserve; /* elements */
	uint32_t level; /* elements in the reserve now */
	uint32_t lowest; /* fewest elements seen since the tracer started */
	uint32_t front_pad; /* bytes */
	uint32_t flags; /* RECORD_POOL_* */
	uint64_t since_ns; /* when it was first met; CLOCK_MONOTONIC */
	uint64_t allocs; /* all ways, with failures */
	uint64_t way[RECORD_WAYS];
	struct hist_summary wait; /* finished ones, ns */
	struct hist_summary wakeup;
	struct hist_summary run;
	struct hist_summary alloc;
	struct hist_summary lifetime; /* of bios that were freed */
	const struct record_times
		*times[RECORD_TIMED_POOL]; /* of all time; in the later snapshot, NULL: none */
	uint64_t punts;
	uint64_t punted_bios;
	uint64_t rescuer_runs;
	uint64_t wq_rescuer_runs;
	uint32_t waiting; /* tasks asleep for the reserve now */
	uint64_t waiting_longest_ns;
	bool stalled; /* no element has come back to one of them for MODEL_STALL_NS or more */
	uint32_t held; /* elements missing from the reserve of which it is known who took them */
	uint64_t unseen; /* bios of one that is short, see struct where_bios */
};

/* Pools that are gone, and are no longer among the others because their places were needed. */
struct model_gone {
	uint64_t pools; /* of those, that have become so meanwhile */
	struct model_pool
		all; /* what they have counted meanwhile; nothing else of it is filled in */
};

struct model_waiter {
	const char *pool; /* points into the report */
	const struct read_waiter *waiter; /* these three point into the later snapshot */
	const struct record_waiter *rec;
	const struct read_stack *stack; /* NULL: not known */
	uint64_t waited_ns;
	uint64_t stuck_ns; /* of that, without being woken by an element, at the end of it */
	uint64_t parked; /* bios of that very pool on its own current->bio_list, with causes only */
	bool stalled;
};

/* Who has an element that is missing from the reserve of a pool that is short. */
struct model_holder {
	const char *pool; /* points into the report */
	const struct read_holder *held; /* points into the later snapshot */
	uint64_t held_ns;
};

/* How long a disk takes for a bio. */
struct model_disk {
	const char *name; /* points into the later snapshot */
	uint32_t dev; /* dev_t in the kernel's encoding */
	struct hist_summary latency; /* of bios that it completed */
	const struct record_times *times; /* of all time; in the later snapshot, NULL: none */
};

struct model_report {
	uint64_t duration_ns;
	size_t nr_pools;
	struct model_pool *pools;
	struct model_gone gone; /* whatever the filter, which they have no names for */
	size_t nr_waiters;
	struct model_waiter *waiters;
	size_t nr_holders;
	struct model_holder *holders;
	bool has_causes; /* else it was not looked for these: */
	struct blocked_tasks blocked[BLOCKED_KINDS]; /* of the host, whatever the filter */
	size_t nr_in_flight;
	struct where_disk *in_flight; /* likewise */
	size_t nr_unseen;
	struct where_bios *unseen;
	unsigned int sees; /* enum trace_sight; what is not among that is 0 or empty, and unknown */
	const struct probe_result *probes; /* of the tracer, NULL: there was none */
	size_t nr_disks;
	struct model_disk *disks; /* those that completed something */
	uint64_t lost[RECORD_LOSTS];
	uint64_t skipped[PROBES]; /* runs of probes that lost a detail */
	uint64_t lost_total; /* but details, and what began before the tracer */
};

/**
 * model_matches() - whether a pool is one that the filter asks for
 * @pool: the pool
 * @filter: what is asked for
 *
 * Return: true if so.
 */
bool model_matches(const struct read_pool *pool, const struct model_filter *filter);

/**
 * model_name() - the name that a person reads, as text_escape() makes it
 * @name: parts of the name
 * @out: at least MODEL_NAME bytes
 */
void model_name(const struct pools_name *name, char *out);

/**
 * model_report() - what happened between two snapshots
 * @before: the earlier one, or NULL: since the tracer started
 * @after: the later one; must outlive the report
 * @filter: which pools
 * @r: the report; model_free() it
 *
 * Return: 0 or -ENOMEM.
 */
int model_report(const struct read_snapshot *before, const struct read_snapshot *after,
		 const struct model_filter *filter, struct model_report *r);

/**
 * model_times() - the whole histogram of which a report has the summary
 * @before: the earlier snapshot, or NULL: since the tracer started
 * @after: the later one
 * @slot: that of the pool
 * @what: enum record_timed, below RECORD_TIMED_POOL
 * @buckets: RECORD_HIST_BUCKETS counts, as of hist_bucket(); all 0 if there is no such pool
 */
void model_times(const struct read_snapshot *before, const struct read_snapshot *after,
		 uint32_t slot, unsigned int what, __u64 *buckets);

/**
 * model_all_gone() - all that pools that are gone have counted since the tracer started
 * @s: the snapshot
 * @out: result, of those that are still told apart, too
 */
void model_all_gone(const struct read_snapshot *s, struct model_gone *out);

/**
 * model_unknown() - what nobody is known to have of a pool's reserve
 * @p: the pool
 *
 * Return: elements that are missing, but those of which it was seen who took them, or which may be bios
 * that were found elsewhere.
 */
uint64_t model_unknown(const struct model_pool *p);

/**
 * model_free() - free what a report holds
 * @r: the report; may be all zero
 */
void model_free(struct model_report *r);

/**
 * model_sees() - whether something was looked at
 * @r: the report
 * @sights: enum trace_sight, one or several
 *
 * Return: true if all of these were; else what the report says of them is not to be shown.
 */
bool model_sees(const struct model_report *r, unsigned int sights);

/**
 * model_has_way() - whether allocations of a way are told from those of others
 * @r: the report
 * @way: enum record_way
 *
 * Return: false if they are in the count of another way, or of none.
 */
bool model_has_way(const struct model_report *r, unsigned int way);

#endif
