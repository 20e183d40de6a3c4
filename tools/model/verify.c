// SPDX-License-Identifier: GPL-2.0
/*
 * From what was seen of a trial to a verdict.
 */
#include "model/verify.h"

#include <stdio.h>
#include <string.h>

#include "util/msg.h"

/* The report, into which these point, may be gone before the trial. */
static void name_parts(const struct model_pool *p, struct pools_name *name)
{
	snprintf(name->device, sizeof(name->device), "%s", p->device ?: "");
	snprintf(name->pool, sizeof(name->pool), "%s", p->pool ?: "");
	snprintf(name->module, sizeof(name->module), "%s", p->module ?: "");
}

void verify_trial_init(struct verify_trial *t, const struct model_pool *const *pools, size_t n)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->nr_pools = n;
	for (i = 0; i < n; i++) {
		t->slots[i] = pools[i]->slot;
		t->reserves[i] = pools[i]->reserve;
		t->flags[i] = pools[i]->flags;
		t->bio_sets[i] = pools[i]->address != pools[i]->mempool;
		name_parts(pools[i], &t->parts[i]);
		snprintf(t->names[i], sizeof(t->names[i]), "%s", pools[i]->name);
	}
	t->verdict = VERIFY_NOT_TESTED;
	t->untested = VERIFY_NO_TIME;
}

bool verify_fails(const struct verify_trial *t)
{
	return (t->verdict != VERIFY_PROGRESS && t->verdict != VERIFY_NOT_TESTED) ||
	       (t->begun && !t->recovered) || t->blocks.damaged;
}

bool verify_breaks(const struct verify_trial *t)
{
	return t->verdict == VERIFY_STALL || t->verdict == VERIFY_SLOW ||
	       t->verdict == VERIFY_ERROR;
}

static void not_tested(struct verify_trial *t, enum verify_untested why)
{
	t->verdict = VERIFY_NOT_TESTED;
	t->untested = why;
}

static bool none_refused(const struct verify_trial *t)
{
	size_t i;

	for (i = 0; i < t->nr_pools; i++)
		if (t->seen.refused[i])
			return false;
	return true;
}

static bool all_refused(const struct verify_trial *t)
{
	size_t i;

	for (i = 0; i < t->nr_pools; i++)
		if (!t->seen.refused[i])
			return false;
	return true;
}

/* What is worst comes first: a job that is stuck may well be so beside one whose I/O failed. */
void verify_judge(struct verify_trial *t)
{
	const struct verify_seen *s = &t->seen;

	if (s->stuck && s->waiting && !s->at_disk)
		t->verdict = VERIFY_STALL;
	else if (s->work.errors && !(s->stuck && none_refused(t)))
		t->verdict = VERIFY_ERROR;
	else if (s->stuck)
		t->verdict = VERIFY_BLOCKED;
	else if (s->gone)
		not_tested(t, VERIFY_GONE);
	else if (!s->held)
		not_tested(t, VERIFY_NOT_HELD);
	else if (none_refused(t))
		not_tested(t, VERIFY_NOT_REFUSED);
	else if (!all_refused(t))
		not_tested(t, VERIFY_NOT_ALL_REFUSED);
	else if (!s->ended)
		not_tested(t, VERIFY_NOT_ENDED);
	else if (!s->work.ios)
		not_tested(t, VERIFY_NO_IO);
	else
		t->verdict = s->slept_ns >= VERIFY_SLEPT_NS && !s->slow_anyway ? VERIFY_SLOW :
										 VERIFY_PROGRESS;
}

enum verify_verdict verify_worst(const struct verify_result *r)
{
	enum verify_verdict worst = VERIFY_NOT_TESTED;
	bool progress = false;
	size_t i;

	for (i = 0; i < r->nr_trials; i++) {
		if (r->trials[i].verdict > worst)
			worst = r->trials[i].verdict;
		progress |= r->trials[i].verdict == VERIFY_PROGRESS;
	}
	return progress && worst == VERIFY_NOT_TESTED ? VERIFY_PROGRESS : worst;
}

int verify_status(const struct verify_result *r)
{
	size_t i;

	for (i = 0; i < r->nr_trials; i++)
		if (verify_fails(&r->trials[i]))
			return MSG_EXIT_FAILED;
	return verify_worst(r) == VERIFY_NOT_TESTED ? MSG_EXIT_CANT : MSG_EXIT_OK;
}

const char *verify_name(enum verify_verdict verdict)
{
	static const char *const names[VERIFY_VERDICTS] = {
		[VERIFY_PROGRESS] = "PROGRESS", [VERIFY_NOT_TESTED] = "NOT TESTED",
		[VERIFY_SLOW] = "SLOW",		[VERIFY_BLOCKED] = "BLOCKED",
		[VERIFY_ERROR] = "ERROR",	[VERIFY_STALL] = "STALL",
	};

	return names[verdict];
}

const char *verify_why(enum verify_untested untested)
{
	static const char *const why[VERIFY_UNTESTEDS] = {
		[VERIFY_UNUSED] = "the workload takes nothing from it",
		[VERIFY_NOT_REFUSED] = "nothing was refused",
		[VERIFY_NOT_ALL_REFUSED] = "of one of them nothing was refused",
		[VERIFY_NOT_HELD] = "it could not be held exhausted",
		[VERIFY_GONE] = "it was destroyed while it was exhausted",
		[VERIFY_NO_IO] = "its disk has counted no I/O",
		[VERIFY_NOT_ENDED] = "the workload did not end in time, nor was it stuck",
		[VERIFY_NO_TIME] = "the time was over",
	};

	return why[untested];
}

uint64_t verify_rate(const struct verify_work *w)
{
	return w->duration_ns ? (uint64_t)((double)w->ios * 1e9 / (double)w->duration_ns + 0.5) : 0;
}
