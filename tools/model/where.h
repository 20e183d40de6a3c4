/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where bios of pools that are short are, and what disks have not completed. Pure functions.
 */
#ifndef BIOSCOPE_MODEL_WHERE_H
#define BIOSCOPE_MODEL_WHERE_H

#include <stddef.h>
#include <stdint.h>

#include "read/snapshot.h"

struct model_report;

/*
 * A disk that has not completed all requests that its driver was given. In a report the oldest come
 * first, after those of which that is not known.
 */
struct where_disk {
	const char *name; /* points into the snapshot */
	uint32_t dev; /* dev_t in the kernel's encoding */
	uint64_t requests;
	uint64_t oldest_ns; /* age of the oldest, 0: not known, the disk keeps no times */
};

/*
 * Bios of a pool that is short, of which it was not seen how they were taken: before the tracer, or from
 * the slab. What comes back of them goes to the reserve, unless a per-CPU cache takes it.
 */
struct where_bios {
	const char *pool; /* points into the report; the others into the snapshot */
	const char *disk; /* has them; NULL: */
	const struct record_parked *task; /* has parked them */
	uint64_t bios;
	uint64_t oldest_ns; /* age of the oldest request that has one, 0: not known */
};

/**
 * where_find() - what of a snapshot's requests and parked bios belongs into a report
 * @s: the snapshot
 * @r: the report, with its pools, waiters and holders; added to
 *
 * Return: 0 or -ENOMEM.
 */
int where_find(const struct read_snapshot *s, struct model_report *r);

#endif
