// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope export: serve what the tracer counts to Prometheus.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "render/render.h"
#include "render/prometheus.h"
#include "run/serve.h"
#include "run/session.h"

/* What was last shown of a pool. */
struct shown {
	uint64_t since_ns; /* which tells it from others that had its slot */
	uint64_t ways[RECORD_WAYS];
	uint64_t waits;
};

struct page {
	struct session *session;
	const struct options *o;
	struct shown shown[RECORD_POOLS]; /* by slot */
	struct shown gone;
};

/*
 * What is a counter must not fall, or it seems to begin anew. An allocation is from the slab until
 * something else is seen of it, and a wait over until it goes on.
 */
static void keep_growing(struct shown *shown, struct model_pool *m)
{
	uint64_t *ways = shown->ways;
	unsigned int way;

	if (shown->since_ns != m->since_ns)
		*shown = (struct shown){ .since_ns = m->since_ns };
	for (way = 0; way < RECORD_WAYS; way++)
		ways[way] = m->way[way] = m->way[way] > ways[way] ? m->way[way] : ways[way];
	shown->waits = m->wait.count = m->wait.count > shown->waits ? m->wait.count : shown->waits;
}

/* Counters only grow, so a page is everything since the start; Prometheus makes the rates. */
static int write_page(FILE *to, void *ctx)
{
	struct page *p = ctx;
	struct read_snapshot now;
	struct model_report r;
	size_t i;

	if (session_report(p->session, NULL, &p->o->filter, false, &now, &r))
		return -EIO;
	for (i = 0; i < r.nr_pools; i++)
		keep_growing(&p->shown[r.pools[i].slot], &r.pools[i]);
	/* These have no samples of their own, so all of them are in one. */
	model_all_gone(&now, &r.gone);
	keep_growing(&p->gone, &r.gone.all);
	render_prometheus(to, &r);
	model_free(&r);
	read_free(&now);
	return 0;
}

static int serve(const struct options *o, struct session *s, struct page *page)
{
	struct serve *server = NULL;
	int status = session_open(o, o->latency ? TRACE_TIMES : 0, s);

	if (!status && serve_listen(o->listen, &server))
		status = MSG_EXIT_FAILED;
	status = status ?: session_start(o, s);
	if (!status && serve_start(server, write_page, page))
		status = MSG_EXIT_FAILED;
	if (!status) {
		render_text_unseen(s->trace.probes);
		msg_note("serving http://%s/metrics", o->listen);
		session_run(s, o, NULL, NULL);
		status = run_status(&s->run);
	}
	serve_stop(server);
	session_close(s);
	return status;
}

static int run(const struct options *o)
{
	struct page *page = calloc(1, sizeof(*page));
	struct session s;
	int status;

	if (!page) {
		msg_error("cannot serve: %s", strerror(ENOMEM));
		return MSG_EXIT_FAILED;
	}
	page->session = &s;
	page->o = o;
	status = serve(o, &s, page);
	free(page);
	return status;
}

const struct options_command cmd_export = {
	.name = "export",
	.summary = "serve the counters to Prometheus",
	.doc = "Serve all counters since the start as Prometheus metrics under /metrics, on the "
	       "loopback address unless told otherwise. What only --latency measures costs each bio "
	       "something, and is left out without it.",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_FILTER | OPTIONS_TIME | OPTIONS_LISTEN |
		 OPTIONS_LATENCY | OPTIONS_LEAN | OPTIONS_EXACT,
	.run = run,
};
