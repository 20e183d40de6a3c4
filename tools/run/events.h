/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of the tracer, as they happen.
 */
#ifndef BIOSCOPE_RUN_EVENTS_H
#define BIOSCOPE_RUN_EVENTS_H

#include <stdint.h>

#include "run/session.h"

struct events;

/* One event, with names put to it. */
struct event {
	uint64_t wall_ns; /* CLOCK_REALTIME */
	char pool[MODEL_NAME]; /* of disk and pool, or of the pool alone */
	uint32_t reserve; /* of the pool */
	const char *
		cgroup; /* path of the task's, "": not there any more; with --json or --cgroup only */
	int64_t since_ns; /* since the start */
	uint64_t
		lost; /* no event, but that so many found no room before the next one; nothing else is set then */
	const struct record_event *rec;
	struct read_stack stack; /* only if stacks were asked for */
};

/* Is given each event; NULL: there are no more for now. */
typedef void events_fn(void *arg, const struct event *e);

/**
 * events_open() - get ready to read
 * @o: options: of which pools and tasks (-d, -p, --task, --cgroup), how long at least (--min), whether
 *	with --stacks
 * @s: the session, opened with the kinds of events that are wanted
 * @fn: is given the events, in the order in which they were recorded
 * @arg: for @fn
 * @out: the reader; events_close() it
 *
 * Return: 0 or -errno with a message on stderr.
 */
int events_open(const struct options *o, struct session *s, events_fn *fn, void *arg,
		struct events **out);

/**
 * events_run() - read events until the run is over, and what is left then
 * @ev: the reader
 *
 * Return: 0 or -errno with a message on stderr.
 */
int events_run(struct events *ev);

/**
 * events_close() - let go of the buffer
 * @ev: the reader, or NULL
 */
void events_close(struct events *ev);

#endif
