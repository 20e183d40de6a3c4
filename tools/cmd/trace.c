// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope trace: what is rare, as it happens.
 */
#include <stdio.h>

#include <json-c/json.h>

#include "cmd/commands.h"
#include "cmd/lost.h"
#include "model/event_kinds.h"
#include "run/events.h"
#include "util/msg.h"
#include "util/out.h"
#include "render/render.h"
#include "render/event.h"
#include "run/session.h"

static void print_json(struct json_object *obj)
{
	puts(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

static void print(void *arg, const struct event *e)
{
	const struct options *o = arg;

	if (!e)
		out_is_lost();
	else if (o->json)
		print_json(e->lost ? render_event_lost_json(e) : render_event_json(e));
	else
		render_event_text(e, o->relative);
}

static int run(const struct options *o)
{
	struct options with_events = *o;
	struct events *ev = NULL;
	struct session s;
	int status;

	if (!o->events)
		with_events.events = EVENT_KINDS_ALL;
	status = session_open(&with_events, 0, &s);
	if (!status && events_open(o, &s, print, &with_events, &ev))
		status = MSG_EXIT_FAILED;
	if (!status && !o->json)
		render_event_head();
	if (!status)
		render_text_unseen(s.trace.probes);
	status = status ?: session_start(o, &s);
	if (!status)
		status = events_run(ev) ? MSG_EXIT_FAILED : lost_events(o, &s);
	events_close(ev);
	session_close(&s);
	return status;
}

const struct options_command cmd_trace = {
	.name = "trace",
	.summary =
		"use of reserves, waits, failures, punts and rescues, as they happen, with stacks",
	.doc = "Print a line for each element taken from a reserve (dip) and given back (refill), reserve "
	       "found empty (dry), wait begun and ended (wait, waited), failed allocation (failed), bios "
	       "handed to a rescuer (punt), run of one (rescue, rescued), sleep during which no element "
	       "came back (stall), pool made and destroyed (created, gone), and begin and end of pressure by "
	       "bio_pressure (pressure, lifted). With --json, one object per line.",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_JSON | OPTIONS_FILTER | OPTIONS_TIME |
		 OPTIONS_COMMAND | OPTIONS_EVENTS,
	.run = run,
};
