// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope doctor: what this host supports, what attaches, what is missing and how to get it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ksyms.h"
#include "msg.h"
#include "pools.h"
#include "probes.h"
#include "render.h"
#include "trace.h"

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
	bool there = !access("/sys/kernel/btf/vmlinux", R_OK);

	add(cs, "kernel BTF", there, true, there ? "ok" : "missing", "%s",
	    there ? "" : "no /sys/kernel/btf/vmlinux: needs CONFIG_DEBUG_INFO_BTF");
}

static void check_lockdown(struct checks *cs)
{
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");
	char text[128] = "";
	bool strict;

	if (f) {
		if (!fgets(text, sizeof(text), f))
			text[0] = '\0';
		fclose(f);
	}
	strict = strstr(text, "[confidentiality]") != NULL;
	add(cs, "lockdown", !strict, true, strict ? "failed" : "ok", "%s",
	    strict ? "confidentiality mode forbids reading kernel memory; boot with "
		     "lockdown=integrity or none" :
		     "");
}

static void check_kallsyms(struct checks *cs)
{
	struct ksyms_want want[] = { { .name = "blockdev_superblock" },
				     { .name = "bio_alloc_rescue" } };
	int err = ksyms_by_name(want, 2);

	add(cs, "kernel addresses", !err, true, err ? "failed" : "ok", "%s%s",
	    err ? strerror(-err) : "", err ? ": /proc/kallsyms; set kernel.kptr_restrict to 1" : "");
	if (err)
		return;
	add(cs, "list of block devices", want[0].addr, false, want[0].addr ? "ok" : "missing", "%s",
	    want[0].addr ? "" : "no blockdev_superblock: pools are only seen once they are used");
	add(cs, "rescue work", want[1].addr, false, want[1].addr ? "ok" : "missing", "%s",
	    want[1].addr ? "" : "no bio_alloc_rescue: nothing is seen of rescuers");
}

static void check_probes(struct checks *cs, const struct trace *t)
{
	size_t i;

	for (i = 0; i < PROBES; i++) {
		const struct probe *p = &probe_table[i];
		const struct probe_result *r = &t->probes[i];
		bool ok = r->state == PROBE_ATTACHED || (r->state == PROBE_MISSING && !p->required);

		add(cs, p->prog, ok, p->required, probe_state_name(r->state), "%s%s%s%s%s",
		    r->symbol ? r->symbol : "workqueue tracepoint", r->symbol ? "()" : "",
		    r->err ? ": " : "", r->err ? strerror(r->err) : "",
		    r->state == PROBE_ATTACHED ? "" : "; not seen without it: ");
		if (r->state != PROBE_ATTACHED) {
			char *detail = cs->c[cs->n - 1].detail;
			size_t len = strlen(detail);

			snprintf(detail + len, sizeof(cs->c[0].detail) - len, "%s", p->without);
		}
	}
}

static void check_modules(struct checks *cs)
{
	bool pressure = !access("/dev/bio_pressure", F_OK);
	bool stack = !access("/sys/kernel/config/stack_blk", F_OK);

	add(cs, "bio_pressure", pressure, false, pressure ? "ok" : "missing", "%s",
	    pressure ? "" : "only `bioscope pressure' needs it: modprobe bio_pressure (test hosts)");
	add(cs, "stack_blk", stack, false, stack ? "ok" : "missing", "%s",
	    stack ? "" : "only tests need it: modprobe stack_blk (test hosts)");
}

/* Loads and attaches everything for a moment. */
static void check_tracer(struct checks *cs)
{
	struct pools *pools = NULL;
	struct trace t = { 0 };
	int err = pools_open(&pools);

	add(cs, "walk of the host's bio_sets", !err, true, err ? "failed" : "ok", "%s",
	    err ? strerror(-err) : "");
	if (err)
		return;
	err = trace_open(pools, true, &t);
	add(cs, "tracer", !err, true, err ? "failed" : "ok", "%s", err ? strerror(-err) : "");
	check_probes(cs, &t);
	trace_close(&t);
	pools_close(pools);
}

static int run(const struct options *o)
{
	struct checks cs = { .usable = true };

	check_root(&cs);
	check_btf(&cs);
	check_lockdown(&cs);
	check_kallsyms(&cs);
	if (cs.usable)
		check_tracer(&cs);
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
	       "would not be seen. Exits with 3 if tracing is not possible here.",
	.takes = OPTIONS_JSON,
	.run = run,
};
