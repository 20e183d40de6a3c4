/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracer: loads bpf/{alloc,reserve,rescue,lifetime,layers}.bpf.c, attaches what this kernel
 * has, and keeps the maps.
 */
#ifndef BIOSCOPE_TRACE_H
#define BIOSCOPE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "kretprobe.h"
#include "pools.h"
#include "probes.h"
#include "record.h"

struct bpf_link;
struct trace_bpf;

/* What is asked of a tracer. */
enum trace_want {
	TRACE_TIMES = 1 << 0, /* how long every allocation takes */
	TRACE_FOLLOW = 1 << 1, /* follow bios: how long they live, and disks take for them */
	TRACE_LEAN =
		1
		<< 2, /* no copies of programs; without TRACE_TIMES, caches are not told from slabs */
};

/* A running tracer. Fields are for read.c; everything BPF writes to is volatile in effect. */
struct trace {
	struct pools *pools; /* borrowed */
	struct trace_bpf *skel;
	unsigned int nr_cpus;
	unsigned int
		nr_rows; /* per slot: one of each CPU, and one more where programs have copies */
	bool by_kprobe; /* the kernel has no BTF to attach by */
	bool has_copies; /* see bpf/calls.bpf.h */
	const struct record_counts *counts; /* mmapped: slot * nr_rows + row */
	const struct record_hists *hists; /* mmapped: slot */
	const struct record_alloc_hist *alloc_hists; /* mmapped like counts, NULL if not wanted */
	unsigned int want; /* enum trace_want */
	unsigned int nr_lanes; /* rows per slot or disk of them */
	const struct record_times
		*lifetimes; /* with TRACE_FOLLOW; mmapped: slot * nr_lanes + lane */
	const struct record_times
		*disk_times; /* with TRACE_FOLLOW; mmapped: disk * nr_lanes + lane */
	const struct record_disk *disks; /* with TRACE_FOLLOW; mmapped */
	int waiters_fd;
	int holders_fd;
	int stacks_fd;
	int events_fd;
	struct probe_result probes[PROBES];
	struct bpf_link *links[PROBES];
	struct kretprobe returns; /* of the probe that is one */
};

/**
 * trace_open() - load and attach
 * @pools: the host's pools; must outlive the tracer
 * @want: enum trace_want, or 0: only counts, waits and rescuers
 * @events: bits by enum record_event_kind: what each is to be seen of
 * @t: filled in; trace_close() it, also after an error
 *
 * A probe that is not required may be missing; @t->probes says so.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int trace_open(struct pools *pools, unsigned int want, uint32_t events, struct trace *t);

/**
 * trace_cache_in_slab() - whether allocations from per-CPU caches count as from the slab
 * @t: the tracer
 *
 * Return: true if so; else they are counted apart.
 */
bool trace_cache_in_slab(const struct trace *t);

/**
 * trace_skipped() - how often the kernel skipped a program, and no copy of it ran instead
 * @t: the tracer
 *
 * It does so while the same program is preempted on a CPU, or interrupted by itself
 * (__bpf_prog_enter_recur() in kernel/bpf/trampoline.c, which counts it). What is missing when
 * neither alloc_enter nor its copy ran is counted where it is missed.
 *
 * Return: skipped runs since trace_open().
 */
uint64_t trace_skipped(const struct trace *t);

/* What the kernel counted for one program. */
struct trace_cost {
	uint64_t runs; /* while BPF statistics were enabled */
	uint64_t ns; /* in them */
	uint64_t skipped;
};

/**
 * trace_cost() - what the kernel counted for a probe
 * @t: the tracer
 * @i: index of the probe
 * @out: result
 *
 * Return: 0, or -ENOENT if the probe is not attached.
 */
int trace_cost(const struct trace *t, size_t i, struct trace_cost *out);

/**
 * trace_close() - detach and unload; the counts are gone with it
 * @t: from trace_open()
 */
void trace_close(struct trace *t);

#endif
