// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope pressure: hold one pool exhausted while a command runs, and report what that did.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <json-c/json.h>

#include "choice.h"
#include "commands.h"
#include "msg.h"
#include "pressure.h"
#include "render.h"
#include "session.h"

#define MAX_NS 600000000000ULL /* bio_pressure lifts itself after that at the latest */

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

static void render(const struct options *o, const struct model_report *r, const char *target,
		   const struct pressure_stats *st)
{
	struct json_object *obj;

	if (o->json) {
		obj = render_json_report("pressure", r, false);
		json_object_object_add(obj, "pressure",
				       render_json_pressure(target, st, o->rate_ppm));
		render_json_print(obj, true);
		return;
	}
	printf("pressure on %s: %" PRIu64 " of %" PRIu64 " slab allocations refused\n", target,
	       st->refused, st->seen);
	render_text_latency(r);
	render_text_waiters(r);
}

/* A new pool may have its name, but is not the one that was held. COMMAND may have removed it. */
static int check_gone(const struct options *o, const struct model_pool *target,
		      const struct model_report *r)
{
	size_t i;

	for (i = 0; i < r->nr_pools; i++) {
		if (r->pools[i].slot != target->slot || !(r->pools[i].flags & RECORD_POOL_GONE))
			continue;
		msg_error("pressure: %s went away while it was held", target->name);
		return o->command ? MSG_EXIT_OK : MSG_EXIT_FAILED;
	}
	return MSG_EXIT_OK;
}

/* Reports on the pool held only, and on the time since @armed: what was under pressure. */
static int report(const struct options *o, struct session *s, const struct model_pool *target,
		  const struct read_snapshot *armed, int fd)
{
	struct model_filter only = { .device = target->device, .pool = target->pool };
	struct read_snapshot after;
	struct pressure_stats st;
	struct model_report r;
	int status;

	if (pressure_read(fd, &st))
		return MSG_EXIT_FAILED;
	status = session_report(s, armed, &only, true, &after, &r);
	if (status)
		return status;
	render(o, &r, target->name, &st);
	render_text_lost(&r);
	if (st.missed)
		msg_note("pressure: %" PRIu64 " allocations could not be decided on", st.missed);
	status = check_gone(o, target, &r);
	status = session_status(s, &r) ?: status;
	if (!status && st.missed)
		status = MSG_EXIT_LOST;
	model_free(&r);
	read_free(&after);
	return status;
}

static int hold(const struct options *o, struct session *s, const struct model_pool *target)
{
	uint64_t ns = o->duration_ns && o->duration_ns < MAX_NS ? o->duration_ns : MAX_NS;
	struct read_snapshot armed = { 0 };
	int fd, status;

	fd = pressure_arm(target->address, o->rate_ppm, (uint32_t)(ns / 1000000));
	if (fd < 0)
		return MSG_EXIT_CANT;
	status = read_now(s->pools, &s->trace, &armed) ? MSG_EXIT_FAILED : MSG_EXIT_OK;
	status = status ?: session_start(o, s);
	if (!status) {
		session_run(s, o);
		status = report(o, s, target, &armed, fd);
	}
	close(fd);
	read_free(&armed);
	return status;
}

static int run(const struct options *o)
{
	struct model_report now = { 0 };
	const struct model_pool *target;
	struct session s;
	int status = session_open(o, true, &s);

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
	.doc = "Refuse slab allocations of one bio_set, so that it lives off its reserve, for TIME or "
	       "while COMMAND runs; then report what happened. The pressure ends with this process, "
	       "however that ends, and after 10 minutes at the latest.",
	.takes = OPTIONS_BTF | OPTIONS_JSON | OPTIONS_FILTER | OPTIONS_TIME | OPTIONS_RATE |
		 OPTIONS_STALL | OPTIONS_LEAN,
	.run = run,
};
