// SPDX-License-Identifier: GPL-2.0
/*
 * alloc.bpf.c where the kernel attaches nothing to functions but kprobes, because it has no BTF of
 * its own: each bio_alloc_bioset(), which way it went, and how long it took. A kretprobe does not
 * know the arguments, so each call is noted on entry, in a hash. Kprobes run without being
 * preempted: no copies.
 */
#include "stats.bpf.h"
#include "pool.bpf.h"
#include "calls.bpf.h"
#include "account.bpf.h"

#define STACK 16384 /* no stack is smaller: THREAD_SIZE, IRQ_STACK_SIZE */
#define RETURN_WORDS 4

/* A bio_alloc_bioset() under way. */
struct kprobe_call {
	__u64 place; /* the stack pointer on entry, 0: none */
	__u64 bs;
	__u64 since_ns;
	__u64 cached[2]; /* heads of the per-CPU cache */
	__u32 nr_vecs;
	__u32 pad;
};

/* Of one task. They nest where direct reclaim writes, and where an interrupt allocates. */
#define NESTED 4

struct kprobe_calls {
	struct kprobe_call call[NESTED];
};

/* Keyed by the address of the task: those that idle share a thread id. */
struct map_kprobe_calls {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, __u64);
	__type(value, struct kprobe_calls);
};

struct map_kprobe_calls kprobe_calls SEC(".maps");

static __always_inline struct kprobe_calls *calls_of(__u64 task)
{
	struct kprobe_calls *calls = bpf_map_lookup_elem(&kprobe_calls, &task), none = {};

	if (calls)
		return calls;
	bpf_map_update_elem(&kprobe_calls, &task, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&kprobe_calls, &task);
}

static __always_inline bool has_cache(struct bio_set *bs, __u32 nr_vecs)
{
	return nr_vecs <= KERNEL_BIO_INLINE_VECS && BPF_CORE_READ(bs, cache);
}

static __always_inline void note(struct kprobe_call *call, struct pt_regs *ctx, struct bio_set *bs)
{
	call->place = PT_REGS_SP(ctx);
	call->bs = (__u64)bs;
	call->since_ns = bpf_ktime_get_ns();
	call->nr_vecs = (unsigned short)PT_REGS_PARM2(ctx);
	call->cached[0] = 0;
	call->cached[1] = 0;
	if (has_cache(bs, call->nr_vecs))
		note_cache(call->cached, bs);
}

/* Deeper in the same stack: over, though its return was not seen. */
static __always_inline bool is_over(const struct kprobe_call *call, __u64 place)
{
	return place - call->place < STACK;
}

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs) */
SEC("kprobe")
int alloc_enter_kprobe(struct pt_regs *ctx)
{
	struct bio_set *bs = (void *)PT_REGS_PARM5(ctx);
	struct kprobe_calls *calls;
	struct kprobe_call *call;
	int i;

	if (BPF_CORE_READ(bs, rescue_workqueue))
		parked_note(bs);
	calls = calls_of(bpf_get_current_task());
	for (i = 0; calls && i < NESTED; i++) {
		call = &calls->call[i];
		if (call->place && !is_over(call, PT_REGS_SP(ctx)))
			continue;
		if (call->place)
			lost_add(RECORD_LOST_RETURNS);
		note(call, ctx, bs);
		return 0;
	}
	lost_add(RECORD_LOST_RETURNS);
	return 0;
}

static __always_inline void counted(struct pt_regs *ctx, const struct kprobe_call *call)
{
	struct bio_set *bs = (void *)call->bs;
	enum record_way way = RECORD_WAY_SLAB;
	__u64 bio = PT_REGS_RC(ctx);
	long slot = pool_find(pool_bio_pool(bs));

	if (slot < 0)
		slot = pool_add_set(bs, bpf_get_stackid(ctx, &stacks, BPF_F_REUSE_STACKID));
	if (slot < 0) {
		lost_add(RECORD_LOST_POOLS);
		return;
	}
	if (bio && (bio == call->cached[0] || bio == call->cached[1]))
		way = RECORD_WAY_CACHE;
	if (want_alloc_hist)
		account_time(slot, call->since_ns, false);
	if (calls_in_reserve)
		way = pending_take((__u64)pool_bio_pool(bs), slot, PT_REGS_SP(ctx), way);
	account(slot, bio ? way : RECORD_WAY_FAILED, false);
	if (!bio)
		account_failed(ctx, slot);
	if (call->nr_vecs > KERNEL_BIO_INLINE_VECS)
		account_bvec(bs, slot, PT_REGS_SP(ctx), !bio, false);
}

/* A return leaves the stack as it was before the call, or, by kernel, a few words from that. */
SEC("kretprobe")
int alloc_exit_kprobe(struct pt_regs *ctx)
{
	__u64 task = bpf_get_current_task();
	struct kprobe_calls *calls = bpf_map_lookup_elem(&kprobe_calls, &task);
	struct kprobe_call call;
	int i;

	for (i = 0; calls && i < NESTED; i++) {
		call = calls->call[i];
		if (!call.place || PT_REGS_SP(ctx) - call.place > RETURN_WORDS * sizeof(__u64))
			continue;
		calls->call[i].place = 0;
		counted(ctx, &call);
		return 0;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
