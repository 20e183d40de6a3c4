// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope latency: where allocations went and how long they, waits and rescuers took.
 */
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/lost.h"
#include "util/msg.h"
#include "render/render.h"
#include "run/session.h"

static int report(const struct options *o, struct session *s)
{
	struct read_snapshot after;
	struct model_report r;
	int status = session_report(s, &s->start, &o->filter, true, &after, &r);

	if (status)
		return status;
	if (o->json) {
		render_json_print(render_json_report("latency", &r, false), true);
	} else {
		render_text_latency(&r);
		render_text_disks(&r);
		render_text_blocked(&r);
		render_text_in_flight(&r);
		render_text_waiters(&r);
		render_text_holders(&r);
	}
	render_text_unseen(r.probes);
	return lost_end(o, s, &after, &r);
}

static int run(const struct options *o)
{
	struct session s;
	int status = session_open(o, TRACE_TIMES, &s);

	status = status ?: session_start(o, &s);
	if (!status) {
		session_run(&s, o, NULL, NULL);
		status = report(o, &s);
	}
	session_close(&s);
	return status;
}

const struct options_command cmd_latency = {
	.name = "latency",
	.summary =
		"percentiles of allocation, wait, rescuer and bio lifetime per pool, and of disks",
	.doc = "Report for each used pool the ways its allocations went, and percentiles of how "
	       "long allocations, waits for the reserve, and the rescuer's wakeup and run took, and its "
	       "bios lived; for each disk, how long it took for a bio, from when that was queued to "
	       "it to when it was complete; then who waits still, and where. Percentiles are at most 12.5% too high.",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_JSON | OPTIONS_FILTER | OPTIONS_TIME |
		 OPTIONS_COMMAND | OPTIONS_STALL | OPTIONS_LEAN | OPTIONS_EXACT,
	.run = run,
};
