/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a report is made of: everything the maps held at one moment, with CPUs added up and names put
 * to pools. How it is got is in read.h; it can as well come from elsewhere.
 */
#ifndef BIOSCOPE_READ_SNAPSHOT_H
#define BIOSCOPE_READ_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/ksyms.h"
#include "load/names.h"
#include "load/probes.h"
#include "load/trace_sight.h"
#include "record.h"

/* What was counted of a pool, since the tracer started. */
struct read_counts {
	uint64_t calls; /* of bio_alloc_bioset(), of all CPUs */
	uint64_t cached; /* of those, from per-CPU caches */
	uint64_t unseen; /* of those, that may have failed without being seen */
	struct record_counts rare;
};

/**
 * read_counts_add() - add up what pools have counted
 * @sum: what is added to
 * @c: what is added, @sign times
 * @sign: 1 or -1
 */
static inline void read_counts_add(struct read_counts *sum, const struct read_counts *c, int sign)
{
	const uint64_t times = (uint64_t)sign;

	sum->calls += times * c->calls;
	sum->cached += times * c->cached;
	sum->unseen += times * c->unseen;
	sum->rare.reserve += times * c->rare.reserve;
	sum->rare.wait += times * c->rare.wait;
	sum->rare.failed += times * c->rare.failed;
	sum->rare.wait_ns += times * c->rare.wait_ns;
	sum->rare.punts += times * c->rare.punts;
	sum->rare.punted_bios += times * c->rare.punted_bios;
	sum->rare.rescuer_runs += times * c->rare.rescuer_runs;
	sum->rare.wq_rescuer_runs += times * c->rare.wq_rescuer_runs;
	sum->rare.unasked += times * c->rare.unasked;
}

/* One pool. */
struct read_pool {
	uint32_t slot;
	uint32_t generation; /* of the slot: with it, this pool's alone */
	struct pools_name name;
	struct record_pool id;
	struct read_counts counts;
	struct record_times *times[RECORD_TIMED_POOL]; /* NULL: of none of it */
};

/* One disk that bios were queued to. */
struct read_disk {
	struct record_disk id;
	struct record_times *latency; /* NULL: it completed nothing */
};

/* Pools that are gone and no longer among the others: all that they counted, in one. */
struct read_gone {
	uint64_t pools; /* how many */
	struct read_counts all;
};

/* Where tasks were. */
struct read_stack {
	int32_t id;
	size_t nr_frames; /* 0: not known */
	const struct ksyms_at *frames; /* innermost first */
};

/* One task asleep for a pool's reserve. */
struct read_waiter {
	struct record_waiter rec;
	const struct read_stack *stack; /* where it sleeps, NULL: not known */
	/* Who allocated the bio that it works on, if it is a worker; 0: it is none, or not known. */
	uint32_t submitter;
	char submitter_comm[16]; /* "": it has ended, or cannot be seen */
};

/* One element that is missing from the reserve of a pool that is short. */
struct read_holder {
	struct record_holder rec;
	struct record_element element;
	uint64_t bio; /* address of the bio in it, 0: it is none */
	uint32_t parked_by; /* of RECORD_BIO_PARKED: the task that has it on its list */
	const struct read_stack *stack; /* where it was taken, NULL: not known */
};

/* A task that sleeps and cannot be interrupted. */
struct read_blocked {
	uint32_t tid;
	char comm[16];
	uint64_t blocked_ns; /* since it ran last; 0 also if that is not known */
	const struct ksyms_at *frames; /* where it is, innermost first */
	size_t nr_frames;
};

/* A disk that has not completed all requests that its driver was given: the bios of these. */
struct read_queue {
	uint32_t slot; /* of the disk's bio_split, whose record has its name and number */
	size_t nr_bios;
	struct record_request *bios; /* those of one request one after another */
};

struct read_snapshot {
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	size_t nr_pools;
	struct read_pool *pools; /* by slot, ascending */
	struct read_gone gone;
	size_t nr_waiters;
	struct read_waiter *waiters;
	size_t nr_holders;
	struct read_holder *holders; /* only of pools that are short now */
	size_t nr_stacks;
	struct read_stack *stacks; /* by id, with stacks_read() only */
	struct ksyms_at *frames; /* of all of them */
	bool has_causes; /* only then, and with causes_read() only: */
	uint64_t causes_ns; /* CLOCK_MONOTONIC; they were read by then */
	size_t nr_blocked;
	struct read_blocked *blocked;
	size_t nr_blocked_frames;
	struct ksyms_at *blocked_frames; /* of all of them; named with stacks_read() only */
	size_t nr_parked;
	struct record_parked *parked; /* those of one task one after another */
	size_t nr_queues;
	struct read_queue *queues;
	unsigned int sees; /* enum trace_sight: what it can tell, 0: no tracer */
	const struct probe_result *probes; /* of the tracer, which must outlive it; NULL: none */
	size_t nr_disks;
	struct read_disk *disks; /* in the order in which they were met */
	uint64_t lost[RECORD_LOSTS];
	uint64_t skipped[PROBES]; /* runs of probes that lost a detail */
};

#endif
