/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes that the tracer would like, which of them this kernel has, and what is not seen
 * without each.
 */
#ifndef BIOSCOPE_PROBES_H
#define BIOSCOPE_PROBES_H

#include <stdbool.h>
#include <stddef.h>

enum probe_state {
	PROBE_OFF, /* not asked for in this run */
	PROBE_MISSING, /* this kernel has no such function */
	PROBE_FAILED, /* it could not be attached, see err */
	PROBE_ATTACHED,
};

/* One BPF program. */
struct probe {
	const char *prog; /* its name in bpf/ */
	const char *symbols[3]; /* functions to attach to, the first that exists; NULL: tracepoint */
	bool required; /* nothing can be said without it */
	const char *without; /* what is not seen when it is missing */
};

/* What became of a probe. */
struct probe_result {
	enum probe_state state;
	int err; /* errno of PROBE_FAILED */
	const char *symbol; /* what it is or would be attached to */
};

#define PROBES 12

/* In the order of attaching: exits before entries, see trace.c. */
extern const struct probe probe_table[PROBES];

/**
 * probe_state_name() - a word for people and JSON
 * @state: the state
 *
 * Return: static string.
 */
const char *probe_state_name(enum probe_state state);

#endif
