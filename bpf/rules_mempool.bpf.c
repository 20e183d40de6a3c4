// SPDX-License-Identifier: GPL-2.0
/*
 * Mempools that are of no bio_set: a task that has taken an element in a call of ->submit_bio(),
 * has submitted something since, which waits on current->bio_list, and asks for another, waits for
 * what may have to be sent first; and no rescuer looks after such a pool. mempool_alloc_bulk() is
 * not looked at.
 */
#include "rules.bpf.h"

#define TAKEN 64 /* elements of one pool that are known; of more, the first ones */

struct taken_key {
	__u64 mempool;
	__u32 tid;
	__u32 pad;
};

/* What a task has taken of a mempool in the call of ->submit_bio() that it is in. */
struct taken {
	__u64 frame;
	__u64 element[TAKEN];
	__u32 n;
	__s32 stack; /* where the first was taken */
	__u32 fresh; /* for a twin: that one was taken has been seen just now */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RULES_TASKS);
	__type(key, struct taken_key);
	__type(value, struct taken);
} taken SEC(".maps");

/* Of a pool that is new to a task: too large for the stack. */
const __u64 none_taken[sizeof(struct taken) / sizeof(__u64)] = {};

static __always_inline struct taken_key taken_key_of(__u64 mempool)
{
	return (struct taken_key){ .mempool = mempool, .tid = bpf_get_current_pid_tgid() };
}

static __always_inline int pool_ask(__u64 *ctx, bool again)
{
	struct bio_list *list = rules_list();
	struct taken_key key = taken_key_of(ctx[0]);
	struct record_violation_key violated = { .rule = RECORD_RULE_MEMPOOL };
	struct violation seen = { .times = 1 };
	struct rules_task *task;
	struct bio *waits;
	struct taken *t;
	long slot;

	if (!list || !(ctx[1] & 1u << RECORD_GFP_DIRECT_RECLAIM_BIT))
		return 0;
	task = rules_task();
	if (!task || rules_was_there(&task->pool_asked, again))
		return 0;
	waits = BPF_CORE_READ(list, head);
	t = bpf_map_lookup_elem(&taken, &key);
	if (!waits || !t || !t->n || t->frame != task->frame)
		return 0;
	violated.stack = rules_stack(ctx);
	slot = pool_slot_of((void *)key.mempool, violated.stack);
	if (slot < 0)
		return 0;
	violated.slot = slot;
	violated.first = t->stack;
	seen.depth = t->n + 1;
	seen.dev = rules_dev((__u64)waits);
	violation_add(&violated, &seen);
	return 0;
}

/* mempool_alloc(pool, gfp) */
SEC("fentry")
int rules_pool_ask(__u64 *ctx)
{
	return pool_ask(ctx, false);
}

SEC("fentry")
int rules_pool_ask_again(__u64 *ctx)
{
	return pool_ask(ctx, true);
}

static __always_inline int pool_get(__u64 *ctx, bool again)
{
	struct bio_list *list = rules_list();
	struct taken_key key = taken_key_of(ctx[0]);
	struct taken *t;
	struct rules_task *task;
	__u32 at;

	if (!list || !ctx[2] || pool_owner((void *)key.mempool))
		return 0;
	task = rules_task();
	t = bpf_map_lookup_elem(&taken, &key);
	if (!task || (t && rules_was_there(&t->fresh, again)))
		return 0;
	if (!t) {
		if (bpf_map_update_elem(&taken, &key, &none_taken, BPF_ANY))
			rules_lose(RECORD_RULES_LOST_TASKS);
		t = bpf_map_lookup_elem(&taken, &key);
		if (!t)
			return 0;
		t->fresh = !again;
	}
	if (t->frame != task->frame || !t->n) {
		t->frame = task->frame;
		t->n = 0;
		t->stack = rules_stack(ctx);
	}
	at = t->n;
	barrier_var(at);
	if (at >= TAKEN) {
		rules_lose(RECORD_RULES_LOST_LISTS);
		return 0;
	}
	t->element[at] = ctx[2];
	t->n = at + 1;
	return 0;
}

/* The same, and what it returned */
SEC("fexit")
int rules_pool_get(__u64 *ctx)
{
	return pool_get(ctx, false);
}

SEC("fexit")
int rules_pool_get_again(__u64 *ctx)
{
	return pool_get(ctx, true);
}

/* Another time there is nothing to do. */
static __always_inline int pool_put(__u64 *ctx)
{
	struct bio_list *list = rules_list();
	struct taken_key key = taken_key_of(ctx[1]);
	__u32 i, last;
	struct taken *t;

	if (!list)
		return 0;
	t = bpf_map_lookup_elem(&taken, &key);
	if (!t || !t->n)
		return 0;
	for (i = 0; i < TAKEN; i++) {
		if (i >= t->n || t->element[i] != ctx[0])
			continue;
		last = t->n - 1;
		barrier_var(last);
		if (last < TAKEN)
			t->element[i] = t->element[last];
		t->n = last;
		return 0;
	}
	return 0;
}

/* mempool_free(element, pool) */
SEC("fentry/mempool_free")
int rules_pool_put(__u64 *ctx)
{
	return pool_put(ctx);
}

SEC("fentry/mempool_free")
int rules_pool_put_again(__u64 *ctx)
{
	return pool_put(ctx);
}

char _license[] SEC("license") = "GPL";
