/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes that the tracer would like, which of them this kernel has, and what is not seen
 * without each.
 */
#ifndef BIOSCOPE_PROBES_H
#define BIOSCOPE_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum probe_state {
	PROBE_OFF, /* not asked for in this run, or another one sees the same on this kernel */
	PROBE_MISSING, /* this kernel has no such place */
	PROBE_FAILED, /* it could not be attached, see err */
	PROBE_ATTACHED,
};

/* One BPF program. */
struct probe {
	const char *prog; /* its name in bpf/ */
	const char
		*symbols[3]; /* functions to attach to, the first that exists; NULL: tracepoint */
	const char *tracepoint; /* its name */
	const char *call; /* a kprobe where the function calls this one; NULL: its entry or exit */
	const char *instead; /* program that makes this one unnecessary where it is attached */
	const char *without; /* what is not seen when it is missing */
	bool kprobe; /* at the function's entry, not by its BTF */
	bool returned; /* not at the call or entry, but behind it, or at the function's return */
	bool required; /* nothing can be said without it */
	bool follows; /* only loaded where bios are followed */
	bool counts; /* it counts allocations: what of them the kernel leaves out is not counted */
	bool cheap; /* only where nothing is asked for that it does not tell */
	bool late; /* only attached once it is needed, see trace_may_fail() */
	bool left_out; /* by the kernel, at times, where tasks are preempted in programs */
};

/* What became of a probe. */
struct probe_result {
	enum probe_state state;
	int err; /* errno of PROBE_FAILED */
	const char *symbol; /* what it is or would be attached to */
	uint64_t offset; /* and where in it, bytes */
};

#define PROBES 29

/* In the order of attaching, see trace.c. */
extern const struct probe probe_table[PROBES];

/**
 * probe_state_name() - a word for people and JSON
 * @state: the state
 *
 * Return: static string.
 */
const char *probe_state_name(enum probe_state state);

/**
 * probe_index() - the place of a program in the table
 * @prog: its name
 *
 * Return: index, or PROBES if there is none.
 */
size_t probe_index(const char *prog);

#endif
