// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel itself says that the tracer's programs cost.
 */
#include "run/cost.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "util/msg.h"
#include "run/session.h"

#define DEFAULT_NS 5000000000ULL

/* Takes away what it had cost before, if it was attached then. */
static void take_before(struct cost *c, const struct cost *before, unsigned int n)
{
	for (; n; n--, before++) {
		if (strcmp(before->prog, c->prog))
			continue;
		c->runs -= before->runs;
		c->ns -= before->ns;
		c->skipped -= before->skipped;
	}
}

static unsigned int read_costs(const struct trace *t, struct cost out[PROBES])
{
	unsigned int i, n = 0;

	for (i = 0; i < PROBES; i++) {
		struct trace_cost c;

		if (trace_cost(t, i, &c))
			continue;
		out[n].prog = probe_table[i].prog;
		out[n].runs = c.runs;
		out[n].ns = c.ns;
		out[n++].skipped = c.skipped;
	}
	return n;
}

int cost_measure(const struct options *o, struct cost out[PROBES], unsigned int *n)
{
	struct options with_end = *o;
	struct cost before[PROBES];
	struct session s;
	unsigned int i, nr_before = 0;
	int status, fd = -1;

	if (!o->duration_ns && !o->command)
		with_end.duration_ns = DEFAULT_NS;
	status = session_open(&with_end, o->latency ? TRACE_TIMES : 0, &s);
	if (!status) {
		fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		if (fd < 0) {
			msg_error("the kernel does not measure BPF programs: %s; that takes root",
				  strerror(errno));
			status = MSG_EXIT_CANT;
		}
	}
	if (!status) {
		nr_before = read_costs(&s.trace, before);
		status = session_start(&with_end, &s);
	}
	if (!status) {
		session_run(&s, &with_end, NULL, NULL);
		*n = read_costs(&s.trace, out);
		for (i = 0; i < *n; i++)
			take_before(&out[i], before, nr_before);
		status = run_status(&s.run);
	}
	session_close(&s);
	if (fd >= 0)
		close(fd);
	return status;
}
