// SPDX-License-Identifier: GPL-2.0
/*
 * Counts stack_blk's tracepoints, as anybody's BPF program would. HOOK is tp_btf, then the types of
 * the module's BTF are used, too, or raw_tp.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

enum count {
	ALLOCATED, FAILED, BYTES, LEGS, COMPLETED, LEG_FAILED, POWER_ON, POWER_OFF,
	NR_COUNTS,
};

/* One array of all: bpftool prints it whole. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

static void add(__u32 which, __u64 number)
{
	__u64 *sum = bpf_map_lookup_elem(&counts, &which);

	if (sum)
		__sync_fetch_and_add(sum, number);
}

#ifdef TYPES
struct stack_blk_piece {
	unsigned int len;
} __attribute__((preserve_access_index));

static void add_bytes(__u64 *ctx)
{
	struct stack_blk_piece *piece = (void *)ctx[2];

	/* For 7.3 any argument of a tracepoint may be NULL. */
	if (piece)
		add(BYTES, piece->len);
}
#else
static void add_bytes(__u64 *ctx)
{
}
#endif

SEC(HOOK "/stack_blk_clone_alloc")
int clone_alloc(__u64 *ctx)
{
	add(ctx[3] ? ALLOCATED : FAILED, 1);
	add_bytes(ctx);
	return 0;
}

SEC(HOOK "/stack_blk_leg_submit")
int leg_submit(__u64 *ctx)
{
	add(LEGS, 1);
	return 0;
}

SEC(HOOK "/stack_blk_clone_complete")
int clone_complete(__u64 *ctx)
{
	add(COMPLETED, 1);
	return 0;
}

SEC(HOOK "/stack_blk_leg_fail")
int leg_fail(__u64 *ctx)
{
	add(LEG_FAILED, 1);
	return 0;
}

SEC(HOOK "/stack_blk_power")
int power(__u64 *ctx)
{
	add((bool)ctx[1] ? POWER_ON : POWER_OFF, 1);
	return 0;
}
