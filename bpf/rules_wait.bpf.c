// SPDX-License-Identifier: GPL-2.0
/*
 * Waits for I/O (submit_bio_wait() and its like) of a task that has bios on current->bio_list: they
 * are only sent when it returns, and what it waits for may be one of them.
 */
#include "rules.bpf.h"

/* Thread id -> what it waits for, so that a wait that is repeated every few seconds is one. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RULES_TASKS);
	__type(key, __u32);
	__type(value, __u64);
} waits_for SEC(".maps");

static __always_inline bool is_repeated(__u64 completion)
{
	__u32 tid = bpf_get_current_pid_tgid();
	__u64 *last = bpf_map_lookup_elem(&waits_for, &tid);

	if (last && *last == completion)
		return true;
	if (bpf_map_update_elem(&waits_for, &tid, &completion, BPF_ANY))
		rules_lose(RECORD_RULES_LOST_TASKS);
	return false;
}

static __always_inline void check_wait(void *ctx, __u64 completion, bool timed)
{
	struct record_violation_key key = { .rule = RECORD_RULE_WAIT,
					    .slot = RECORD_RULES_NO_SLOT };
	struct violation seen = { .times = 1 };
	struct bio_list *list = rules_list();
	struct rules_bio *b;
	__u64 bio;

	if (!list)
		return;
	bio = (__u64)BPF_CORE_READ(list, head) ?: (__u64)rules_older(list);
	if (!bio || (timed && is_repeated(completion)))
		return;
	b = bpf_map_lookup_elem(&rules_bios, &bio);
	key.stack = rules_stack(ctx);
	key.first = b ? b->stack : -1;
	seen.dev = rules_dev(bio);
	violation_add(&key, &seen);
}

SEC("fentry/wait_for_completion_io")
int rules_wait(__u64 *ctx)
{
	check_wait(ctx, ctx[0], false);
	return 0;
}

/* blk_wait_io() repeats it, so that it is not taken for a hung task (6.1 .. 7.3). */
SEC("fentry/wait_for_completion_io_timeout")
int rules_wait_timed(__u64 *ctx)
{
	check_wait(ctx, ctx[0], true);
	return 0;
}

/* What it returns behind its two arguments: 0 if the time was over. */
SEC("fexit/wait_for_completion_io_timeout")
int rules_waited(__u64 *ctx)
{
	__u32 tid = bpf_get_current_pid_tgid();

	if (ctx[2] && rules_list())
		bpf_map_delete_elem(&waits_for, &tid);
	return 0;
}

char _license[] SEC("license") = "GPL";
