// SPDX-License-Identifier: GPL-2.0
/*
 * Elements that come back to a reserve that is not full: kprobes inside mempool_free()
 * (mempool_free_bulk() where that is a function of its own), where it takes the pool's lock. It
 * does so only then, so what is freed to the slab costs nothing. Only there while somebody wants
 * these events.
 */
#include "events.bpf.h"
#include "pool.bpf.h"

/* The mempool of a call, by its frame. Never deleted: the same place of a stack is used again. */
struct map_refills {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, __u64);
	__type(value, __u64);
};

struct map_refills refills SEC(".maps");

SEC("kprobe")
int refill_enter(struct pt_regs *ctx)
{
	__u64 mempool = PT_REGS_PARM1(ctx) - MEMPOOL_OFFSET(lock), place = PT_REGS_SP(ctx);

	if (bpf_map_update_elem(&refills, &place, &mempool, BPF_ANY))
		lost_add(RECORD_LOST_FRAMES);
	return 0;
}

/* The pool's lock is held: unless another one was first, the element goes to the reserve now. */
SEC("kprobe")
int refill_locked(struct pt_regs *ctx)
{
	__u64 place = PT_REGS_SP(ctx), *found = bpf_map_lookup_elem(&refills, &place);
	struct mempool *mempool;
	__u32 level;
	long slot;

	if (!found) {
		lost_add(RECORD_LOST_ORPHANS);
		return 0;
	}
	mempool = (void *)*found;
	level = mempool_curr_nr(mempool);
	if (level >= mempool_min_nr(mempool))
		return 0;
	slot = pool_slot_of(mempool, -1);
	if (slot >= 0)
		event_add(RECORD_EVENT_REFILL, slot, level + 1, -1);
	return 0;
}

char _license[] SEC("license") = "GPL";
