/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bio_alloc_bioset() calls under way, for what its return has to know of its entry. A call is known
 * by its task. No hash and no per-task storage: a table in which two tasks rarely want the same
 * place; then, and if calls nest, because direct reclaim inside of one allocates, too, one has lost
 * its entry, which is counted.
 *
 * And which returns were counted. The kernel leaves out a program that runs already on the CPU
 * (bpf_prog.active, 700d4796ef59); where programs can be preempted, a task that was preempted in
 * one keeps it from all others on that CPU until it goes on. There each program has a copy behind
 * it, which does what the first one did not: for both to be left out it takes a task preempted in
 * each.
 */
#ifndef BIOSCOPE_CALLS_BPF_H
#define BIOSCOPE_CALLS_BPF_H

#include "pending.bpf.h"

#define CALLS 4096 /* a power of two */

struct call {
	__u64 task;
	__u64 start_ns; /* 0: not asked for */
	__u64 cached[2]; /* heads of the per-CPU cache */
};

static struct call calls[CALLS];

/* Fibonacci hashing of where the task's struct lies. */
static __always_inline __u32 call_hash(__u64 task)
{
	__u32 i = ((task >> 6) * 0x9e3779b97f4a7c15ULL) >> 32;

	barrier_var(i);
	return i;
}

static __always_inline struct call *call_of(__u64 task)
{
	return &calls[call_hash(task) & (CALLS - 1)];
}

#define PARKED_MAX 256

/* A walk through bios that are linked. */
struct parked_walk {
	__u64 bio;
	__u64 bs;
	__u32 bios; /* of those, so many are of @bs */
};

/* For bpf_loop(), whose body the verifier looks at once and not for each round. */
static int parked_next(__u32 i, void *data)
{
	struct parked_walk *w = data;
	struct bio *bio = (void *)w->bio;

	if (!bio)
		return 1;
	w->bios += (__u64)BPF_CORE_READ(bio, bi_pool) == w->bs;
	w->bio = (__u64)BPF_CORE_READ(bio, bi_next);
	return 0;
}

static __always_inline __u32 parked_count(struct bio *bio, struct bio_set *bs)
{
	struct parked_walk w = { .bio = (__u64)bio, .bs = (__u64)bs };

	bpf_loop(PARKED_MAX, parked_next, &w, 0);
	if (w.bio)
		lost_add(RECORD_LOST_PARKED);
	return w.bios;
}

/* Notes the bios that would be punted; only bio_sets with a rescuer pay for the walk. */
static __noinline int parked_note(struct bio_set *bs)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct bio_list *list = BPF_CORE_READ(task, bio_list);
	__u32 tid = bpf_get_current_pid_tgid();
	struct parked p = { .bs = (__u64)bs };
	struct bio *lower, *same;

	if (!list)
		return 0;
	/* An array of two, of which BTF only knows the first. */
	lower = BPF_CORE_READ(list, head);
	same = BPF_CORE_READ((struct bio_list *)((__u64)list + bpf_core_type_size(*list)), head);
	if (!lower && !same)
		return 0;
	p.bios = parked_count(lower, bs) + parked_count(same, bs);
	if (bpf_map_update_elem(&parked, &tid, &p, BPF_ANY))
		lost_add(RECORD_LOST_PARKED);
	return 0;
}

/* The kernel's __per_cpu_offset[]; the tools fill it. */
#ifdef MAPS_HERE
__u64 cpu_offset[RECORD_CPUS];
#else
extern __u64 cpu_offset[RECORD_CPUS];
#endif

/*
 * Notes what the per-CPU cache would hand out. A bio is from the cache if it is one of these; the
 * task could only be given another one if it moved to a different CPU, or slept, between here and
 * the get_cpu() of bio_alloc_percpu_cache().
 */
static __always_inline void note_cache(__u64 *cached, struct bio_set *bs)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct bio_alloc_cache *cache;

	barrier_var(cpu);
	if (cpu >= RECORD_CPUS)
		return;
	/* As a number: the verifier allows no arithmetic on typed pointers. */
	cache = (void *)((__u64)BPF_CORE_READ(bs, cache) + cpu_offset[cpu]);
	cached[0] = (__u64)BPF_CORE_READ(cache, free_list);
	cached[1] = 0;
	if (!cached[0] && bpf_core_field_exists(cache->free_list_irq))
		cached[1] = (__u64)BPF_CORE_READ(cache, free_list_irq);
}

#define RETURNS 16384 /* a power of two */

struct ret {
	__u64 task; /* 0: none */
	__u64 bio;
};

/*
 * Returns between the first program and its copy. If the place of a task is taken by another one,
 * or for good because a copy was left out, its neighbour is used.
 */
static struct ret returns[RETURNS];

/* A number can be taken from a task, not from a bio: the verifier knows its type. */
static __always_inline void return_counted(__u64 task, void *bio)
{
	__u32 i = call_hash(task);

	if (returns[i & (RETURNS - 1)].task)
		i ^= 1;
	barrier_var(i);
	returns[i & (RETURNS - 1)].bio = (__u64)bio;
	returns[i & (RETURNS - 1)].task = task;
}

static __always_inline bool return_take(__u32 i, __u64 task, void *bio)
{
	struct ret *r = &returns[i & (RETURNS - 1)];

	if (r->task != task || (void *)r->bio != bio)
		return false;
	r->task = 0;
	return true;
}

static __always_inline bool return_was_counted(__u64 task, void *bio)
{
	__u32 i = call_hash(task), j = i ^ 1;

	barrier_var(j);
	return return_take(i, task, bio) || return_take(j, task, bio);
}

#endif
