// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are created and destroyed.
 */
#include "stats.bpf.h"
#include "pool.bpf.h"
#include "cheap.bpf.h"

static __noinline int set_gone(__u64 address)
{
	pool_gone_set((void *)address);
	cheap_forget(address);
	return 0;
}

SEC("fexit/bioset_init")
int set_created(__u64 *ctx)
{
	struct bio_set *bs = (void *)kernel_address((void *)ctx[0]);

	/* The fifth is what it returns. */
	if ((int)ctx[4])
		return 0;
	set_gone((__u64)bs);
	/* Whoever makes it is the best hint at whose it is, until an owner is found. */
	if (pool_add_set(bs, bpf_get_stackid(ctx, &stacks, 0)) < 0)
		lost_add(RECORD_LOST_POOLS);
	return 0;
}

SEC("fentry/bioset_exit")
int set_destroyed(__u64 *ctx)
{
	set_gone(kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int set_destroyed_kprobe(struct pt_regs *ctx)
{
	set_gone(PT_REGS_PARM1(ctx));
	return 0;
}

/* Also of each bio_set's two; by then they are gone already. */
SEC("fentry/mempool_exit")
int mempool_exited(__u64 *ctx)
{
	pool_gone((void *)kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int mempool_exited_kprobe(struct pt_regs *ctx)
{
	pool_gone((void *)PT_REGS_PARM1(ctx));
	return 0;
}

/* It may have mempool_exit() inlined. */
SEC("fentry/mempool_destroy")
int mempool_destroyed(__u64 *ctx)
{
	pool_gone((void *)kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int mempool_destroyed_kprobe(struct pt_regs *ctx)
{
	pool_gone((void *)PT_REGS_PARM1(ctx));
	return 0;
}

char _license[] SEC("license") = "GPL";
