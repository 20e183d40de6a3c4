/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What -d and -p ask for, among the pools of a host; if that is nothing, or not one where one is
 * wanted, what could have been meant. Pure functions but for the last, which prints.
 */
#ifndef BIOSCOPE_MODEL_CHOICE_H
#define BIOSCOPE_MODEL_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/model.h"
#include "record.h"

#define CHOICE_SHOWN 10 /* candidates that are named */

enum choice_kind {
	CHOICE_FOUND,
	CHOICE_NO_DEVICE, /* no pool is of that device */
	CHOICE_NO_POOL, /* none has that name, on that device if one was named */
	CHOICE_GONE, /* what matches went away while it was traced */
	CHOICE_SEVERAL, /* one is wanted, and there are several */
	CHOICE_NONE, /* one is wanted, and this host has no pool at all */
};

/* What could have been meant; what is NULL is not part of it. Points into the snapshot. */
struct choice_candidate {
	const char *device;
	const char *pool;
	size_t pools; /* so many have that name */
	size_t likeness; /* to what was asked for */
};

struct choice {
	enum choice_kind kind;
	const char *device; /* as asked for, NULL: none */
	const char *pool;
	uint32_t slot; /* of choice_one(), if it found one */
	size_t n;
	struct choice_candidate candidates[RECORD_POOLS]; /* most alike first */
};

/**
 * choice_all() - whether there is what a report is asked to be about
 * @s: the pools
 * @filter: what is asked for
 * @device: the device as the user named it, NULL: none
 * @c: the answer; must not outlive the other arguments
 *
 * A filter may match pools of any number of devices.
 */
void choice_all(const struct read_snapshot *s, const struct model_filter *filter,
		const char *device, struct choice *c);

/**
 * choice_one() - the one pool that pressure is to be held on
 * @s: the pools
 * @filter: what is asked for
 * @device: the device as the user named it, NULL: none
 * @c: the answer; must not outlive the other arguments
 *
 * If none is named, a bio_set's own pool is meant, and gendisk.bio_split, a bvec_pool or a mempool
 * outside bio_sets only if there is no other: progress hangs on where clones come from.
 */
void choice_one(const struct read_snapshot *s, const struct model_filter *filter,
		const char *device, struct choice *c);

/**
 * choice_print() - say what is wrong with a choice, and what could have been meant
 * @to: where to
 * @c: the choice; nothing is said if it is CHOICE_FOUND
 */
void choice_print(FILE *to, const struct choice *c);

#endif
