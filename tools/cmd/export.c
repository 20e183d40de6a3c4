// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope export: serve what the tracer counts to Prometheus.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/lost.h"
#include "util/msg.h"
#include "render/render.h"
#include "render/prometheus.h"
#include "run/serve.h"
#include "run/locked.h"
#include "run/session.h"

struct page {
	struct session *session;
	const struct options *o;
	struct prometheus_past past;
};

/* Counters only grow, so a page is everything since the start; Prometheus makes the rates. */
static int write_page(FILE *to, void *ctx)
{
	struct page *p = ctx;
	struct read_snapshot now;
	struct model_report r;

	if (session_report(p->session, NULL, &p->o->filter, false, &now, &r))
		return -EIO;
	/* These have no samples of their own, so all of them are in one. */
	model_all_gone(&now, &r.gone);
	render_prometheus(to, &r, &p->past);
	model_free(&r);
	read_free(&now);
	return 0;
}

static void hurry(void *server)
{
	serve_hurry(server);
}

static int serve(const struct options *o, struct session *s, struct serve *server,
		 struct page *page)
{
	int status = session_open(o, o->latency ? TRACE_TIMES : 0, s);

	status = status ?: session_start(o, s);
	if (!status && serve_start(server, write_page, page))
		status = MSG_EXIT_FAILED;
	if (!status) {
		render_text_unseen(s->trace.probes);
		msg_note("serving http://%s/metrics", o->listen);
		session_run(s, o, hurry, server);
		status = lost_report(o, s);
	}
	serve_stop(server);
	session_close(s);
	return status;
}

static int run(const struct options *o)
{
	struct page *page = calloc(1, sizeof(*page));
	struct serve *server;
	struct session s;
	int status;

	if (!page) {
		msg_error("cannot serve: %s", strerror(ENOMEM));
		return MSG_EXIT_FAILED;
	}
	page->session = &s;
	page->o = o;
	locked_need("/libmicrohttpd.so");
	/* Before anything is attached for it. */
	status = serve_listen(o->listen, &server);
	if (status)
		status = status == -EINVAL ? MSG_EXIT_USAGE : MSG_EXIT_FAILED;
	else
		status = serve(o, &s, server, page);
	free(page);
	return status;
}

const struct options_command cmd_export = {
	.name = "export",
	.summary = "serve the counters to Prometheus",
	.doc = "Serve all counters since the start as Prometheus metrics under /metrics, on the "
	       "loopback address unless told otherwise. What only --latency measures costs each bio "
	       "something, and is left out without it.",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_FILTER | OPTIONS_TIME | OPTIONS_COMMAND |
		 OPTIONS_LISTEN | OPTIONS_LATENCY | OPTIONS_LEAN | OPTIONS_EXACT,
	.run = run,
};
