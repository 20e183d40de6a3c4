// SPDX-License-Identifier: GPL-2.0
/*
 * Which probes this kernel can have, and where.
 */
#include "load/targets.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "load/ksyms.h"
#include "util/msg.h"
#include "load/sites.h"
#include "trace.skel.h"

struct bpf_program *targets_program(const struct trace *t, size_t i)
{
	return bpf_object__find_program_by_name(t->skel->obj, probe_table[i].prog);
}

static int leave_out(struct trace *t, size_t i, enum probe_state state, int err)
{
	t->probes[i].state = state;
	t->probes[i].err = err;
	return bpf_program__set_autoload(targets_program(t, i), false);
}

/* Finds the place of a probe in the first of its functions that has it. */
static int choose_site(struct trace *t, size_t i)
{
	const struct probe *probe = &probe_table[i];
	int err = -ENOENT;
	size_t s;

	for (s = 0; s < 3 && probe->symbols[s]; s++) {
		t->probes[i].symbol = probe->symbols[s];
		err = sites_lookup(t->pools, probe->symbols[s], probe->call, &t->probes[i].offset);
		if (err != -ENOENT)
			break;
	}
	if (err)
		return leave_out(t, i, PROBE_MISSING, -err);
	if (probe->returned)
		t->probes[i].offset += SITES_CALL;
	return 0;
}

static bool is_tracing(const struct trace *t, size_t i)
{
	return bpf_program__type(targets_program(t, i)) == BPF_PROG_TYPE_TRACING;
}

static int find_symbol(const char *name)
{
	struct ksyms_want want = { .name = name };
	int err = ksyms_by_name(&want, 1);

	return err ?: want.addr ? 0 : -ENOENT;
}

/* A function that is traced has to be in BTF; a kprobe needs its symbol only. */
static int find_function(const struct trace *t, size_t i, const char *name)
{
	if (is_tracing(t, i))
		return pools_has_function(t->pools, name) ? 0 : -ENOENT;
	return find_symbol(name);
}

/* Picks the first of the probe's functions that this kernel has. */
static int choose_function(struct trace *t, size_t i)
{
	const struct probe *probe = &probe_table[i];
	int err = -ENOENT;
	size_t s;

	for (s = 0; s < 3 && probe->symbols[s] && err == -ENOENT; s++) {
		t->probes[i].symbol = probe->symbols[s];
		err = find_function(t, i, probe->symbols[s]);
	}
	if (err == -ENOENT) {
		t->probes[i].symbol = probe->symbols[0];
		return leave_out(t, i, PROBE_MISSING, 0);
	}
	if (!err && is_tracing(t, i))
		err = bpf_program__set_attach_target(targets_program(t, i), 0, t->probes[i].symbol);
	return err;
}

/* Whether what would be instead of probe @i is not needed: that one is there, or what it is for. */
static bool does_without(const struct trace *t, size_t i)
{
	while (!bpf_program__autoload(targets_program(t, i)) && probe_table[i].instead)
		i = probe_index(probe_table[i].instead);
	return bpf_program__autoload(targets_program(t, i));
}

/* Whether it was tried, in vain. */
static bool is_out(const struct trace *t, size_t i)
{
	return t->probes[i].state == PROBE_REFUSED || t->probes[i].state == PROBE_FAILED;
}

static bool has_module(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

static int choose_target(struct trace *t, size_t i)
{
	const struct probe *probe = &probe_table[i];

	if (!targets_program(t, i))
		return -ENOENT;
	if (probe->follows && !(t->ask.want & TRACE_FOLLOW))
		return leave_out(t, i, PROBE_OFF, 0);
	if (probe->events && !(t->ask.events & probe->events))
		return leave_out(t, i, PROBE_OFF, 0);
	if (probe->module && !has_module(probe->module))
		return leave_out(t, i, PROBE_OFF, 0);
	if (is_out(t, i))
		return leave_out(t, i, t->probes[i].state, t->probes[i].err);
	if (t->ask.without >> i & 1)
		return leave_out(t, i, PROBE_MISSING, ECANCELED);
	if ((probe->left_out && (t->ask.want & TRACE_EXACT)) || (probe->cheap && !t->failures_late))
		return leave_out(t, i, PROBE_OFF, 0);
	if (t->by_kprobe && is_tracing(t, i)) {
		t->probes[i].symbol = probe->symbols[0];
		return leave_out(t, i, PROBE_MISSING, ENOTSUP);
	}
	if (probe->tracepoint && !probe->module &&
	    !pools_has_tracepoint(t->pools, probe->tracepoint))
		return leave_out(t, i, PROBE_MISSING, 0);
	if (probe->tracepoint && probe->symbols[0] && find_symbol(probe->symbols[0]))
		return leave_out(t, i, PROBE_MISSING, ENOENT);
	if (probe->instead && does_without(t, probe_index(probe->instead)))
		return leave_out(t, i, PROBE_OFF, 0);
	if (probe->call)
		return choose_site(t, i);
	return probe->tracepoint ? 0 : choose_function(t, i);
}

/* Whether the program that probe @i needs is not to be loaded. */
static bool lacks_need(const struct trace *t, size_t i)
{
	const char *needs = probe_table[i].needs;

	return needs && bpf_program__autoload(targets_program(t, i)) &&
	       !bpf_program__autoload(targets_program(t, probe_index(needs)));
}

/* Leaves out what needs something that is left out, until there is none. */
static int prune(struct trace *t)
{
	size_t i = 0;
	int err;

	while (i < PROBES) {
		if (!lacks_need(t, i)) {
			i++;
			continue;
		}
		err = leave_out(t, i, PROBE_MISSING, 0);
		if (err)
			return err;
		t->probes[i].lacks = probe_table[i].needs;
		i = 0;
	}
	return 0;
}

int targets_choose(struct trace *t)
{
	char why[PROBE_WHY];
	size_t i;
	int err = 0;

	for (i = 0; i < PROBES; i++)
		if (!is_out(t, i))
			t->probes[i] = (struct probe_result){ .state = PROBE_OFF };
	for (i = 0; i < PROBES && !err; i++) {
		err = choose_target(t, i);
		if (!err && probe_table[i].required && t->probes[i].state == PROBE_MISSING) {
			const char *reason = probe_reason(&t->probes[i], why);

			msg_error(
				"allocations cannot be counted: %s of %s() is missing%s%s, and so is "
				"what could do for it",
				probe_table[i].prog, probe_table[i].symbols[0],
				reason[0] ? ": " : "", reason);
			err = -ENOENT;
		}
	}
	return err ?: prune(t);
}
