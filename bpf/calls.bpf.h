/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bio_alloc_bioset() calls under way, for what their return has to know of how they began. A call
 * is known by its task. No hash and no per-task storage: a table in which two tasks rarely want the
 * same place; then, and if calls nest, because direct reclaim inside of one allocates, too, one has
 * lost its beginning, which is counted.
 */
#ifndef BIOSCOPE_CALLS_BPF_H
#define BIOSCOPE_CALLS_BPF_H

#include "known.bpf.h"
#include "parked.bpf.h"
#include "times.bpf.h"
#include "waits.bpf.h"

/* What of returns is asked for beside failures: the cache apart from the slab, durations. */
#ifdef MAPS_HERE
const volatile bool want_cache = false;
const volatile bool want_times = false;
#else
extern const volatile bool want_cache;
extern const volatile bool want_times;
#endif

#define CALLS 4096 /* a power of two */

struct call {
	__u64 task;
	__u64 start_ns; /* 0: not asked for */
	__u64 cached[2]; /* heads of the per-CPU cache, 0: not to be from there */
	__u64 slot;
};

/* Of struct call; words, so that skeletons need not know that. */
#define CALL_WORDS (sizeof(struct call) / sizeof(__u64))
#ifdef MAPS_HERE
__u64 calls_open[CALLS * CALL_WORDS];
#else
extern __u64 calls_open[CALLS * CALL_WORDS];
#endif

/* Fibonacci hashing of where the task's struct lies. */
static __always_inline __u32 call_hash(__u64 task)
{
	__u32 i = ((task >> 6) * 0x9e3779b97f4a7c15ULL) >> 32;

	barrier_var(i);
	return i;
}

static __always_inline struct call *call_of(__u64 task)
{
	return (void *)&calls_open[(call_hash(task) & (CALLS - 1)) * CALL_WORDS];
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

/* Of bio_sets that have more than elements for bios: a rescuer, a cache, bio_vecs. */
static __noinline int enter_special(__u64 address, __u32 known, __u32 nr_vecs, __u32 gfp)
{
	struct bio_set *bs = (void *)address;
	struct record_pool *pool;
	struct record_calls *c;

	if (known & KNOWN_RESCUER)
		parked_note(bs);
	if (!(known & KNOWN_BVECS) || nr_vecs <= KERNEL_BIO_INLINE_VECS)
		return 0;
	c = stats_calls();
	pool = pool_at(known & KNOWN_SLOT);
	if (!c || !pool || !pool->bvec_slot)
		return 0;
	__sync_fetch_and_add(&c->calls[pool->bvec_slot & KNOWN_SLOT], 1);
	if (!(gfp & 1u << RECORD_GFP_DIRECT_RECLAIM_BIT))
		__sync_fetch_and_add(&c->hasty[pool->bvec_slot & KNOWN_SLOT], 1);
	return 0;
}

/*
 * A call of bio_alloc_bioset() begins, whose arguments are at @place: stacks grow down, so a wait
 * of this task below it was of a call that has returned.
 */
static __noinline int wait_close(__u64 mempool, __u64 place)
{
	struct record_wait_key key = wait_key_of(mempool);
	struct record_wait *w = bpf_map_lookup_elem(&waits, &key);
	struct record_waiter *waiter;

	if (!w || w->place >= place)
		return 0;
	waiter = bpf_map_lookup_elem(&waiters, &key.tid);
	if (waiter && waiter->slot == w->slot)
		bpf_map_delete_elem(&waiters, &key.tid);
	if (!bpf_map_delete_elem(&waits, &key))
		__sync_fetch_and_add(&waits_open, -1);
	return 0;
}

/* Waits of this task that a call which begins shows to be over. @place is where that one is. */
static __noinline int enter_closes(__u64 address, __u64 place)
{
	struct bio_set *bs = (void *)address;

	wait_close((__u64)pool_bio_pool(bs), place);
	wait_close((__u64)pool_bvec_pool(bs), place);
	return 0;
}

/*
 * A call of bio_alloc_bioset() begins. Returns slot and flags of the bio_set, or KNOWN_END if there
 * is no room for it. @ctx is that of a kprobe, or else where the arguments are on the stack.
 */
static __always_inline __u64 enter(void *ctx, struct record_calls *c, __u64 address, __u32 nr_vecs,
				   __u32 gfp, bool kprobe)
{
	__u64 known = pool_known(address), slot;

	if (known >= KNOWN_END)
		known = pool_learn(address,
				   pool_is_new(address) ? bpf_get_stackid(ctx, &stacks, 0) : -1);
	if (known >= KNOWN_END) {
		lost_add(RECORD_LOST_ALLOCATIONS);
		return KNOWN_END;
	}
	slot = known & KNOWN_SLOT;
	barrier_var(slot);
	if (slot >= RECORD_POOLS)
		return KNOWN_END;
	__sync_fetch_and_add(&c->calls[slot], 1);
	if (!(gfp & 1u << RECORD_GFP_DIRECT_RECLAIM_BIT))
		__sync_fetch_and_add(&c->hasty[slot], 1);
	if (waits_open)
		enter_closes(address,
			     kprobe ? PT_REGS_SP((struct pt_regs *)ctx) : kernel_address(ctx));
	if (known >= KNOWN_SPECIAL)
		enter_special(address, known, nr_vecs, gfp);
	return known;
}

static __always_inline bool may_be_cached(__u64 known, __u32 nr_vecs)
{
	return known & KNOWN_CACHE && nr_vecs <= KERNEL_BIO_INLINE_VECS;
}

/* What of the beginning the return has to know. */
static __always_inline void begin(struct bio_set *bs, __u64 known, __u32 nr_vecs)
{
	bool cached = want_cache && may_be_cached(known, nr_vecs);
	struct call *call;
	__u64 task;

	if (!cached && !want_times)
		return;
	task = bpf_get_current_task();
	call = call_of(task);
	call->task = task;
	call->slot = known & KNOWN_SLOT;
	call->cached[0] = 0;
	call->cached[1] = 0;
	if (cached)
		note_cache(call->cached, bs);
	if (want_times)
		call->start_ns = bpf_ktime_get_ns();
}

#endif
