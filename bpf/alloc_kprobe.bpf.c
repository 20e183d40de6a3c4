// SPDX-License-Identifier: GPL-2.0
/*
 * alloc.bpf.c by kprobes: where the kernel has no BTF of its own, so that nothing else attaches to
 * a function; and for who wants each call counted, because no task is preempted in a kprobe and so
 * keeps it from others. A kretprobe does not know the arguments: for that one each call is noted on
 * entry, in a hash.
 */
#include "stats.bpf.h"
#include "known.bpf.h"
#include "calls.bpf.h"
#include "returns.bpf.h"

const volatile bool has_kretprobe = false;

#define STACK 16384 /* no stack is smaller: THREAD_SIZE, IRQ_STACK_SIZE */
#define RETURN_WORDS 4

/* A bio_alloc_bioset() under way. */
struct kprobe_call {
	__u64 place; /* the stack pointer on entry, 0: none */
	__u64 bs;
	__u64 since_ns;
	__u64 cached[2]; /* heads of the per-CPU cache */
	__u32 nr_vecs;
	__u32 slot;
};

/* Of one task. They nest where direct reclaim writes, and where an interrupt allocates. */
#define NESTED 4

struct kprobe_calls {
	struct kprobe_call call[NESTED];
};

/*
 * Keyed by the address of the task: those that idle share a thread id. The loader makes it larger
 * where it is used.
 */
struct map_kprobe_calls {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
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

static __always_inline void note(struct kprobe_call *call, struct pt_regs *ctx, struct bio_set *bs,
				 __u64 known, __u32 nr_vecs)
{
	call->place = PT_REGS_SP(ctx);
	call->bs = (__u64)bs;
	call->since_ns = bpf_ktime_get_ns();
	call->slot = known & KNOWN_SLOT;
	call->nr_vecs = nr_vecs;
	call->cached[0] = 0;
	call->cached[1] = 0;
	if (want_cache && may_be_cached(known, nr_vecs))
		note_cache(call->cached, bs);
}

/* Deeper in the same stack: over, though its return was not seen. */
static __always_inline bool is_over(const struct kprobe_call *call, __u64 place)
{
	return place - call->place < STACK;
}

static __noinline int note_call(struct pt_regs *ctx, struct bio_set *bs, __u64 known, __u32 nr_vecs)
{
	struct kprobe_calls *calls = calls_of(bpf_get_current_task());
	struct kprobe_call *call;
	int i;

	for (i = 0; calls && i < NESTED; i++) {
		call = &calls->call[i];
		if (call->place && !is_over(call, PT_REGS_SP(ctx)))
			continue;
		if (call->place)
			lost_add(RECORD_LOST_RETURNS);
		note(call, ctx, bs, known, nr_vecs);
		return 0;
	}
	lost_add(RECORD_LOST_RETURNS);
	return 0;
}

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs) */
SEC("kprobe")
int alloc_enter_kprobe(struct pt_regs *ctx)
{
	struct bio_set *bs = (void *)PT_REGS_PARM5(ctx);
	__u32 nr_vecs = (unsigned short)PT_REGS_PARM2(ctx);
	struct record_calls *c = stats_calls();
	__u64 known;

	if (!c)
		return 0;
	known = enter(ctx, c, (__u64)bs, nr_vecs, PT_REGS_PARM4(ctx), true);
	if (known >= KNOWN_END)
		return 0;
	if (has_kretprobe)
		note_call(ctx, bs, known, nr_vecs);
	else
		begin(bs, known, nr_vecs);
	return 0;
}

static __always_inline void ended(struct pt_regs *ctx, const struct kprobe_call *call)
{
	__u64 bio = PT_REGS_RC(ctx);

	if (!bio)
		call_failed(ctx, call->bs, call->nr_vecs);
	else if (bio == call->cached[0] || bio == call->cached[1])
		call_cached(call->slot);
	if (want_times)
		times_add(RECORD_TIMED_ALLOCATION, call->slot, bpf_ktime_get_ns() - call->since_ns);
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
		ended(ctx, &call);
		return 0;
	}
	return 0;
}

char _license[] SEC("license") = "GPL";
