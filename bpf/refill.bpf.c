// SPDX-License-Identifier: GPL-2.0
/*
 * Elements that come back to a reserve that is not full. Only there while somebody wants these
 * events, because it costs each mempool_free() something. By its exit, not by a kprobe where it
 * takes the pool's lock: many come back in an interrupt, and the kernel leaves out a kprobe's
 * program where that interrupts another one's (bpf_prog_active, trace_call_bpf() of
 * kernel/trace/bpf_trace.c).
 */
#include "events.bpf.h"
#include "pool.bpf.h"

#define REFILL_LAST 4 /* elements that are looked at: what came last, and what others did since */

/* Which element of the reserve, from 1, it is; 0: it is not, or somebody has taken it again. */
static __always_inline __u32 refill_place(struct mempool *mempool, __u64 element)
{
	__u32 level = mempool_curr_nr(mempool), from = 0, i;
	__u64 last[REFILL_LAST] = {};

	if (level > REFILL_LAST)
		from = level - REFILL_LAST;
	bpf_probe_read_kernel(last, sizeof(last), (void *)(mempool_elements(mempool) + 8 * from));
	for (i = 0; i < REFILL_LAST; i++)
		if (from + i < level && last[i] == element)
			return from + i + 1;
	return 0;
}

static __always_inline void refill_told(struct mempool *mempool, __u32 there)
{
	long slot = pool_slot_of(mempool, -1);

	if (slot >= 0)
		event_add(RECORD_EVENT_REFILL, slot, there, -1);
}

/* mempool_free_bulk(pool, elems, count), which returns how many it has put there */
SEC("fexit")
int refill_bulk(__u64 *ctx)
{
	struct mempool *mempool = (void *)ctx[0];
	__u64 element = 0;
	__u32 there;

	if (!(__u32)ctx[3])
		return 0;
	bpf_probe_read_kernel(&element, sizeof(element), (void *)ctx[1]);
	there = refill_place(mempool, element);
	refill_told(mempool, there ?: mempool_curr_nr(mempool) ?: 1);
	return 0;
}

/*
 * mempool_free(element, pool): what is not in a reserve that is not full may have been, and was
 * taken again at once; or it was full a moment ago.
 */
SEC("fexit")
int refill(__u64 *ctx)
{
	struct mempool *mempool = (void *)ctx[1];
	__u32 there = refill_place(mempool, ctx[0]);

	if (there)
		refill_told(mempool, there);
	else if (ctx[0] && mempool_curr_nr(mempool) < mempool_min_nr(mempool))
		lost_add(RECORD_LOST_REFILLS);
	return 0;
}

char _license[] SEC("license") = "GPL";
