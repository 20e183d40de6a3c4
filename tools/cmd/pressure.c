// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope pressure: hold one pool exhausted while a command runs, and report what that did.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <json-c/json.h>

#include "model/choice.h"
#include "read/causes.h"
#include "read/stacks.h"
#include "cmd/commands.h"
#include "run/pressure.h"
#include "render/render.h"
#include "run/session.h"
#include "util/msg.h"

#define NS_PER_MS 1000000ULL

/* What is held. */
struct holding {
	const struct options *o;
	const struct model_pool *target;
	int fd;
	bool live; /* say what it does while it lasts */
	struct pressure_stats stats; /* as last read */
};

/* The one pool to hold, or NULL, with a message that names what there is. */
static const struct model_pool *choose(const struct options *o, const struct read_snapshot *s,
				       const struct model_report *r)
{
	struct choice c;
	size_t i;

	choice_one(s, &o->filter, o->device, &c);
	choice_print(stderr, &c);
	for (i = 0; c.kind == CHOICE_FOUND && i < r->nr_pools; i++)
		if (r->pools[i].slot == c.slot)
			return &r->pools[i];
	return NULL;
}

static void render(const struct holding *h, const struct model_report *r)
{
	struct json_object *obj;

	if (h->o->json) {
		obj = render_json_report("pressure", r, false);
		json_object_object_add(
			obj, "pressure",
			render_json_pressure(h->target->name, &h->stats, h->o->rate_ppm));
		render_json_print(obj, true);
		return;
	}
	printf("pressure on %s: %" PRIu64 " of %" PRIu64 " allocations refused, seed %" PRIu64 "\n",
	       h->target->name, h->stats.refused, h->stats.refused + h->stats.spared,
	       h->stats.seed);
	render_text_latency(r);
	render_text_blocked(r);
	render_text_in_flight(r);
	render_text_waiters(r);
}

/* COMMAND ran on without pressure, or would have. */
static bool outlived(const struct holding *h, const struct run *run)
{
	if (!h->o->command || run->interrupted)
		return false;
	return h->stats.state == PRESSURE_TIME_OVER || (!h->o->until_stall && !run->child_done);
}

/* What a test that relies on the pressure must not take for a success. */
static int check_held(const struct holding *h, const struct run *run, const struct model_report *r)
{
	const struct pressure_stats *st = &h->stats;
	const char *name = h->target->name;
	uint64_t used = r->nr_pools ? r->pools[0].allocs : 0;

	/* A new pool may have its name, but is not the one that was held. */
	if (st->state == PRESSURE_GONE) {
		msg_error("pressure: %s went away while it was held, and the pressure with it",
			  name);
		return MSG_EXIT_FAILED;
	}
	if (outlived(h, run)) {
		msg_error("pressure: the time was over before COMMAND ended");
		return MSG_EXIT_FAILED;
	}
	if (st->state == PRESSURE_SLEPT) {
		msg_error("pressure: lifted, because the machine went to sleep");
		return MSG_EXIT_FAILED;
	}
	if (st->refused)
		return MSG_EXIT_OK;
	if (used || st->spared || st->excluded || st->missed) {
		msg_error("pressure: %s was used, and nothing was refused: of %" PRIu64
			  " allocations %" PRIu64 " were spared, %" PRIu64 " excluded, %" PRIu64
			  " missed; the others came from a per-CPU cache",
			  name, used, st->spared, st->excluded, st->missed);
		return MSG_EXIT_FAILED;
	}
	msg_note("pressure: nobody used %s meanwhile", name);
	return MSG_EXIT_OK;
}

static void note_missed(const struct pressure_stats *st)
{
	if (st->missed)
		msg_note("pressure: %" PRIu64 " allocations were missed, and not refused: %" PRIu64
			 " for want of marks, %" PRIu64 " within other tracers, %" PRIu64
			 " had begun before",
			 st->missed, st->missed_overflow, st->missed_recursion, st->missed_before);
}

/*
 * Reports on the pool held only, and on the time since @armed: what was under pressure. Lifts once it
 * is known who waits, or, for who has interrupted it, at once: then what follows is in it, too.
 */
static int report(struct holding *h, struct session *s, const struct read_snapshot *armed)
{
	struct model_filter only = { .mempool = h->target->mempool };
	struct read_snapshot after;
	struct model_report r;
	int status;

	if (s->run.interrupted)
		pressure_lift(h->fd);
	if (read_now(s->pools, &s->trace, &s->gone, &after))
		return MSG_EXIT_FAILED;
	causes_read(&s->trace, &after);
	pressure_lift(h->fd);
	status = pressure_read(h->fd, &h->stats) ? MSG_EXIT_FAILED : MSG_EXIT_OK;
	close(h->fd);
	h->fd = -1;
	stacks_read(&s->trace, &after);
	if (!status && model_report(armed, &after, &only, &r))
		status = MSG_EXIT_FAILED;
	if (!status) {
		render(h, &r);
		render_text_unseen(r.probes);
		render_text_lost(&r);
		note_missed(&h->stats);
		status = check_held(h, &s->run, &r);
		status = run_status(&s->run) ?: status ?: session_status(s, &r);
		if (!status && h->stats.missed)
			status = MSG_EXIT_LOST;
		model_free(&r);
	}
	read_free(&after);
	return status;
}

/* On a terminal, one line that is written anew. */
static void show_live(void *arg)
{
	struct holding *h = arg;
	const struct pressure_stats *st = &h->stats;

	if (!h->live || pressure_read(h->fd, &h->stats))
		return;
	fprintf(stderr, "\r%s: %" PRIu64 " refused, %" PRIu64 " spared, %" PRIu64 " missed; ",
		h->target->name, st->refused, st->spared + st->excluded, st->missed);
	if (st->state == PRESSURE_HELD)
		fprintf(stderr, "%" PRIu32 " s left \033[K", (st->remaining_ms + 999) / 1000);
	else
		fprintf(stderr, "lifted \033[K");
}

static int hold(const struct options *o, struct session *s, const struct model_pool *target)
{
	uint64_t ms = o->duration_ns ? o->duration_ns / NS_PER_MS : PRESSURE_MAX_MS;
	struct holding h = { .o = o, .target = target, .live = isatty(STDERR_FILENO) };
	struct read_snapshot armed = { 0 };
	int status;

	h.fd = pressure_arm(target, o, (uint32_t)ms);
	if (h.fd == -EBUSY || h.fd == -EINVAL || h.fd == -ESRCH)
		return MSG_EXIT_FAILED;
	if (h.fd < 0)
		return MSG_EXIT_CANT;
	status = read_now(s->pools, &s->trace, &s->gone, &armed) ? MSG_EXIT_FAILED : MSG_EXIT_OK;
	status = status ?: session_start(o, s);
	if (!status) {
		session_run(s, o, show_live, &h);
		if (h.live)
			fputs("\r\033[K", stderr);
		status = report(&h, s, &armed);
	}
	if (h.fd >= 0)
		close(h.fd);
	read_free(&armed);
	return status;
}

static int run(const struct options *o)
{
	struct model_report now = { 0 };
	const struct model_pool *target;
	struct session s;
	int status;

	if (o->duration_ns > PRESSURE_MAX_MS * NS_PER_MS) {
		msg_error("pressure: the time must be at most 10m");
		return MSG_EXIT_USAGE;
	}
	status = session_open(o, TRACE_TIMES, &s);
	if (!status && model_report(NULL, &s.start, &o->filter, &now))
		status = MSG_EXIT_FAILED;
	if (!status) {
		target = choose(o, &s.start, &now);
		status = target ? hold(o, &s, target) : MSG_EXIT_USAGE;
	}
	model_free(&now);
	session_close(&s);
	return status;
}

const struct options_command cmd_pressure = {
	.name = "pressure",
	.summary = "hold a pool exhausted while a command runs (needs the bio_pressure module)",
	.doc = "Refuse the elements of one pool, so that its allocations live off its reserve, for TIME or "
	       "while COMMAND runs; then report what happened. The pressure ends with this process, "
	       "however that ends, and after 10 minutes at the latest.",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_JSON | OPTIONS_FILTER | OPTIONS_TIME |
		 OPTIONS_COMMAND | OPTIONS_PRESSURE | OPTIONS_STALL | OPTIONS_LEAN | OPTIONS_EXACT,
	.run = run,
};
