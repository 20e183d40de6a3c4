// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope stat: one line per interval and used pool, as vmstat does.
 */
#include <stdio.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "util/out.h"
#include "render/render.h"
#include "run/session.h"

#define HEADER_EVERY 20 /* reports */

static void render(const struct options *o, const struct model_report *r, unsigned int n)
{
	if (o->json)
		render_json_print(render_json_report("stat", r, false), false);
	else
		render_text_stat(r, n % HEADER_EVERY == 0);
	render_text_alerts(r);
	render_text_lost(r);
}

/* Reports every interval; the last one, of what is left, too. */
static int loop(const struct options *o, struct session *s)
{
	struct read_snapshot before = s->start, after;
	struct model_report r;
	unsigned int n = 0;
	uint64_t lost = 0;
	bool more, stalled = false, gone = false;
	int status, missing;

	s->start = (struct read_snapshot){ 0 };
	do {
		size_t i;

		more = session_wait(s, o->interval_ns);
		status = session_report(s, &before, &o->filter, false, &after, &r);
		read_free(&before);
		if (status)
			return status;
		render(o, &r, n++);
		for (i = 0; i < r.nr_pools; i++)
			stalled |= r.pools[i].stalled;
		lost += r.lost_total;
		r.lost_total = lost;
		/* It may come back, under the same name. */
		missing = session_check_gone(o, &after, &gone);
		status = session_status(s, &r) ?: missing;
		model_free(&r);
		before = after;
	} while (more && !out_is_lost() && !(stalled && o->until_stall));
	read_free(&before);
	return status;
}

static int run(const struct options *o)
{
	struct session s;
	int status;

	if (o->pinned && (o->exact || o->without)) {
		msg_error(
			"stat: --exact and --without are of what is to be attached, which with --pinned "
			"nothing is; `bioscope pin' takes --without");
		return MSG_EXIT_USAGE;
	}
	status = session_open(o, 0, &s);
	if (!status)
		render_text_unseen(s.trace.probes);
	status = status ?: session_start(o, &s);
	status = status ?: loop(o, &s);
	session_close(&s);
	return status;
}

const struct options_command cmd_stat = {
	.name = "stat",
	.summary = "rates per pool, waits, p50/p99, punts, rescues: a line per interval",
	.doc = "Print what each used pool did, every interval. Times are of finished waits for the "
	       "reserve; `waiting' is how many tasks sleep for it now. With --json, one object per "
	       "line and interval. With --pinned, of what `bioscope pin' has left.",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_JSON | OPTIONS_FILTER | OPTIONS_TIME |
		 OPTIONS_COMMAND | OPTIONS_INTERVAL | OPTIONS_STALL | OPTIONS_EXACT |
		 OPTIONS_PINNED,
	.run = run,
};
