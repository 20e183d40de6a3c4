/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a report of the rule checker is made of, and how it is got: with names put to pools, disks and
 * stacks.
 */
#ifndef BIOSCOPE_READ_RULES_H
#define BIOSCOPE_READ_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "load/ksyms.h"
#include "load/names.h"
#include "record_rules.h"

struct pools;
struct rules;

/* Where a task was. */
struct rules_stack {
	size_t nr_frames; /* 0: not known */
	const struct ksyms_at *frames; /* innermost first */
};

/* A violation as it was seen: by its whole stacks. */
struct rules_seen {
	struct record_violation rec;
	struct pools_name name; /* of its pool; of RECORD_RULE_WAIT, "" */
	uint32_t dev; /* number of the disk that owns that pool, as the kernel has it; 0: none */
	uint32_t reserve; /* elements of that pool */
	bool rescuer; /* it has one */
	char device[32]; /* name of the disk of what was held, "": not known */
	struct rules_stack stack; /* where the task asked, or waited */
	struct rules_stack first; /* where what it had was allocated */
};

struct rules_snapshot {
	uint64_t duration_ns;
	size_t nr_seen;
	struct rules_seen *seen;
	struct ksyms_at *frames; /* of all stacks */
	uint64_t lost[RECORD_RULES_LOSTS];
};

/* Names of what has been seen so far, which may be gone when the report is made. */
struct rules_noted {
	struct pools_name name;
	char device[32];
	uint32_t dev; /* that .device is the name of */
	uint32_t owner; /* number of the disk that owns the pool */
	uint32_t reserve;
	uint32_t generation; /* of the slot */
	bool rescuer;
	bool known; /* the rest but .device and .dev is filled in */
};

struct rules_notes {
	struct rules_noted of[RECORD_RULES_SEEN]; /* by their place */
};

/**
 * rules_note() - put names to what has been seen since the last time
 * @rules: the checker
 * @pools: the host's pools, named by now
 * @notes: zero at first
 *
 * Call it now and then: who is gone for long cannot be named any more.
 *
 * Return: how many have been seen by now.
 */
uint32_t rules_note(const struct rules *rules, const struct pools *pools,
		    struct rules_notes *notes);

/**
 * rules_read() - take a snapshot
 * @rules: the checker
 * @notes: from rules_note(), just now
 * @out: filled in; rules_free() it
 *
 * Return: 0 or -errno with a message on stderr.
 */
int rules_read(const struct rules *rules, const struct rules_notes *notes,
	       struct rules_snapshot *out);

/**
 * rules_free() - free what a snapshot holds
 * @s: the snapshot; may be all zero
 */
void rules_free(struct rules_snapshot *s);

#endif
