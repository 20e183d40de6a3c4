// SPDX-License-Identifier: GPL-2.0
/*
 * One trial of verify.
 */
#include "run/trial.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "run/pressure.h"
#include "util/clock.h"
#include "util/msg.h"

#define LOOK_NS 20000000ULL
#define SUSPECT_NS 4000000000ULL /* in one I/O: somebody may sleep in mempool_alloc() for 5 s */
#define ASK_NS 200000000ULL /* between two looks at who waits, and at what is done */

struct holding {
	struct session *s;
	struct workload *w;
	struct verify_trial *t;
	int fds[VERIFY_HELD];
	size_t n;
	uint64_t begun_ns;
	uint64_t asked_ns;
	uint64_t sleeping_ns; /* that one sleeps for one of the pools, and no element came back */
	uint64_t done; /* by the disks, and refused, as last looked at, */
	uint64_t done_ns; /* and when that last changed */
};

static void lift(struct holding *h)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		pressure_lift(h->fds[i]);
		close(h->fds[i]);
	}
	h->n = 0;
}

static int arm(struct holding *h, const struct model_pool *const *pools)
{
	size_t i;

	for (i = 0; i < h->t->nr_pools; i++) {
		h->fds[i] = pressure_arm(pools[i], h->s->o, PRESSURE_MAX_MS);
		if (h->fds[i] < 0)
			return h->fds[i];
		h->n++;
	}
	h->t->seen.held = true;
	return 0;
}

static bool is_held(const struct verify_trial *t, uint32_t slot)
{
	size_t i;

	for (i = 0; i < t->nr_pools; i++)
		if (t->slots[i] == slot)
			return true;
	return false;
}

/* Who waits for the pools. Return: for how long one of them does so in vain. */
static uint64_t count_waiters(struct verify_trial *t, const struct model_report *r)
{
	uint64_t longest = 0;
	size_t i;

	t->seen.waiting = 0;
	for (i = 0; i < r->nr_waiters; i++) {
		const struct model_waiter *w = &r->waiters[i];

		if (!is_held(t, w->rec->slot))
			continue;
		t->seen.waiting++;
		if (w->stuck_ns > longest)
			longest = w->stuck_ns;
	}
	if (longest > t->seen.slept_ns)
		t->seen.slept_ns = longest;
	return longest;
}

static void ask_who_waits(struct holding *h)
{
	const struct model_filter all = { 0 };
	struct read_snapshot snapshot;
	struct model_report r;

	h->sleeping_ns = 0;
	if (!h->t->nr_pools || session_report(h->s, &h->s->start, &all, false, &snapshot, &r))
		return;
	h->sleeping_ns = count_waiters(h->t, &r);
	model_free(&r);
	read_free(&snapshot);
}

/* What disks complete, and also what is allocated, shows that something goes on. */
static void ask_what_is_done(struct holding *h, uint64_t now)
{
	uint64_t done = workload_done(h->w);
	struct pressure_stats stats;
	size_t i;

	for (i = 0; i < h->n; i++)
		if (!pressure_read(h->fds[i], &stats))
			done += stats.refused;
	if (done == h->done)
		return;
	h->done = done;
	h->done_ns = now;
}

/*
 * Whether nothing goes on: somebody sleeps for two sleeps of mempool_alloc() in vain, whatever others do; or
 * an I/O is not done, and nothing else is, either. One that needs many elements may well take long.
 */
static bool is_stuck(struct holding *h, const struct workload_state *state, uint64_t now)
{
	if (now - h->asked_ns >= ASK_NS) {
		h->asked_ns = now;
		ask_what_is_done(h, now);
		if (state->longest_ns > SUSPECT_NS)
			ask_who_waits(h);
	}
	return h->sleeping_ns >= VERIFY_STUCK_NS ||
	       (state->longest_ns >= VERIFY_STUCK_NS && now - h->done_ns >= VERIFY_STUCK_NS);
}

/* Until it is known how it ends. Returns 0, or -EINTR. */
static int watch(struct holding *h)
{
	struct workload_state state;
	uint64_t now;

	for (;;) {
		if (!session_wait(h->s, LOOK_NS))
			return -EINTR;
		now = clock_ns(CLOCK_MONOTONIC);
		workload_look(h->w, &state);
		h->t->seen.ended = state.ended;
		if (is_stuck(h, &state, now)) {
			h->t->seen.stuck = state.waiting ?: 1;
			return 0;
		}
		if (state.failed || now - h->begun_ns > TRIAL_MOST_NS)
			return 0;
		if (state.ended && (h->w->ask.command || now - h->begun_ns > TRIAL_LEAST_NS))
			return 0;
	}
}

static void read_pressure(struct holding *h)
{
	struct pressure_stats stats;
	size_t i;

	for (i = 0; i < h->n; i++) {
		if (pressure_read(h->fds[i], &stats)) {
			h->t->seen.held = false;
			continue;
		}
		h->t->seen.refused[i] = stats.refused;
		h->t->seen.missed[i] = stats.missed;
		h->t->seen.held &= stats.state == PRESSURE_HELD;
		h->t->seen.gone |= stats.state == PRESSURE_GONE;
	}
}

/* While it lasts: who waits for what, and who has that. */
static void find_causes(struct holding *h)
{
	const struct model_filter all = { 0 };
	struct verify_trial *t = h->t;
	size_t i;

	if (session_report(h->s, &h->s->start, &all, true, &t->snapshot, &t->report))
		return;
	t->has_report = true;
	count_waiters(t, &t->report);
	for (i = 0; i < t->nr_pools && t->circle.end != CIRCLE_CLOSED; i++)
		if (circle_find(&t->report, t->names[i], &t->circle))
			msg_note("no memory to find out who waits for whom");
	t->seen.at_disk = t->circle.end == CIRCLE_DISK;
}

/* Jobs end by themselves once their I/O is done; COMMAND is given the same time, and then ended. */
static void recover(struct holding *h)
{
	uint64_t begun = clock_ns(CLOCK_MONOTONIC), now = begun;

	workload_stop(h->w);
	while (!workload_is_over(h->w) && now - begun < TRIAL_RECOVERY_NS) {
		if (!session_wait(h->s, LOOK_NS))
			usleep(LOOK_NS / 1000);
		now = clock_ns(CLOCK_MONOTONIC);
		if (h->s->over && now - begun > TRIAL_RECOVERY_NS / 10)
			workload_signal(h->w, SIGTERM);
	}
	h->t->recovered = workload_is_over(h->w);
	h->t->recovery_ns = now - begun;
	if (!h->t->recovered)
		workload_signal(h->w, SIGKILL);
}

/* Returns 0, -EINTR, or -errno if nothing more can be tried. */
static int hold(struct holding *h, const struct model_pool *const *pools)
{
	struct verify_trial *t = h->t;
	int err;

	/* What cannot be held is said, and others may be. */
	if (arm(h, pools))
		return 0;
	h->begun_ns = clock_ns(CLOCK_MONOTONIC);
	h->done_ns = h->begun_ns;
	workload_go(h->w);
	err = watch(h);
	read_pressure(h);
	if (!err && t->seen.stuck)
		find_causes(h);
	lift(h);
	recover(h);
	workload_result(h->w, &t->seen.work);
	if (!err && t->recovered && h->w->ask.write) {
		err = workload_check(h->w, TRIAL_CHECK_NS, &t->blocks);
		t->checked = !err;
	}
	return err;
}

int trial_run(struct session *s, struct workload *w, const struct model_pool *const *pools,
	      struct verify_trial *t)
{
	struct holding h = { .s = s, .w = w, .t = t };
	int err;

	t->begun = true;
	err = workload_start(w);
	if (!err)
		err = hold(&h, pools);
	lift(&h);
	if (!workload_is_over(w)) {
		workload_stop(w);
		recover(&h);
	}
	verify_judge(t);
	return err;
}

void trial_free(struct verify_trial *t)
{
	if (!t->has_report)
		return;
	model_free(&t->report);
	read_free(&t->snapshot);
	t->has_report = false;
}
