/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracer: loads what bpf/ has but the walk (pools.h) and kzalloc, attaches what this kernel has
 * of it, and keeps the maps.
 */
#ifndef BIOSCOPE_LOAD_TRACE_H
#define BIOSCOPE_LOAD_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "load/kretprobe.h"
#include "load/pools.h"
#include "load/probes.h"
#include "load/trace_sight.h"
#include "record.h"

struct bpf_link;
struct pinned;
struct trace_bpf;

/* What is asked of a tracer beside counts, waits and rescuers. */
enum trace_want {
	TRACE_FAILURES = 1 << 0, /* from the start, see trace_may_fail() */
	TRACE_WAYS = 1 << 1, /* allocations from per-CPU caches apart from those from the slab */
	TRACE_TIMES = 1 << 2, /* how long every allocation takes */
	TRACE_FOLLOW = 1 << 3, /* follow bios: how long they live, and disks take for them */
	TRACE_EXACT = 1 << 4, /* count by what the kernel leaves out least, which costs more */
	TRACE_STACKS = 1 << 5, /* have room for the stacks of all who allocate, see rules_open() */
	TRACE_CAUSES = 1 << 6, /* nothing of the tracer itself: see session_open() */
};

/* What a tracer is asked for. */
struct trace_ask {
	unsigned int want; /* enum trace_want */
	uint32_t events; /* bits by enum record_event_kind: what each is to be seen of */
	uint64_t without; /* bits by index: probes to do without, as if the kernel had none such */
};

_Static_assert(PROBES <= 64, "probes are bits of trace_ask.without");

/* A running tracer. Fields are for read/; everything BPF writes to is volatile in effect. */
struct trace {
	struct pools *pools; /* borrowed */
	struct trace_bpf *skel; /* NULL: the programs are another one's: */
	const struct pinned *pinned;
	unsigned int nr_cpus;
	bool by_kprobe; /* the kernel has no BTF to attach by */
	struct record_calls *calls; /* mmapped: CPU; and, of the cheap probe: */
	__u64 *near_calls; /* mmapped: RECORD_NEAR(); NULL: that is not attached */
	struct record_counts *counts; /* mmapped: slot */
	const __u32 *rows; /* mmapped: RECORD_TIMED() */
	struct record_times *times; /* mmapped: row */
	struct trace_ask ask;
	unsigned int nr_lanes; /* that CPUs share, of each thing that is timed */
	const struct record_disk *disks; /* with TRACE_FOLLOW; mmapped */
	const struct record_lives
		*lives; /* mmapped: RECORD_BIO_SETS; NULL: bios are not followed */
	const __u64 *rows_at; /* mmapped: what their keys are relative to, 0: nobody waited yet */
	int waits_fd;
	int waiters_fd;
	int holders_fd;
	int stacks_fd;
	int events_fd;
	struct probe_result probes[PROBES];
	struct bpf_link *links[PROBES];
	struct kretprobe returns; /* of the probe that is one */
	bool knows_caches; /* where per-CPU caches are */
	bool failures_late; /* they were not looked at from the start */
	bool failures_settled; /* they are now, or never will be */
	uint64_t forget_ns; /* when trace_forget() has to look next; CLOCK_MONOTONIC */
	uint64_t unseen[RECORD_POOLS]; /* calls that may have failed before that; by slot */
};

/**
 * trace_init() - what a tracer is before trace_open()
 * @t: filled in, so that trace_close() is right if trace_open() was never called
 */
void trace_init(struct trace *t);

/**
 * trace_open() - load and attach
 * @pools: the host's pools; must outlive the tracer
 * @ask: what it is to see
 * @t: filled in; trace_close() it, also after an error
 *
 * A probe that is not required may be missing, or refused by the kernel; @t->probes says so.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int trace_open(struct pools *pools, const struct trace_ask *ask, struct trace *t);

/**
 * trace_sees() - what is seen, once it happens
 * @t: the tracer
 *
 * Return: enum trace_sight, only what was asked for.
 */
unsigned int trace_sees(const struct trace *t);

/**
 * trace_may_fail() - whether it is time for trace_attach_failures()
 * @t: the tracer
 *
 * Only calls that may not sleep can fail. Until there is one, returns are not looked at, which
 * would cost each call more than to count it.
 *
 * Return: true if there was one, and returns are not looked at.
 */
bool trace_may_fail(const struct trace *t);

/**
 * trace_attach_failures() - look at returns from now on
 * @t: the tracer
 *
 * Takes no capability: the kernel asks for them when a program is loaded, and not when it is
 * attached to a function (link_create() in kernel/bpf/syscall.c, v6.1 to v7.3). It may wait for
 * memory.
 *
 * Context: any thread; another may use the tracer meanwhile.
 * Return: what to give to trace_failures_attached(); NULL with errno if that cannot be.
 */
struct bpf_link *trace_attach_failures(const struct trace *t);

/**
 * trace_failures_attached() - account for what trace_attach_failures() has done
 * @t: the tracer, which no other thread uses meanwhile
 * @link: what that returned
 * @err: errno of it if that is NULL
 */
void trace_failures_attached(struct trace *t, struct bpf_link *link, int err);

/**
 * trace_unseen() - calls that may have failed without being seen
 * @t: the tracer
 * @slot: of this pool
 *
 * Return: how many since trace_open().
 */
uint64_t trace_unseen(const struct trace *t, uint32_t slot);

/**
 * trace_forget() - forget waits of tasks that woke up long ago and have allocated nothing since
 * @t: the tracer
 *
 * While one is kept, each allocation looks whether it is its end. Call it now and then.
 */
void trace_forget(struct trace *t);

/**
 * trace_see_waiters() - who waits already, which no program has seen
 * @t: the tracer, just opened
 *
 * Of these it is known for which pool, and that they have waited since before @t was there.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int trace_see_waiters(struct trace *t);

/**
 * trace_clear() - set what was counted of a pool to 0
 * @t: the tracer
 * @slot: of a pool that is gone; no program adds to it any more
 */
void trace_clear(struct trace *t, uint32_t slot);

/**
 * trace_skipped() - how often the kernel has left out a probe's program
 * @t: the tracer
 * @i: index of the probe
 *
 * It does so while the same program is preempted on a CPU, or interrupted by itself, and with one of a kprobe while
 * a task is preempted in bpf(2) on a map (__bpf_prog_enter_recur() in kernel/bpf/trampoline.c, trace_call_bpf() in
 * kernel/trace/bpf_trace.c, which count it; the latter since v6.7).
 *
 * Return: runs that are missing since trace_open(), 0 if it is not attached.
 */
uint64_t trace_skipped(const struct trace *t, size_t i);

/**
 * trace_counts() - whether allocations are counted by a probe
 * @t: the tracer
 * @i: index of the probe
 *
 * Return: true for one: what that is left out by is not counted.
 */
bool trace_counts(const struct trace *t, size_t i);

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
