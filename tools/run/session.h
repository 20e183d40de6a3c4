/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tracing run: pools, tracer, and the time it lasts: a command's run, a number of seconds, or
 * until a signal.
 */
#ifndef BIOSCOPE_RUN_SESSION_H
#define BIOSCOPE_RUN_SESSION_H

#include <pthread.h>
#include <stdbool.h>

#include "run/options.h"
#include "read/read.h"
#include "run/run.h"
#include "load/pinned.h"
#include "load/trace.h"

struct session {
	struct pools *pools;
	struct trace trace;
	struct pinned pinned; /* with --pinned: whose maps these are */
	const struct options *o;
	struct read_gone gone; /* what pools have counted that are no longer told apart */
	struct read_snapshot start; /* right after attaching */
	struct run run;
	bool over; /* the run is */
	bool attaching; /* what only proved necessary later; by: */
	pthread_t attacher;
	pthread_mutex_t
		lock; /* held while the maps are read and pools named: export has two threads */
};

/**
 * session_open() - find pools, attach, check that the filter names something, take a snapshot
 * @o: options; with --pinned nothing is attached: what is pinned is read
 * @want: 0, TRACE_FAILURES, TRACE_STACKS, TRACE_CAUSES: a report can say what those wait for who have what others wait
 *	for; or TRACE_TIMES: that, and how long allocations take, and, unless --lean, bios live and disks take for them
 * @s: filled in; session_close() it, also after an error
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int session_open(const struct options *o, unsigned int want, struct session *s);

/**
 * session_check_filter() - whether -d and -p name any pool
 * @o: options
 * @s: a snapshot of the host
 *
 * Return: MSG_EXIT_OK, or MSG_EXIT_USAGE with a message that names what there is.
 */
int session_check_filter(const struct options *o, const struct read_snapshot *s);

/**
 * session_check_gone() - whether all that -d and -p name went away while it was traced
 * @o: options
 * @s: a snapshot of the host
 * @gone: whether the last call said so; what was said is not said again
 *
 * Return: MSG_EXIT_OK, or MSG_EXIT_FAILED with a message that names what there is. If there is a
 * COMMAND, the message is all: it may have removed what it is about, and its own status says how
 * that went.
 */
int session_check_gone(const struct options *o, const struct read_snapshot *s, bool *gone);

/**
 * session_start() - lock memory, start the clock, and COMMAND if there is one; then give up all capabilities
 * @o: options
 * @s: the session
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int session_start(const struct options *o, struct session *s);

/**
 * session_wait() - sleep until a time or until the run is over, and session_keep_up() meanwhile
 * @s: the session
 * @ns: at most that long, in ns
 *
 * Return: true if the run goes on, false if it is over.
 */
bool session_wait(struct session *s, uint64_t ns);

/**
 * session_keep_up() - what a tracer has to do now and then while it runs
 * @s: the session
 *
 * Pools that appear are named, what has become necessary is attached, what is over is forgotten.
 * Every fifth of a second is enough.
 */
void session_keep_up(struct session *s);

/**
 * session_run() - wait until the run is over, or a pool has stalled with --until-stall
 * @s: the session
 * @o: options
 * @each: called several times a second meanwhile, or NULL
 * @arg: for @each
 */
void session_run(struct session *s, const struct options *o, void (*each)(void *arg), void *arg);

/**
 * session_report() - what happened since a snapshot
 * @s: the session
 * @before: snapshot to start from
 * @filter: which pools
 * @stacks: also find out where waiters sleep, which takes a while
 * @after: new snapshot; read_free() it after the report
 * @r: the report; model_free() it
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK: MSG_EXIT_FAILED also if what is
 * pinned was taken away.
 */
int session_report(struct session *s, const struct read_snapshot *before,
		   const struct model_filter *filter, bool stacks, struct read_snapshot *after,
		   struct model_report *r);

/**
 * session_status() - what to end with
 * @s: the session
 * @r: the last report
 *
 * Return: COMMAND's own status if it failed (128 + signal if it was killed), else MSG_EXIT_LOST
 * if anything was lost, else MSG_EXIT_OK.
 */
int session_status(const struct session *s, const struct model_report *r);

/**
 * session_close() - stop COMMAND if it still runs, detach
 * @s: the session
 */
void session_close(struct session *s);

#endif
