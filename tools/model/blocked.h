/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tasks that are blocked wait for, by where they are. Pure functions.
 */
#ifndef BIOSCOPE_MODEL_BLOCKED_H
#define BIOSCOPE_MODEL_BLOCKED_H

#include <stdint.h>

#include "read/snapshot.h"

enum blocked_kind {
	BLOCKED_POOL, /* an element of a mempool */
	BLOCKED_SUBMIT, /* below submit_bio(), and not for a pool: something of a driver, or a lock */
	BLOCKED_IO, /* the end of an I/O */
	BLOCKED_KINDS, /* anything else is nothing of ours */
};

struct blocked_tasks {
	uint64_t tasks;
	uint64_t longest_ns; /* that one of them has not run; 0 also if that is not known */
	char where[KSYMS_NAME]; /* the function that it is in, "": not known */
};

/**
 * blocked_kind_of() - what a task waits for
 * @b: the task
 *
 * Return: enum blocked_kind, BLOCKED_KINDS for what is none of these.
 */
unsigned int blocked_kind_of(const struct read_blocked *b);

/**
 * blocked_count() - how many wait for what, and the longest of them
 * @s: the snapshot
 * @out: result, by enum blocked_kind
 */
void blocked_count(const struct read_snapshot *s, struct blocked_tasks out[BLOCKED_KINDS]);

/**
 * blocked_kind_name() - the name of a kind
 * @kind: enum blocked_kind
 *
 * Return: static string, usable as JSON key.
 */
const char *blocked_kind_name(unsigned int kind);

#endif
