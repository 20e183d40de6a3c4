// SPDX-License-Identifier: GPL-2.0
/*
 * The hot path where nothing but counts is asked for: what alloc.bpf.c counts, and nothing else. It
 * takes no look-up, because the table of what was used last and the rows of the first processors
 * are at constant addresses; whatever is rare goes the way of alloc.bpf.c.
 */
#include "stats.bpf.h"
#include "known.bpf.h"
#include "calls.bpf.h"
#include "cheap.bpf.h"

/* Index: see RECORD_NEAR(). */
__u64 near_calls[2 * RECORD_NEAR_CPUS * RECORD_POOLS];

/* A wait that is opened meanwhile either sees the entry or is seen here. */
static __noinline int cheap_add(__u64 address, __u64 slot)
{
	__u64 key = cheap_key_of(address);

	if (waits_open)
		return 0;
	*(volatile __u64 *)&cheap[cheap_index(key)] = key << 16 | slot;
	/* As what opens a wait, a full barrier. */
	if (__sync_fetch_and_add(&waits_open, 0))
		cheap_forget(address);
	return 0;
}

static __noinline int count_rare(__u64 *ctx)
{
	struct record_calls *c = stats_calls();
	__u64 address = kernel_address((void *)ctx[4]), known;

	if (!c)
		return 0;
	known = enter(ctx, c, address, (unsigned short)ctx[1], ctx[3], false);
	if (known < KNOWN_END && !(known & KNOWN_RESCUER))
		cheap_add(address, known & KNOWN_SLOT);
	return 0;
}

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs) */
SEC("fentry/bio_alloc_bioset")
int alloc_count(__u64 *ctx)
{
	__u32 cpu = bpf_get_smp_processor_id();
	__u64 key = cheap_key((void *)ctx[4]);
	__u64 slot = cheap[cheap_index(key)] ^ (key << 16), hasty;

	barrier_var(slot);
	barrier_var(cpu);
	if (slot >= RECORD_POOLS || cpu >= RECORD_NEAR_CPUS ||
	    (unsigned short)ctx[1] > KERNEL_BIO_INLINE_VECS)
		return count_rare(ctx);
	hasty = ~ctx[3] >> RECORD_GFP_DIRECT_RECLAIM_BIT & 1;
	__sync_fetch_and_add(&near_calls[RECORD_NEAR(hasty, cpu, slot)], 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
