// SPDX-License-Identifier: GPL-2.0
/*
 * How a command ends: with what was not seen.
 */
#include "cmd/lost.h"

#include "render/render.h"

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

int lost_report(const struct options *o, struct session *s)
{
	struct read_snapshot after;
	struct model_report r;
	int status = session_report(s, &s->start, &o->filter, false, &after, &r);

	return status ?: lost_end(o, s, &after, &r);
}
