// SPDX-License-Identifier: GPL-2.0
/*
 * How a command ends: with what was not seen.
 */
#include "cmd/lost.h"

#include "load/probes.h"
#include "render/render.h"
#include "util/msg.h"

int lost_end(const struct options *o, struct session *s, struct read_snapshot *after,
	     struct model_report *r)
{
	bool gone = false;
	int status;

	render_text_lost(r);
	status = session_check_gone(o, after, &gone);
	status = session_status(s, r) ?: status;
	model_free(r);
	read_free(after);
	return status;
}

static bool lacks_events(const struct model_report *r)
{
	bool lacks = false;
	size_t i;

	for (i = 0; i < PROBES; i++)
		lacks |= r->skipped[i] && !probe_table[i].each;
	return lacks;
}

/* With @events, events that lack are of what was lost, too. */
static int end(const struct options *o, struct session *s, bool events)
{
	struct read_snapshot after;
	struct model_report r;
	int status = session_report(s, &s->start, &o->filter, false, &after, &r);

	if (status)
		return status;
	events = events && lacks_events(&r);
	status = lost_end(o, s, &after, &r);
	return status ?: events ? MSG_EXIT_LOST : MSG_EXIT_OK;
}

int lost_report(const struct options *o, struct session *s)
{
	return end(o, s, false);
}

int lost_events(const struct options *o, struct session *s)
{
	return end(o, s, true);
}
