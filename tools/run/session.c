// SPDX-License-Identifier: GPL-2.0
/*
 * A tracing run.
 */
#include "run/session.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "model/choice.h"
#include "util/msg.h"
#include "util/status.h"
#include "load/preemption.h"
#include "read/causes.h"
#include "read/stacks.h"
#include "run/locked.h"
#include "run/privileges.h"
#include "run/retire.h"

#define LOOK_NS 200000000ULL
#define ATTACH_S 5
#define WANT_CAUSES (TRACE_TIMES | TRACE_CAUSES)

int session_check_filter(const struct options *o, const struct read_snapshot *s)
{
	struct choice c;

	choice_all(s, &o->filter, o->device, &c);
	choice_print(stderr, &c);
	return c.kind == CHOICE_FOUND ? MSG_EXIT_OK : MSG_EXIT_USAGE;
}

int session_check_gone(const struct options *o, const struct read_snapshot *s, bool *gone)
{
	bool before = *gone;
	struct choice c;

	choice_all(s, &o->filter, o->device, &c);
	*gone = c.kind != CHOICE_FOUND;
	if (*gone && !before)
		choice_print(stderr, &c);
	return *gone && !o->command ? MSG_EXIT_FAILED : MSG_EXIT_OK;
}

/*
 * A report on allocations is of few pools, and has all of theirs. What is left out is known as a
 * number only, not whose they were, so it should be none.
 */
static unsigned int wanted(const struct options *o, unsigned int want)
{
	bool times = want & TRACE_TIMES;

	if (times && !o->lean)
		want |= TRACE_WAYS | TRACE_FOLLOW;
	if (o->exact || (times && preemption_in_programs()))
		want |= TRACE_EXACT;
	return want;
}

static void *attach_failures(void *arg)
{
	struct session *s = arg;
	struct bpf_link *link = trace_attach_failures(&s->trace);
	int err = errno;

	if (!link)
		msg_note("not seen: %s (%s: %s)", probe_table[probe_index("alloc_exit")].without,
			 "alloc_exit", strerror(err));
	pthread_mutex_lock(&s->lock);
	trace_failures_attached(&s->trace, link, err);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/*
 * Has attached what has become necessary, by a thread, because that may wait for memory, maybe for
 * as long as a stall that is to be reported.
 */
static void keep_up(struct session *s)
{
	int err;

	if (!s->attaching && !s->over && trace_may_fail(&s->trace)) {
		err = pthread_create(&s->attacher, NULL, attach_failures, s);
		s->attaching = !err;
		if (err)
			trace_failures_attached(&s->trace, NULL, err);
	}
	/* Nothing of what is pinned is changed: others may read it as well. */
	if (s->o->pinned)
		return;
	trace_forget(&s->trace);
	retire_pools(s->pools, &s->trace, &s->o->filter, &s->gone);
}

/* What comes and goes is seen before it is looked for, or it would be missed in between. */
static int open_tracer(struct session *s, unsigned int want)
{
	const struct trace_ask ask = { .want = wanted(s->o, want),
				       .events = s->o->events,
				       .without = s->o->without };
	int err;

	if (s->o->pinned)
		return pinned_open(&s->pinned, &s->pools, &s->trace) ?: pools_walk(s->pools);
	err = pools_open(&s->pools, want & WANT_CAUSES, NULL);
	err = err ?: trace_open(s->pools, &ask, &s->trace);
	err = err ?: pools_walk(s->pools);
	if (!err && (trace_sees(&s->trace) & TRACE_SEES_WAITS))
		err = trace_see_waiters(&s->trace);
	return err;
}

int session_open(const struct options *o, unsigned int want, struct session *s)
{
	int err, causes;

	memset(s, 0, sizeof(*s));
	s->o = o;
	trace_init(&s->trace);
	pinned_init(&s->pinned);
	pthread_mutex_init(&s->lock, NULL);
	err = run_init(o, &s->run);
	err = err ?: open_tracer(s, want);
	if (s->pools)
		pools_release_btf(s->pools);
	/* Without, a report says less, but all else that it would. */
	causes = !err && (want & WANT_CAUSES) ? pools_watch_causes(s->pools) : 0;
	if (causes)
		msg_note("not seen: who else is blocked, and what disks have not completed "
			 "(blocked_tasks, parked_bios, read_requests: %s)",
			 strerror(-causes));
	/* What loading took, the kernel's BTF above all, goes back to the system. */
	malloc_trim(0);
	err = err ?: read_now(s->pools, &s->trace, &s->gone, &s->start);
	if (err)
		return status_of_error(err);
	if (pools_incomplete(s->pools))
		msg_note("not all pools may be known before they are used: %s",
			 pools_incomplete(s->pools));
	return session_check_filter(o, &s->start);
}

int session_start(const struct options *o, struct session *s)
{
	int err = locked_memory(), status = run_start(o, &s->run);

	if (err)
		msg_note("memory is not locked (%s): where it runs out, reports may come late",
			 strerror(-err));
	if (!status && privileges_drop())
		status = MSG_EXIT_FAILED;
	return status;
}

void session_keep_up(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	keep_up(s);
	/* What appears is named while it is there: once its module is gone nobody can tell. */
	pools_name_all(s->pools, s->trace.stacks_fd);
	pthread_mutex_unlock(&s->lock);
}

bool session_wait(struct session *s, uint64_t ns)
{
	uint64_t part;

	for (; ns && !s->over; ns -= part) {
		part = ns < LOOK_NS ? ns : LOOK_NS;
		s->over = !run_wait(&s->run, part);
		if (!s->over && part < ns)
			session_keep_up(s);
	}
	return !s->over;
}

static bool has_stalled(struct session *s, const struct options *o)
{
	struct read_snapshot now;
	struct model_report r;
	bool stalled = false;
	size_t i;

	if (session_report(s, &s->start, &o->filter, false, &now, &r))
		return false;
	for (i = 0; i < r.nr_pools; i++)
		stalled |= r.pools[i].stalled;
	model_free(&r);
	read_free(&now);
	return stalled;
}

void session_run(struct session *s, const struct options *o, void (*each)(void *arg), void *arg)
{
	while (session_wait(s, LOOK_NS)) {
		session_keep_up(s);
		if (each)
			each(arg);
		if (o->until_stall && has_stalled(s, o))
			return;
	}
}

static int look(struct session *s, bool stacks, struct read_snapshot *out)
{
	int err;

	pthread_mutex_lock(&s->lock);
	keep_up(s);
	err = read_now(s->pools, &s->trace, &s->gone, out);
	if (!err && stacks) {
		causes_read(&s->trace, out);
		stacks_read(&s->trace, out);
	}
	pthread_mutex_unlock(&s->lock);
	return err;
}

int session_report(struct session *s, const struct read_snapshot *before,
		   const struct model_filter *filter, bool stacks, struct read_snapshot *after,
		   struct model_report *r)
{
	int err = look(s, stacks, after);

	memset(r, 0, sizeof(*r));
	if (err)
		return status_of_error(err);
	if (s->o->pinned && pinned_is_gone(&s->pinned)) {
		msg_error(
			"what was pinned is not there any more: not all of the last interval was counted, "
			"and it is not reported");
		read_free(after);
		return MSG_EXIT_FAILED;
	}
	err = model_report(before, after, filter, r);
	if (err) {
		msg_error("cannot make a report: %s", strerror(-err));
		read_free(after);
		return MSG_EXIT_FAILED;
	}
	return MSG_EXIT_OK;
}

int session_status(const struct session *s, const struct model_report *r)
{
	return run_status(&s->run) ?: r->lost_total ? MSG_EXIT_LOST : MSG_EXIT_OK;
}

/* Whether the thread that attaches is done, or is within a few seconds. */
static bool is_attached(struct session *s)
{
	struct timespec end;

	if (!s->attaching)
		return true;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += ATTACH_S;
	return !pthread_timedjoin_np(s->attacher, NULL, &end);
}

void session_close(struct session *s)
{
	run_close(&s->run);
	/* What it waits for may take as long as a stall, and all goes with the process. */
	if (!is_attached(s)) {
		msg_note("ending while the kernel still attaches a program");
		return;
	}
	read_free(&s->start);
	trace_close(&s->trace);
	pinned_close(&s->pinned);
	pools_close(s->pools);
	pthread_mutex_destroy(&s->lock);
}
