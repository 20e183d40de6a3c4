// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope doctor: what this host supports, what attaches, what is missing and how to get it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "run/cost.h"
#include "load/kernel_btf.h"
#include "load/ksyms.h"
#include "util/msg.h"
#include "util/refusal.h"
#include "load/pools.h"
#include "load/probes.h"
#include "model/event_kinds.h"
#include "render/render.h"
#include "load/trace.h"

#define CHECKS_MAX (PROBES + 16)

struct checks {
	struct render_check c[CHECKS_MAX];
	size_t n;
	bool usable; /* nothing that is required is missing */
};

__attribute__((format(printf, 6, 7))) static void add(struct checks *cs, const char *name, bool ok,
						      bool required, const char *state,
						      const char *fmt, ...)
{
	struct render_check *c = &cs->c[cs->n++];
	va_list ap;

	c->name = name;
	c->ok = ok;
	c->state = state;
	va_start(ap, fmt);
	vsnprintf(c->detail, sizeof(c->detail), fmt, ap);
	va_end(ap);
	if (!ok && required)
		cs->usable = false;
}

static void check_root(struct checks *cs)
{
	bool root = geteuid() == 0;

	add(cs, "privileges", root, true, root ? "ok" : "missing", "%s",
	    root ? "" : "not root: nothing can be attached; run with sudo");
}

static void check_btf(struct checks *cs)
{
	bool own = kernel_btf_is_own(), file = kernel_btf_path();

	add(cs, "kernel BTF", own, !file, own ? "ok" : "missing", "%s",
	    own ? "" :
	    file ?
		  "no /sys/kernel/btf/vmlinux: only kprobes can be attached" :
		  "no /sys/kernel/btf/vmlinux: needs CONFIG_DEBUG_INFO_BTF, or a file of its types given with "
		  "--btf");
}

static void check_lockdown(struct checks *cs)
{
	int strict = refusal_lockdown();

	if (strict == -ENOTDIR)
		add(cs, "lockdown", false, false, "unknown", "%s",
		    "securityfs is not mounted at /sys/kernel/security");
	else if (strict < 0)
		add(cs, "lockdown", false, false, "unknown",
		    "cannot read /sys/kernel/security/lockdown: %s", strerror(-strict));
	else
		add(cs, "lockdown", !strict, true, strict ? "failed" : "ok", "%s",
		    strict ? REFUSAL_LOCKDOWN : "");
}

static void check_symbols(struct checks *cs)
{
	struct ksyms_want rescue = { .name = "bio_alloc_rescue" };
	int err = ksyms_by_name(&rescue, 1);

	add(cs, "kernel addresses", !err, true, err ? "failed" : "ok", "%s%s",
	    err ? strerror(-err) : "",
	    err == -EPERM ? ": bpf_kallsyms_lookup_name(); set kernel.kptr_restrict to 1" : "");
	if (err)
		return;
	add(cs, "rescue work", rescue.addr, false, rescue.addr ? "ok" : "missing", "%s",
	    rescue.addr ? "" : "no bio_alloc_rescue: nothing is seen of rescuers");
}

/* What else a line says of a probe that is not attached. */
static void say_missed(const struct probe_result *results, size_t i, char *out, size_t size)
{
	size_t other = probe_covered(results, i);
	char why[PROBE_WHY];
	const char *reason = probe_reason(&results[i], why);

	snprintf(out, size, "%s%s; %s%s", reason[0] ? ": " : "", reason,
		 other < PROBES ? "not needed, the same is seen by " : "not seen without it: ",
		 other < PROBES ? probe_table[other].prog : probe_table[i].without);
}

/* There is nothing for it to see. */
static bool is_idle(const struct probe *p, const struct probe_result *r)
{
	return p->module && r->state == PROBE_OFF;
}

static void check_probes(struct checks *cs, const struct probe_result *results)
{
	char where[96], missed[2 * PROBE_WHY];
	size_t i;

	for (i = 0; i < PROBES; i++) {
		const struct probe *p = &probe_table[i];
		const struct probe_result *r = &results[i];
		bool attached = r->state == PROBE_ATTACHED;

		if (p->tracepoint)
			snprintf(where, sizeof(where), "tracepoint %s", p->tracepoint);
		else if (r->symbol && r->offset)
			snprintf(where, sizeof(where), "%s()+%#" PRIx64, r->symbol, r->offset);
		else
			snprintf(where, sizeof(where), "%s()",
				 r->symbol ? r->symbol : p->symbols[0]);
		missed[0] = '\0';
		if (is_idle(p, r))
			snprintf(missed, sizeof(missed), "; %s is not loaded", p->module);
		else if (!attached)
			say_missed(results, i, missed, sizeof(missed));
		add(cs, p->prog, is_idle(p, r) || probe_covered(results, i) < PROBES, p->required,
		    probe_state_name(r->state), "%s%s", where, missed);
	}
}

static void check_modules(struct checks *cs)
{
	bool pressure = !access("/dev/bio_pressure", F_OK);
	bool stack = !access("/sys/kernel/config/stack_blk", F_OK);

	add(cs, "bio_pressure", pressure, false, pressure ? "ok" : "missing", "%s",
	    pressure ? "" :
		       "only `bioscope pressure' needs it: modprobe bio_pressure (test hosts)");
	add(cs, "stack_blk", stack, false, stack ? "ok" : "missing", "%s",
	    stack ? "" : "only tests need it: modprobe stack_blk (test hosts)");
}

static void check_disks(struct checks *cs, const struct pools *pools)
{
	const char *why = pools_incomplete(pools);

	add(cs, "list of block devices", !why, false, why ? "partly" : "ok", "%s%s", why ?: "",
	    why ? ": pools of disks are only seen once they are used" : "");
}

/*
 * Loads and attaches everything for a moment: all that can be asked for, and then what is there only
 * where little is.
 */
static int try_tracers(const struct options *o, struct pools *pools,
		       struct probe_result results[PROBES])
{
	const struct trace_ask all = { .want = TRACE_WAYS | TRACE_TIMES | TRACE_FOLLOW,
				       .events = EVENT_KINDS_ALL,
				       .without = o->without };
	const struct trace_ask little = { .without = o->without };
	struct trace t;
	int err = trace_open(pools, &all, &t);
	size_t i;

	memcpy(results, t.probes, sizeof(t.probes));
	trace_close(&t);
	if (err)
		return err;
	err = trace_open(pools, &little, &t);
	for (i = 0; i < PROBES; i++)
		if (probe_table[i].cheap)
			results[i] = t.probes[i];
	trace_close(&t);
	return err;
}

static void check_tracer(struct checks *cs, const struct options *o)
{
	struct probe_result results[PROBES];
	struct pools *pools = NULL;
	int err = pools_open(&pools, true, NULL);

	err = err ?: pools_walk(pools);
	add(cs, "walk of the host's bio_sets", !err, true, err ? "failed" : "ok", "%s",
	    err ? strerror(-err) : "");
	if (err)
		return;
	check_disks(cs, pools);
	err = try_tracers(o, pools, results);
	add(cs, "tracer", !err, true, err ? "failed" : "ok", "%s", err ? strerror(-err) : "");
	check_probes(cs, results);
	pools_close(pools);
}

static int run_cost(const struct options *o)
{
	struct cost costs[PROBES];
	unsigned int n = 0;
	int status = cost_measure(o, costs, &n);

	if (!n)
		return status;
	if (o->json)
		render_json_print(render_json_cost(costs, n), true);
	else
		render_text_cost(costs, n);
	return status;
}

static int run(const struct options *o)
{
	struct checks cs = { .usable = true };

	if (o->cost)
		return run_cost(o);
	if (o->duration_ns || o->command || o->latency || o->lean) {
		msg_error("doctor: only --cost takes a time, a COMMAND, --latency or --lean");
		return MSG_EXIT_USAGE;
	}
	check_root(&cs);
	check_btf(&cs);
	check_lockdown(&cs);
	check_symbols(&cs);
	if (cs.usable)
		check_tracer(&cs, o);
	check_modules(&cs);
	if (o->json)
		render_json_print(render_json_doctor(cs.c, cs.n), true);
	else
		render_text_doctor(cs.c, cs.n);
	return cs.usable ? MSG_EXIT_OK : MSG_EXIT_CANT;
}

const struct options_command cmd_doctor = {
	.name = "doctor",
	.summary = "what this host supports, what attaches, what is missing and how to get it",
	.doc = "Check privileges and kernel, load and attach every probe for a moment, and say what "
	       "would not be seen. Exits with 3 if tracing is not possible here. With --cost, trace for TIME "
	       "or while COMMAND runs, and say how often each probe ran and how long that took, as the "
	       "kernel measures it (bpf_stats).",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_JSON | OPTIONS_TIME | OPTIONS_COMMAND |
		 OPTIONS_COST | OPTIONS_LATENCY | OPTIONS_LEAN,
	.run = run,
};
