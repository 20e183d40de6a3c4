// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope verify: prove that a device makes progress with each of its pools exhausted, or show what
 * keeps it from that.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/verify_files.h"
#include "cmd/verify_target.h"
#include "model/verify.h"
#include "model/verify_plan.h"
#include "render/verify.h"
#include "run/locked.h"
#include "run/pressure.h"
#include "run/session.h"
#include "run/trial.h"
#include "run/workload.h"
#include "util/clock.h"
#include "util/msg.h"
#include "util/text.h"

#define DURATION_NS 25000000000ULL

struct verify {
	const struct options *o;
	struct options session_options; /* without COMMAND, which is run again and again */
	struct verify_target target;
	struct session session;
	struct workload workload;
	struct verify_trial baseline;
	struct read_snapshot used; /* after that */
	struct model_report pools;
	struct verify_candidate *candidates;
	size_t nr_candidates;
	struct verify_result result;
	uint64_t end_ns; /* when no other trial is begun */
	size_t planned;
	size_t tried;
	struct verify_files files;
};

static struct verify_plan plan_of(const struct verify *v)
{
	return (struct verify_plan){ .devs = v->target.layers.devs,
				     .nr_devs = v->target.layers.n,
				     .disks_only = !v->o->command && !v->target.ask.create,
				     .pool = v->o->filter.pool };
}

static int open_workload(struct verify *v)
{
	const struct verify_plan plan = plan_of(v);
	struct workload_ask ask = v->target.ask;

	ask.jobs = v->o->jobs ?: verify_plan_jobs(&plan, &v->session.start);
	ask.seed = v->o->seeded ? v->o->seed : clock_ns(CLOCK_REALTIME) % 1000000;
	ask.command = v->o->command;
	v->result.jobs = ask.command ? 0 : ask.jobs;
	v->result.seed = ask.seed;
	return workload_open(&ask, &v->session.run, &v->workload);
}

/* What it does without pressure has to be known: a device that is stuck anyway proves nothing. */
static int check_baseline(struct verify *v)
{
	const struct verify_seen *seen = &v->baseline.seen;
	char why[64];

	if (seen->stuck) {
		render_verify_blocked(&v->baseline, v->target.name);
		if (v->o->command && !seen->work.ios)
			msg_note(
				"verify: %s has counted no I/O of COMMAND: it did none, or the disk keeps "
				"no statistics (queue/iostats), and cannot be verified with a COMMAND",
				v->target.name);
		return MSG_EXIT_FAILED;
	}
	if (seen->work.errors) {
		if (v->o->command)
			snprintf(why, sizeof(why), "COMMAND ends with status %d", seen->work.error);
		else
			snprintf(why, sizeof(why), "I/O fails: %s", strerror(seen->work.error));
		msg_error("verify: %s without any pressure; nothing was exhausted", why);
		return MSG_EXIT_FAILED;
	}
	if (!seen->ended) {
		msg_error("verify: %s does not end within %llu s without any pressure; nothing was "
			  "exhausted",
			  v->o->command ? "COMMAND" : "the workload",
			  TRIAL_MOST_NS / 1000000000ULL);
		return MSG_EXIT_FAILED;
	}
	if (!v->baseline.recovered || v->baseline.blocks.damaged) {
		msg_error("verify: without any pressure %s; nothing was exhausted",
			  v->baseline.recovered ? "what was written is not there" :
						  "not all I/O ends");
		return MSG_EXIT_FAILED;
	}
	return MSG_EXIT_OK;
}

static int run_baseline(struct verify *v)
{
	const struct model_filter all = { 0 };
	const struct verify_plan plan = plan_of(v);
	int err = trial_run(&v->session, &v->workload, NULL, &v->baseline);
	int status = err ? MSG_EXIT_FAILED : check_baseline(v);

	if (err == -EINTR)
		msg_error("verify: interrupted; nothing was exhausted");
	v->result.without = v->baseline.seen.work;
	status = status ?:
			  session_report(&v->session, &v->session.start, &all, false, &v->used,
					 &v->pools);
	if (status)
		return status;
	v->candidates = calloc(v->pools.nr_pools + 1, sizeof(*v->candidates));
	if (!v->candidates)
		return MSG_EXIT_FAILED;
	v->nr_candidates = verify_plan_pools(&plan, &v->used, &v->pools, v->candidates);
	if (v->nr_candidates)
		return MSG_EXIT_OK;
	msg_error("verify: no pool that %s uses is known; `bioscope list' shows all",
		  v->target.name);
	return MSG_EXIT_CANT;
}

static void announce(struct verify *v)
{
	char most[TEXT_SIZE];
	size_t i, n = 0;

	for (i = 0; i < v->nr_candidates; i++)
		n += !v->candidates[i].unused;
	v->planned = n + (v->o->single ? 0 : n * (n - 1) / 2);
	/* The last trial may begin just before the end, and take the time that one may. */
	v->result.most_ns = (v->o->duration_ns ?: DURATION_NS) + TRIAL_MOST_NS + TRIAL_RECOVERY_NS +
			    (v->target.ask.write ? TRIAL_CHECK_NS : 0);
	msg_note("verify: %s: %zu pools of which the workload uses %zu, %zu trials, at most %s",
		 v->target.name, v->nr_candidates, n, v->planned,
		 text_time(v->result.most_ns, most));
}

static void show_progress(struct verify *v, const struct verify_trial *next)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r[%zu/%zu] %s%s%s \033[K", ++v->tried, v->planned, next->names[0],
		next->nr_pools > 1 ? " and " : "", next->names[1]);
}

/* Returns the next trial, NULL if there is no room for it. */
static struct verify_trial *next_trial(struct verify *v, const struct model_pool *const *pools,
				       size_t n)
{
	struct verify_trial *t;

	if (v->result.nr_trials == VERIFY_TRIALS)
		return NULL;
	t = &v->result.trials[v->result.nr_trials++];
	verify_trial_init(t, pools, n);
	return t;
}

/* Returns 0, or -errno if nothing more is to be tried: it was interrupted, or does not recover. */
static int try_pools(struct verify *v, const struct model_pool *const *pools, size_t n)
{
	struct verify_trial *t = next_trial(v, pools, n);
	int err;

	if (!t)
		return -ENOSPC;
	t->seen.slow_anyway = v->result.without.longest_ns >= VERIFY_SLEPT_NS;
	if (clock_ns(CLOCK_MONOTONIC) >= v->end_ns)
		return 0;
	show_progress(v, t);
	err = trial_run(&v->session, &v->workload, pools, t);
	return err ?: t->recovered ? 0 : -EIO;
}

static int try_each(struct verify *v)
{
	struct verify_trial *t;
	size_t i;
	int err = 0;

	for (i = 0; !err && i < v->nr_candidates; i++) {
		const struct verify_candidate *c = &v->candidates[i];

		if (!c->unused) {
			err = try_pools(v, &c->pool, 1);
			continue;
		}
		t = next_trial(v, &c->pool, 1);
		if (t)
			t->untested = VERIFY_UNUSED;
		else
			err = -ENOSPC;
	}
	return err;
}

/* Whether a pool can be one of two: alone it does not keep the device from going on. */
static bool passes(const struct verify *v, size_t single)
{
	return v->result.trials[single].verdict == VERIFY_PROGRESS;
}

static int try_pairs(struct verify *v)
{
	const struct model_pool *pools[VERIFY_HELD];
	size_t i, j;
	int err = 0;

	for (i = 0; i < v->nr_candidates; i++) {
		for (j = i + 1; !err && passes(v, i) && j < v->nr_candidates; j++) {
			if (!passes(v, j))
				continue;
			pools[0] = v->candidates[i].pool;
			pools[1] = v->candidates[j].pool;
			err = try_pools(v, pools, 2);
		}
	}
	return err;
}

static int try_all(struct verify *v)
{
	uint64_t begun = clock_ns(CLOCK_MONOTONIC);
	int err;

	v->result.trials = calloc(VERIFY_TRIALS, sizeof(*v->result.trials));
	if (!v->result.trials) {
		msg_error("verify: no memory");
		return MSG_EXIT_FAILED;
	}
	v->end_ns = begun + (v->o->duration_ns ?: DURATION_NS);
	announce(v);
	err = try_each(v);
	if (!err && !v->o->single)
		err = try_pairs(v);
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	v->result.duration_ns = clock_ns(CLOCK_MONOTONIC) - begun;
	if (err == -EINTR)
		msg_error(
			"verify: interrupted; the pressure is lifted, and what was found by then is told");
	else if (err == -ENOSPC)
		msg_note("verify: these are %d trials, and there are no more", VERIFY_TRIALS);
	return err && err != -ENOSPC ? MSG_EXIT_FAILED : MSG_EXIT_OK;
}

static int report(struct verify *v)
{
	if (v->o->json)
		render_json_print(render_verify_json(&v->result), true);
	else
		render_verify_text(&v->result);
	return verify_files_write(&v->files, &v->result) ?: verify_status(&v->result);
}

/* What can be wrong with what was asked for, before anything is attached. */
static int prepare(struct verify *v)
{
	int status = verify_target_find(v->o, &v->target);

	v->session_options = *v->o;
	v->session_options.command = NULL;
	v->session_options.duration_ns = 0;
	v->result.device = v->target.name;
	v->result.path = v->target.path;
	v->result.command = v->o->command;
	v->result.begun = time(NULL);
	uname(&v->result.kernel);
	v->result.written = v->o->write;
	if (!status && pressure_can())
		status = MSG_EXIT_CANT;
	return status ?: verify_files_open(v->o, &v->files);
}

/* Privileges are kept: each trial asks the kernel to hold a pool. */
static int start(struct verify *v)
{
	int err = locked_memory();

	if (err)
		msg_note("memory is not locked (%s): where it runs out, this may be part of it",
			 strerror(-err));
	return run_start(&v->session_options, &v->session.run);
}

/* A pool that is not known was not tested, and a sleep that is not known may have been in vain. */
static int check_lost(struct verify *v)
{
	static const unsigned int kinds[] = { RECORD_LOST_POOLS, RECORD_LOST_WAITERS,
					      RECORD_LOST_FRAMES };
	const struct model_filter all = { 0 };
	struct read_snapshot after;
	struct model_report r;
	int status = session_report(&v->session, NULL, &all, false, &after, &r);
	size_t i;

	if (status)
		return status;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!r.lost[kinds[i]])
			continue;
		msg_note("not counted: %s %" PRIu64, model_lost_name(kinds[i]), r.lost[kinds[i]]);
		status = MSG_EXIT_LOST;
	}
	model_free(&r);
	read_free(&after);
	return status;
}

static int verify(struct verify *v)
{
	int status = session_open(&v->session_options, TRACE_CAUSES, &v->session), tried;

	status = status ?: start(v);
	if (!status)
		render_text_unseen(v->session.trace.probes);
	status = status ?: open_workload(v);
	status = status ?: run_baseline(v);
	if (!status) {
		tried = try_all(v);
		status = report(v);
		status = tried ?: status ?: check_lost(v);
	}
	workload_close(&v->workload);
	session_close(&v->session);
	return status;
}

static void forget(struct verify *v)
{
	size_t i;

	for (i = 0; i < v->result.nr_trials; i++)
		trial_free(&v->result.trials[i]);
	free(v->result.trials);
	trial_free(&v->baseline);
	free(v->candidates);
	model_free(&v->pools);
	read_free(&v->used);
	verify_files_close(&v->files);
}

static int run(const struct options *o)
{
	struct verify v = { .o = o };
	int status = prepare(&v);

	status = status ?: verify(&v);
	forget(&v);
	return status;
}

const struct options_command cmd_verify = {
	.name = "verify",
	.summary = "prove that a device makes progress with each of its pools exhausted",
	.doc = "Exhaust each pool that I/O to DEVICE needs, its own and those of the disks below, one after "
	       "another and then each two of them, while jobs read from DEVICE, or COMMAND runs; and tell "
	       "whether each job gets on: PROGRESS, SLOW (only by the retry after 5 s), STALL, with who waits "
	       "for whom, ERROR, BLOCKED by something else, or NOT TESTED. The pressure is lifted after each "
	       "trial, and all I/O must end then. Needs the bio_pressure module. DEVICE may be a path, or a "
	       "mount point. No other trial is begun after TIME (default 25). The exit status is 0 only if "
	       "all that was tested makes progress.",
	.takes = OPTIONS_BTF | OPTIONS_JSON | OPTIONS_TIME | OPTIONS_COMMAND | OPTIONS_VERIFY,
	.words = "DEVICE",
	.run = run,
};
