// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are created and destroyed.
 */
#include "stats.bpf.h"
#include "pool.bpf.h"
#include "cheap.bpf.h"
#include "events.bpf.h"

/* To be said while it can still be found. */
static __noinline int say_gone(__u64 mempool)
{
	long slot = want_events & 1u << RECORD_EVENT_GONE ? pool_find((void *)mempool) : -1;

	if (slot >= 0)
		event_add(RECORD_EVENT_GONE, slot, 0, -1);
	return 0;
}

static __noinline int set_gone(__u64 address)
{
	struct bio_set *bs = (void *)address;

	say_gone((__u64)pool_bvec_pool(bs));
	say_gone((__u64)pool_bio_pool(bs));
	pool_gone_set(bs);
	cheap_forget(address);
	return 0;
}

static __noinline int mempool_gone(__u64 address)
{
	say_gone(address);
	pool_gone((void *)address);
	return 0;
}

SEC("fexit/bioset_init")
int set_created(__u64 *ctx)
{
	struct bio_set *bs = (void *)kernel_address((void *)ctx[0]);
	__s32 stack;
	long slot;

	/* The fifth is what it returns. */
	if ((int)ctx[4])
		return 0;
	set_gone((__u64)bs);
	/* Whoever makes it is the best hint at whose it is, until an owner is found. */
	stack = bpf_get_stackid(ctx, &stacks, 0);
	slot = pool_add_set(bs, stack);
	if (slot < 0)
		lost_add(RECORD_LOST_POOLS);
	else
		event_add(RECORD_EVENT_CREATED, slot, mempool_min_nr(pool_bio_pool(bs)), stack);
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
	mempool_gone(kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int mempool_exited_kprobe(struct pt_regs *ctx)
{
	mempool_gone(PT_REGS_PARM1(ctx));
	return 0;
}

/* It may have mempool_exit() inlined. */
SEC("fentry/mempool_destroy")
int mempool_destroyed(__u64 *ctx)
{
	mempool_gone(kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int mempool_destroyed_kprobe(struct pt_regs *ctx)
{
	mempool_gone(PT_REGS_PARM1(ctx));
	return 0;
}

char _license[] SEC("license") = "GPL";
