// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope list: every bio_set of the host, used or idle.
 */
#include <stdio.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "load/pools.h"
#include "read/read.h"
#include "render/render.h"
#include "run/session.h"

static int run(const struct options *o)
{
	struct read_snapshot snapshot = { 0 };
	struct model_report report = { 0 };
	struct pools *pools = NULL;
	const char *why;
	int err, status = MSG_EXIT_CANT;

	err = pools_open(&pools, false, NULL);
	err = err ?: pools_walk(pools);
	err = err ?: read_now(pools, NULL, NULL, &snapshot);
	if (err)
		goto out;
	status = session_check_filter(o, &snapshot);
	if (status)
		goto out;
	status = MSG_EXIT_FAILED;
	if (model_report(NULL, &snapshot, &o->filter, &report))
		goto out;
	if (o->json)
		render_json_print(render_json_report("list", &report, o->addresses), true);
	else
		render_text_list(&report, o->addresses);
	why = pools_incomplete(pools);
	if (why)
		msg_note("this may not be all: %s; other commands see a pool once it is used", why);
	render_text_lost(&report);
	/* To a tracer those without a slot are allocations that it counts apart; here they are what is asked for. */
	status = report.lost_total || report.lost[RECORD_LOST_POOLS] || why ? MSG_EXIT_LOST :
									      MSG_EXIT_OK;
out:
	model_free(&report);
	read_free(&snapshot);
	pools_close(pools);
	return status;
}

const struct options_command cmd_list = {
	.name = "list",
	.summary = "every pool: owner, reserve, level now, front_pad, rescuer, per-CPU cache",
	.doc = "List every bio_set of this host, used or idle.",
	.takes = OPTIONS_BTF | OPTIONS_JSON | OPTIONS_FILTER | OPTIONS_ADDRESS,
	.run = run,
};
