/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all programs of the rule checker share: the violations, the stacks, and which call of a
 * driver's ->submit_bio() a task is in.
 *
 * The kernel leaves a program out where it interrupts or preempts itself. What must not be missed
 * has a twin, NAME_again, which runs right behind it at the same place, and does what the first has
 * not done: for it to be left out as well, it would have to be interrupted, too. Of programs of one
 * function the kernel runs those first that were attached last (__bpf_trampoline_link_prog(),
 * kernel/bpf/trampoline.c, 6.1 .. 7.3); in another order twins would only be of less use.
 */
#ifndef BIOSCOPE_RULES_BPF_H
#define BIOSCOPE_RULES_BPF_H

#include "pool.bpf.h"
#include "record_rules.h"

#define RULES_TASKS 8192
#define RULES_GFP_HIGH 0x20 /* ___GFP_HIGH, include/linux/gfp_types.h (6.1 .. 7.3) */

struct map_violations {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, RECORD_RULES_SEEN);
	__type(key, __u32);
	__type(value, struct record_violation);
};

/* Where each is in violations. */
struct map_violation_places {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_RULES_SEEN);
	__type(key, struct record_violation_key);
	__type(value, __u32);
};

/* A bio from its allocation to its end. */
struct rules_bio {
	__u64 bs;
	__u64 work; /* that allocated it, if a worker has; else 0 */
	__u64 since_ns;
	__u64 frame; /* see rules_frame() */
	__u32 slot;
	__u32 tid; /* who allocated it */
	__s32 stack; /* where */
	/* Another was asked for meanwhile: a violation if the same task submits this one. */
	__s32 asked; /* where that was; negative: none was, or it is not known */
	__u32 times; /* how often; 0: none was */
	__u32 depth; /* most elements that the task had then, or asked for */
	__u32 puts; /* see last_put() */
	__u32 refs;
	__u16 gone; /* it was submitted, or put where it is while the task sleeps */
	__u16 told; /* as a leak */
};

struct map_rules_bios {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_RULES_BIOS);
	__type(key, __u64);
	__type(value, struct rules_bio);
};

struct rules_task {
	__u64 frame; /* calls of a driver's ->submit_bio() that it has made */
	__u64 last; /* the bio that it has allocated last */
	__u32 called; /* for twins: one has been seen just now, */
	__u32 asked; /* that it asks for a bio, */
	__u32 got; /* or has got one, */
	__u32 pool_asked; /* or for an element of another mempool, */
	__u32 put; /* or that it frees a bio */
	__u32 pad;
};

/* By thread id; the idle tasks, which are interrupted, have all the same. */
struct map_rules_tasks {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RULES_TASKS);
	__type(key, __u32);
	__type(value, struct rules_task);
};

MAPS_EXTERN struct map_violations violations SEC(".maps");
MAPS_EXTERN struct map_violation_places violation_places SEC(".maps");
MAPS_EXTERN struct map_stacks stacks SEC(".maps");
MAPS_EXTERN struct map_rules_bios rules_bios SEC(".maps");
MAPS_EXTERN struct map_rules_tasks rules_tasks SEC(".maps");

/* Whether calls of ->submit_bio() are seen; else what is allocated in one counts as handed on. */
#ifdef MAPS_HERE
const volatile bool has_calls = false;
__u32 violations_used = 0;
__u64 rules_lost[RECORD_RULES_LOSTS];
#else
extern const volatile bool has_calls;
extern __u32 violations_used;
extern __u64 rules_lost[RECORD_RULES_LOSTS];
#endif

static __always_inline void rules_lose(enum record_rules_lost what)
{
	__sync_fetch_and_add(&rules_lost[what], 1);
}

/* Two CPUs may meet here: the hash decides, and the loser's place stays empty. */
static __noinline struct record_violation *violation_place(struct record_violation_key *key)
{
	__u32 *place = bpf_map_lookup_elem(&violation_places, key), new;
	struct record_violation *v;
	__u64 id = bpf_get_current_pid_tgid();

	if (place)
		return bpf_map_lookup_elem(&violations, place);
	if (violations_used >= RECORD_RULES_SEEN)
		return NULL;
	new = __sync_fetch_and_add(&violations_used, 1);
	v = bpf_map_lookup_elem(&violations, &new);
	if (!v)
		return NULL;
	if (map_add(&violation_places, key, &new)) {
		place = bpf_map_lookup_elem(&violation_places, key);
		return place ? bpf_map_lookup_elem(&violations, place) : NULL;
	}
	v->key = *key;
	v->tid = id;
	v->tgid = id >> 32;
	bpf_get_current_comm(v->comm, sizeof(v->comm));
	/* After the rest, for whoever reads it. */
	__sync_fetch_and_add(&v->ready, 1);
	return v;
}

/* What was seen, beside what makes it distinct. */
struct violation {
	__u32 times;
	__u32 depth;
	__u32 dev;
	bool stranded;
};

static __always_inline void violation_add(struct record_violation_key *key,
					  const struct violation *seen)
{
	struct record_violation *v = violation_place(key);

	if (!v) {
		rules_lose(RECORD_RULES_LOST_VIOLATIONS);
		return;
	}
	__sync_fetch_and_add(&v->count, seen->times);
	if (seen->stranded)
		__sync_fetch_and_add(&v->stranded, seen->times);
	/* Of two CPUs at once one may win with less; the next one that sees more mends it. */
	if (v->depth < seen->depth)
		v->depth = seen->depth;
	if (seen->dev && !v->dev)
		v->dev = seen->dev;
}

/* The list of what the task has submitted while it is in a ->submit_bio(); NULL: it is in none. */
static __always_inline struct bio_list *rules_list(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, bio_list);
}

/*
 * What tells the calls of ->submit_bio() by this task apart; 0: it is in none. What was allocated
 * in one and not submitted by its end has been handed to somebody else.
 */
static __always_inline __u64 rules_frame(struct bio_list *list, const struct rules_task *task)
{
	if (!list)
		return 0;
	return has_calls && task ? task->frame : bpf_ktime_get_ns();
}

/*
 * The stack, by its place in the map. What is skipped is the tracer's own (the program, and the
 * trampoline), and gives another place to look for where one is taken by another stack.
 */
static __always_inline __s32 rules_stack(void *ctx)
{
	long id = bpf_get_stackid(ctx, &stacks, 0);

	if (id < 0)
		id = bpf_get_stackid(ctx, &stacks, 1);
	if (id < 0)
		id = bpf_get_stackid(ctx, &stacks, 2);
	return id;
}

/* The task that runs; NULL if there is no room for it. */
static __always_inline struct rules_task *rules_task(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid() ?: ~bpf_get_smp_processor_id();
	struct rules_task *task = bpf_map_lookup_elem(&rules_tasks, &tid), new = {};

	if (task)
		return task;
	bpf_map_update_elem(&rules_tasks, &tid, &new, BPF_NOEXIST);
	task = bpf_map_lookup_elem(&rules_tasks, &tid);
	if (!task)
		rules_lose(RECORD_RULES_LOST_TASKS);
	return task;
}

/* Of a twin, whether the first one has been there; and of the first one, that it was. */
static __always_inline bool rules_was_there(__u32 *seen, bool again)
{
	bool was = *seen;

	*seen = !again;
	return was && again;
}

/* What was on the list when the call began: there are two, of which BTF only knows the first. */
static __always_inline struct bio *rules_older(struct bio_list *list)
{
	return BPF_CORE_READ((struct bio_list *)((__u64)list + bpf_core_type_size(*list)), head);
}

/* The slot of a bio_set, which may be named after who allocates from it; negative: none is left. */
static __always_inline long rules_slot(void *ctx, __u64 bs)
{
	long slot = pool_find(pool_bio_pool((void *)bs));

	return slot < 0 ? pool_add_set((void *)bs, rules_stack(ctx)) : slot;
}

/* The disk that a bio is for; 0: not known. */
static __always_inline __u32 rules_dev(__u64 address)
{
	struct bio *bio = (void *)address;

	return BPF_CORE_READ(bio, bi_bdev, bd_disk, part0, bd_dev);
}

#endif
