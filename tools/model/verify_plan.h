/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which pools verify has to exhaust. Pure functions.
 */
#ifndef BIOSCOPE_MODEL_VERIFY_PLAN_H
#define BIOSCOPE_MODEL_VERIFY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

#define VERIFY_PLAN_JOBS_LEAST 4
#define VERIFY_PLAN_JOBS_MOST 32

/* A pool that I/O of the device can need. */
struct verify_candidate {
	const struct model_pool *pool; /* of the report */
	bool unused; /* it is known that the workload takes nothing from it */
};

/* What is asked for. */
struct verify_plan {
	const uint32_t *devs; /* the device and what it is made of, as in struct layers */
	size_t nr_devs;
	bool disks_only; /* the workload can use no other pools */
	const char *pool; /* only pools of that name; NULL: all */
};

/**
 * verify_plan_pools() - the pools of a device and of what it is made of, and others that are used
 * @plan: what is asked for
 * @s: a snapshot, of after the workload has run without pressure
 * @r: the report of that run, of all pools of @s
 * @out: result, of @r->nr_pools
 *
 * A pool that is no disk's, such as fs_bio_set, is one of them if something was taken from it meanwhile, by anybody. What is
 * taken from a mempool outside of bio_sets is not counted: those of the disks may be used.
 *
 * Return: how many there are.
 */
size_t verify_plan_pools(const struct verify_plan *plan, const struct read_snapshot *s,
			 const struct model_report *r, struct verify_candidate *out);

/**
 * verify_plan_jobs() - how many jobs can hold all of a reserve, and still one wait
 * @plan: what is asked for
 * @s: a snapshot
 *
 * Return: one or two more than the largest reserve of a bio_set of these disks, from VERIFY_PLAN_JOBS_LEAST to
 * VERIFY_PLAN_JOBS_MOST.
 */
unsigned int verify_plan_jobs(const struct verify_plan *plan, const struct read_snapshot *s);

#endif
