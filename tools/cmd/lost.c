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

static bool lacks_events(const struct model_report *r, uint32_t wanted)
{
	bool lacks = false;
	size_t i;

	for (i = 0; i < PROBES; i++)
		lacks |= r->skipped[i] && probe_table[i].tells & wanted;
	return lacks;
}

/* Of these events, those that lack are of what was lost, too. */
static int end(const struct options *o, struct session *s, uint32_t events)
{
	struct read_snapshot after;
	struct model_report r;
	bool lacks;
	int status = session_report(s, &s->start, &o->filter, false, &after, &r);

	if (status)
		return status;
	lacks = lacks_events(&r, events);
	status = lost_end(o, s, &after, &r);
	return status ?: lacks ? MSG_EXIT_LOST : MSG_EXIT_OK;
}

int lost_report(const struct options *o, struct session *s)
{
	return end(o, s, 0);
}

int lost_events(const struct options *o, struct session *s)
{
	return end(o, s, s->o->events);
}
