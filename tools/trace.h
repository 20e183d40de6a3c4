/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracer: loads bpf/alloc.bpf.c and bpf/rescue.bpf.c, attaches what this kernel has, and
 * keeps the maps.
 */
#ifndef BIOSCOPE_TRACE_H
#define BIOSCOPE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "pools.h"
#include "probes.h"
#include "record.h"

struct bpf_link;
struct trace_bpf;

/* A running tracer. Fields are for read.c; everything BPF writes to is volatile in effect. */
struct trace {
	struct pools *pools; /* borrowed */
	struct trace_bpf *skel;
	unsigned int nr_cpus; /* rows per slot */
	const struct record_counts *counts; /* mmapped: slot * nr_cpus + cpu */
	const struct record_hists *hists; /* mmapped: slot */
	const struct record_alloc_hist *alloc_hists; /* mmapped like counts, NULL if not wanted */
	int waiters_fd;
	int stacks_fd;
	struct probe_result probes[PROBES];
	struct bpf_link *links[PROBES];
};

/**
 * trace_open() - load and attach
 * @pools: the host's pools; must outlive the tracer
 * @alloc_hist: also measure how long every allocation takes
 * @t: filled in; trace_close() it, also after an error
 *
 * A probe that is not required may be missing; @t->probes says so.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int trace_open(struct pools *pools, bool alloc_hist, struct trace *t);

/**
 * trace_skipped() - how often the kernel skipped one of the programs
 * @t: the tracer
 *
 * It does so while the same program is preempted on a CPU, or interrupted by itself
 * (__bpf_prog_enter_recur() in kernel/bpf/trampoline.c, which counts it since 5.12).
 *
 * Return: skipped runs since trace_open().
 */
uint64_t trace_skipped(const struct trace *t);

/**
 * trace_close() - detach and unload; the counts are gone with it
 * @t: from trace_open()
 */
void trace_close(struct trace *t);

#endif
