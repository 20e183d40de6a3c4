/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a pool's waiters do not get on: who waits for a pool, who holds its elements, and what these wait for
 * themselves, until that closes a circle or ends at something else. Pure functions, no I/O.
 */
#ifndef BIOSCOPE_MODEL_CIRCLE_H
#define BIOSCOPE_MODEL_CIRCLE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

#define CIRCLE_LINKS 16 /* at most; longer ones are not looked for */

/* By what a task has an element of the pool that the task before it waits for. */
enum circle_hold {
	CIRCLE_UNSUBMITTED, /* it took it, and has not submitted the bio */
	CIRCLE_PARKED, /* the bio is on its current->bio_list, until it returns */
	CIRCLE_TOOK, /* it took it, and it is no bio, or not known what has become of it */
	CIRCLE_WORKS, /* it works on a bio of the one who took it */
};

/* A task waits for a pool of which the next task has an element. */
struct circle_link {
	const struct model_waiter *waiter; /* points into the report */
	enum circle_hold hold; /* by which the next task has it; of the last link only if @closed */
	const struct model_holder *holder; /* likewise; NULL: it was not seen how it was taken */
};

enum circle_end {
	CIRCLE_UNKNOWN, /* nobody knows who has the elements */
	CIRCLE_DISK, /* a disk has not completed the bio: @dev */
	CIRCLE_COMPLETED, /* the bio is completed, and its owner has not freed it */
	CIRCLE_TASK, /* a task has it that waits for no pool: @holder */
	CIRCLE_CLOSED, /* the last one waits for what link @back has */
};

struct circle {
	size_t n; /* 0: nobody waits */
	struct circle_link links[CIRCLE_LINKS];
	enum circle_end end;
	size_t back; /* 0 but where the circle is of other pools than the one that was asked for */
	uint32_t dev; /* dev_t in the kernel's encoding */
	const struct model_holder *holder; /* the last one, unless it is CLOSED or UNKNOWN */
};

/**
 * circle_find() - the chain that begins with a waiter for a pool
 * @r: the report, with causes
 * @pool: its name, as in the report
 * @c: the result, which points into @r
 *
 * A circle is looked for first, from who has waited longest; then any end that is known. Each holder of a pool
 * would have to give its element back for a waiter to go on, so one that waits in the circle is only what
 * keeps the host from going on if the others do not get on, either.
 *
 * Return: 0 or -ENOMEM.
 */
int circle_find(const struct model_report *r, const char *pool, struct circle *c);

#endif
