// SPDX-License-Identifier: GPL-2.0
/*
 * What goes past the slab: elements taken from a mempool's reserve, waits for it, and who did so.
 * These programs are kprobes inside mempool_alloc() (mempool_alloc_from_pool() where that is a
 * function of its own), at places that it only comes to after the slab refused: nothing of this
 * costs anything while memory is there, and it sees every mempool of the kernel. The tools find the
 * places by the calls that are made there, see tools/sites.c:
 *
 *	element = pool->alloc(...);		likely(element): return
 *	spin_lock_irqsave(&pool->lock);		reserve_enter, reserve_locked
 *	if (pool->curr_nr)			remove_element(), return
 *	io_schedule_timeout(5 * HZ);		wait_begin, wait_end; again from the top
 *
 * All four see the same frame, so its stack pointer says which call they are in.
 */
#include "stats.bpf.h"
#include "pool.bpf.h"
#include "pending.bpf.h"

struct map_holders holders SEC(".maps");

/* One mempool_alloc() past the slab. Never deleted: the same place of a stack is used again. */
struct use {
	__u64 mempool;
	__u64 wait_ns; /* when the sleep began that this one goes on with, 0: none */
	__u64 timeout_ns; /* when it was last given up */
	__u32 slot;
	__u32 cycles;
};

struct map_uses {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, __u64);
	__type(value, struct use);
};

struct map_uses uses SEC(".maps");

SEC("kprobe")
int reserve_enter(struct pt_regs *ctx)
{
	struct mempool *mempool = (void *)(PT_REGS_PARM1(ctx) - MEMPOOL_OFFSET(lock));
	__u64 place = PT_REGS_SP(ctx);
	struct use *old = bpf_map_lookup_elem(&uses, &place), use = {};
	long slot = pool_find(mempool);

	if (slot < 0)
		slot = pool_slot_of(mempool, bpf_get_stackid(ctx, &stacks, 0));
	if (slot < 0 || (old && old->mempool == (__u64)mempool && old->slot == slot))
		return 0;
	use.mempool = (__u64)mempool;
	use.slot = slot;
	if (bpf_map_update_elem(&uses, &place, &use, BPF_ANY))
		lost_add(RECORD_LOST_FRAMES);
	return 0;
}

static __always_inline struct pending *pending_of(__u64 mempool, __u64 place)
{
	struct pending_key key = { .mempool = mempool, .tid = bpf_get_current_pid_tgid() };
	struct pending *p = bpf_map_lookup_elem(&pending, &key), new = { .place = place };

	if (p)
		return p;
	if (bpf_map_update_elem(&pending, &key, &new, BPF_NOEXIST)) {
		lost_add(RECORD_LOST_FRAMES);
		return NULL;
	}
	__sync_fetch_and_add(&calls_in_reserve, 1);
	return bpf_map_lookup_elem(&pending, &key);
}

static __always_inline void count_shared(__u32 slot, enum record_way way)
{
	struct record_counts *c = stats_counts(slot);

	if (c)
		__sync_fetch_and_add(&c->way[way], 1);
}

/* Returns where the task is: id in the stack map. */
static __always_inline __s32 hold(void *ctx, __u64 element, __u32 slot)
{
	struct record_holder h = { .slot = slot };
	__u64 id = bpf_get_current_pid_tgid();

	h.since_ns = bpf_ktime_get_ns();
	h.cgroup = bpf_get_current_cgroup_id();
	h.tid = id;
	h.tgid = id >> 32;
	h.stack = bpf_get_stackid(ctx, &stacks, 0);
	bpf_get_current_comm(h.comm, sizeof(h.comm));
	if (bpf_map_update_elem(&holders, &element, &h, BPF_ANY))
		lost_add(RECORD_LOST_WAITERS);
	return h.stack;
}

/* The pool's lock is held: its level is what it is, and its record has no other writer. */
SEC("kprobe")
int reserve_locked(struct pt_regs *ctx)
{
	__u64 place = PT_REGS_SP(ctx), element = 0;
	struct use *use = bpf_map_lookup_elem(&uses, &place);
	struct record_pool *pool;
	struct pending *p = NULL;
	struct mempool *mempool;
	__u32 level;

	if (!use) {
		lost_add(RECORD_LOST_ORPHANS);
		return 0;
	}
	mempool = (void *)use->mempool;
	pool = pool_at(use->slot);
	if (!pool)
		return 0;
	if (pool->bs)
		p = pending_of(use->mempool, place);
	level = mempool_curr_nr(mempool);
	if (level == mempool_min_nr(mempool))
		pool->full_ns = bpf_ktime_get_ns();
	if (!level) {
		pool->lowest = 0;
		if (want_events & 1u << RECORD_EVENT_DRY)
			event_add(RECORD_EVENT_DRY, use->slot, 0, bpf_get_stackid(ctx, &stacks, 0));
		return 0;
	}
	if (level - 1 < pool->lowest)
		pool->lowest = level - 1;
	bpf_probe_read_kernel(&element, sizeof(element),
			      (void *)(mempool_elements(mempool) + 8 * (level - 1)));
	event_add(RECORD_EVENT_DIP, use->slot, level - 1, hold(ctx, element, use->slot));
	if (p)
		p->reserve++;
	else if (!pool->bs)
		count_shared(use->slot, RECORD_WAY_RESERVE);
	return 0;
}

static __always_inline void waits(void *ctx, __u32 slot, __u64 since_ns, __u32 cycles)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct record_waiter w = {};

	w.since_ns = since_ns;
	w.cgroup = bpf_get_current_cgroup_id();
	w.slot = slot;
	w.tid = id;
	w.tgid = id >> 32;
	w.cycles = cycles;
	w.stack = bpf_get_stackid(ctx, &stacks, 0);
	bpf_get_current_comm(w.comm, sizeof(w.comm));
	if (bpf_map_update_elem(&waiters, &w.tid, &w, BPF_ANY))
		lost_add(RECORD_LOST_WAITERS);
	event_add(RECORD_EVENT_WAIT, slot, cycles, w.stack);
}

/* mempool_alloc() sleeps nowhere else, 5 s at a time, and is invisible to khungtaskd. */
SEC("kprobe")
int wait_begin(struct pt_regs *ctx)
{
	__u64 place = PT_REGS_SP(ctx), now = bpf_ktime_get_ns();
	struct use *use = bpf_map_lookup_elem(&uses, &place);
	struct record_pool *pool = use ? pool_at(use->slot) : NULL;
	struct pending *p;

	if (!pool) {
		lost_add(RECORD_LOST_ORPHANS);
		return 0;
	}
	if (pool->bs) {
		p = pending_of(use->mempool, place);
		if (!p)
			return 0;
		use->cycles = p->wait_ns ? use->cycles + 1 : 1;
		if (!p->wait_ns)
			p->wait_ns = now;
		waits(ctx, use->slot, p->wait_ns, use->cycles);
		return 0;
	}
	if (!use->wait_ns || now - use->timeout_ns > RECORD_GOES_ON_NS) {
		use->wait_ns = now;
		use->cycles = 0;
	}
	use->cycles++;
	use->timeout_ns = now;
	count_shared(use->slot, RECORD_WAY_WAIT);
	waits(ctx, use->slot, use->wait_ns, use->cycles);
	return 0;
}

/*
 * Most who look again after their 5 s sleep again at once, and wait all the time. How it goes on is
 * seen of bio allocations only, by alloc_exit; where it is not, RECORD_GOES_ON_NS decides.
 */
static __always_inline void wakes(bool bio, bool timed_out)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct record_waiter *w = bpf_map_lookup_elem(&waiters, &tid);

	if (w && (bio || timed_out))
		w->woken_ns = bpf_ktime_get_ns();
	else
		bpf_map_delete_elem(&waiters, &tid);
}

/*
 * The wait of a bio allocation ends with it, see pending_take(). Of other mempools the end of the
 * allocation is not seen, so each sleep is a wait of its own.
 */
SEC("kprobe")
int wait_end(struct pt_regs *ctx)
{
	__u64 place = PT_REGS_SP(ctx), began;
	struct use *use = bpf_map_lookup_elem(&uses, &place);
	struct record_pool *pool = use ? pool_at(use->slot) : NULL;

	wakes(pool && pool->bs, !PT_REGS_RC(ctx));
	/* Of a sleep that began before the tracer nothing is known. */
	if (!pool || pool->bs || !use->cycles)
		return 0;
	began = use->timeout_ns;
	use->timeout_ns = bpf_ktime_get_ns();
	if (PT_REGS_RC(ctx))
		use->wait_ns = 0;
	pending_wait_done(use->slot, began);
	return 0;
}

char _license[] SEC("license") = "GPL";
