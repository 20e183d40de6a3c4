/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes that the tracer would like, which of them this kernel has, and what is not seen
 * without each.
 */
#ifndef BIOSCOPE_LOAD_PROBES_H
#define BIOSCOPE_LOAD_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum probe_state {
	PROBE_OFF, /* not asked for in this run, or another one sees the same on this kernel */
	PROBE_MISSING, /* this kernel has no such place, or what it needs is not there */
	PROBE_REFUSED, /* the kernel does not take the program, see err and why */
	PROBE_FAILED, /* it could not be attached, see err */
	PROBE_ATTACHED,
};

/* One BPF program. */
struct probe {
	const char *prog; /* its name in bpf/ */
	const char *tracepoint; /* to attach to, NULL: to a function */
	const char *symbols[3]; /* functions to attach to, the first that exists; or, with a
				 * tracepoint, one that it is to tell of, NULL: all that it does */
	const char *module; /* that has it; where that is not loaded there is nothing to see */
	const char *call; /* a kprobe where the function calls this one; NULL: its entry or exit */
	const char *instead; /* program that makes this one unnecessary where it is attached */
	const char *needs; /* program without which this one is of no use, or worse */
	const char *without; /* what is not seen when it is missing */
	uint32_t tells; /* events, likewise, of which each run is one, or a part of one */
	bool kprobe; /* at the function's entry, not by its BTF */
	bool returned; /* not at the call or entry, but behind it, or at the function's return */
	bool required; /* nothing can be said without it */
	bool follows; /* only loaded where bios are followed */
	uint32_t
		events; /* only loaded for these events, bits by enum record_event_kind; 0: always */
	bool counts; /* it counts allocations: what of them the kernel leaves out is not counted */
	bool cheap; /* only where nothing is asked for that it does not tell */
	bool late; /* only attached once it is needed, see trace_may_fail() */
	bool left_out; /* by the kernel, at times, where tasks are preempted in programs */
};

#define PROBE_WHY 128

/* What became of a probe. */
struct probe_result {
	enum probe_state state;
	int err; /* errno of PROBE_FAILED and PROBE_REFUSED, or of PROBE_MISSING, 0: unknown */
	char why[PROBE_WHY]; /* what the verifier said of PROBE_REFUSED, "": nothing */
	const char *lacks; /* program that PROBE_MISSING needs, NULL: it is not that */
	const char *symbol; /* what it is or would be attached to */
	uint64_t offset; /* and where in it, bytes */
};

#define PROBES 34

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
 * probe_reason() - why a probe is not there
 * @result: what became of it
 * @buf: room for it
 *
 * Return: @buf, or static string, "" if nothing more is known.
 */
const char *probe_reason(const struct probe_result *result, char buf[PROBE_WHY]);

/**
 * probe_index() - the place of a program in the table
 * @prog: its name
 *
 * Return: index, or PROBES if there is none.
 */
size_t probe_index(const char *prog);

/**
 * probe_covered() - who sees all that a probe would
 * @results: of all probes
 * @i: index of the probe
 *
 * Return: index of an attached probe, maybe itself; PROBES if there is none.
 */
size_t probe_covered(const struct probe_result results[PROBES], size_t i);

/**
 * probe_is_blind() - whether something is not seen that was asked for
 * @results: of all probes
 * @i: index of the probe that would see it
 *
 * Return: true if neither that probe nor one for it is attached, or waits to be.
 */
bool probe_is_blind(const struct probe_result results[PROBES], size_t i);

#endif
