// SPDX-License-Identifier: GPL-2.0
/*
 * What goes past the slab: elements taken from a mempool's reserve, waits for it, and who did so.
 * These programs are kprobes inside mempool_alloc() (mempool_alloc_from_pool() where that is a
 * function of its own), at places that it only comes to after the slab refused: nothing of this
 * costs anything while memory is there, and it sees every mempool of the kernel. The tools find the
 * places by the calls that are made there, see tools/load/sites.c:
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
#include "cheap.bpf.h"
#include "waits.bpf.h"

struct map_holders holders SEC(".maps");

/* One mempool_alloc() past the slab. Never deleted: the same place of a stack is used again. */
struct use {
	__u64 mempool;
	__u64 wait_ns; /* when the sleep began that this one goes on with, 0: none */
	__u64 timeout_ns; /* when it was last given up */
	__u32 slot;
	__u32 cycles;
	__u32 tries; /* of the reserve, since it woke up */
	__u32 pad;
};

struct map_uses {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, __u64);
	__type(value, struct use);
};

struct map_uses uses SEC(".maps");

/* The tracer is being opened. */
__u32 opening = 1;

SEC("kprobe")
int reserve_enter(struct pt_regs *ctx)
{
	struct mempool *mempool = (void *)(PT_REGS_PARM1(ctx) - MEMPOOL_OFFSET(lock));
	__u64 place = PT_REGS_SP(ctx);
	struct use *old = bpf_map_lookup_elem(&uses, &place), use = {};
	long slot = pool_find(mempool);

	if (slot < 0)
		slot = pool_slot_of(mempool, bpf_get_stackid(ctx, &stacks, 0));
	if (slot < 0) {
		/* What the last one there did is nothing of this one. */
		bpf_map_delete_elem(&uses, &place);
		return 0;
	}
	if (old && old->mempool == (__u64)mempool && old->slot == slot) {
		old->tries++;
		return 0;
	}
	use.tries = 1;
	use.mempool = (__u64)mempool;
	use.slot = slot;
	if (bpf_map_update_elem(&uses, &place, &use, BPF_ANY))
		lost_add(RECORD_LOST_FRAMES);
	return 0;
}

/* Whether it is that of the call at @place. One that began before the tracer can be of no other. */
static __always_inline bool is_of(const struct record_wait *w, __u64 place)
{
	return w->place == place || !w->place;
}

/* The wait that the call at @place is in, or has been; NULL: none. */
static __always_inline struct record_wait *wait_of(__u64 mempool, __u64 place)
{
	struct record_wait_key key = wait_key_of(mempool);
	struct record_wait *w = bpf_map_lookup_elem(&waits, &key);

	return w && is_of(w, place) ? w : NULL;
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
	/* What had to wait for it counts as that. */
	if (!pool->bs || !wait_of(use->mempool, place))
		stats_count(use->slot, reserve);
	return 0;
}

static __always_inline void waits_now(void *ctx, __u32 slot, __u64 since_ns, __u64 stuck_ns,
				      __u64 now, __u32 cycles, __u32 before)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct record_waiter w = {};

	rows_at = kernel_address(rows);
	w.since_ns = since_ns;
	w.stuck_ns = stuck_ns;
	w.slept_ns = now;
	w.cgroup = bpf_get_current_cgroup_id();
	w.slot = slot;
	w.tid = id;
	w.tgid = id >> 32;
	w.cycles = cycles;
	w.before = before;
	w.stack = bpf_get_stackid(ctx, &stacks, 0);
	bpf_get_current_comm(w.comm, sizeof(w.comm));
	if (bpf_map_update_elem(&waiters, &w.tid, &w, BPF_ANY))
		lost_add(RECORD_LOST_WAITERS);
	event_add(RECORD_EVENT_WAIT, slot, cycles, w.stack);
}

/*
 * A call tries the reserve twice before it sleeps for the first time, without and with reclaim, and
 * once before it sleeps again. Until the tools have looked who waits already (trace_see_waiters()),
 * one that tried once and was not seen to sleep has slept before the tracer was there.
 */
static __always_inline bool began_before(const struct use *use, const struct record_wait *w)
{
	return *(volatile __u32 *)&opening && !w && use->tries == 1;
}

static __always_inline void bio_waits(void *ctx, struct use *use, __u64 bs, __u64 place, __u64 now)
{
	struct record_wait_key key = wait_key_of(use->mempool);
	struct record_wait *w = bpf_map_lookup_elem(&waits, &key);
	struct record_wait new = { .before = began_before(use, w),
				   .place = place,
				   .since_ns = now,
				   .slept_ns = now,
				   .stuck_ns = now,
				   .slot = use->slot,
				   .cycles = 1 };
	int err;

	if (w && is_of(w, place) && use->tries == 1) {
		w->place = place;
		if (w->took_ns)
			wait_count(use->slot, w->took_ns, -1);
		/* Where the end of the last sleep was not seen, it may have been an element's. */
		if (!w->woken_ns || !w->stuck_ns)
			w->stuck_ns = now;
		w->took_ns = 0;
		w->woken_ns = 0;
		w->slept_ns = now;
		w->cycles++;
		waits_now(ctx, use->slot, w->since_ns, w->stuck_ns, now, w->cycles, w->before);
		return;
	}
	if (!new.before)
		stats_count(use->slot, wait);
	err = bpf_map_update_elem(&waits, &key, &new, BPF_ANY);
	if (err)
		lost_add(RECORD_LOST_FRAMES);
	else if (!w)
		__sync_fetch_and_add(&waits_open, 1);
	cheap_forget(bs);
	waits_now(ctx, use->slot, now, now, now, 1, new.before);
}

/* mempool_alloc() sleeps nowhere else, 5 s at a time, and is invisible to khungtaskd. */
SEC("kprobe")
int wait_begin(struct pt_regs *ctx)
{
	__u64 place = PT_REGS_SP(ctx), now = bpf_ktime_get_ns();
	struct use *use = bpf_map_lookup_elem(&uses, &place);
	struct record_pool *pool = use ? pool_at(use->slot) : NULL;

	if (!pool) {
		lost_add(RECORD_LOST_ORPHANS);
		return 0;
	}
	if (pool->bs) {
		bio_waits(ctx, use, pool->bs, place, now);
		return 0;
	}
	if (!use->wait_ns || now - use->timeout_ns > RECORD_GOES_ON_NS) {
		use->wait_ns = now;
		use->cycles = 0;
	}
	use->cycles++;
	use->timeout_ns = now;
	stats_count(use->slot, wait);
	waits_now(ctx, use->slot, use->wait_ns, use->wait_ns, now, use->cycles, 0);
	return 0;
}

/*
 * Most who look again after their 5 s sleep again at once, and wait all the time: then waits_now()
 * says so. That they do not is seen of bio allocations when the task begins the next one; before
 * that, and of others, RECORD_GOES_ON_NS decides.
 */
static __always_inline void wakes(bool timed_out, __u64 now)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct record_waiter *w = bpf_map_lookup_elem(&waiters, &tid);

	if (w && timed_out)
		w->woken_ns = now;
	else
		bpf_map_delete_elem(&waiters, &tid);
}

/*
 * A bio allocation that sleeps again takes its wait out of the histogram and adds a longer one. Of
 * other mempools the end of the allocation is not seen, so each sleep is a wait of its own.
 */
SEC("kprobe")
int wait_end(struct pt_regs *ctx)
{
	__u64 place = PT_REGS_SP(ctx), now = bpf_ktime_get_ns(), began;
	struct use *use = bpf_map_lookup_elem(&uses, &place);
	struct record_pool *pool = use ? pool_at(use->slot) : NULL;
	struct record_wait *w;

	wakes(!PT_REGS_RC(ctx), now);
	/* Of a sleep that began before the tracer nothing is known. */
	if (!pool)
		return 0;
	use->tries = 0;
	if (pool->bs) {
		w = wait_of(use->mempool, place);
		if (!w)
			return 0;
		w->woken_ns = now;
		if (!PT_REGS_RC(ctx) && w->stuck_ns)
			event_add(RECORD_EVENT_STALL, use->slot, now - w->stuck_ns, -1);
		/* mempool_free() wakes all who wait, so none of them was given one else. */
		if (PT_REGS_RC(ctx))
			w->stuck_ns = 0;
		/* For how long it has waited is not known. */
		if (w->before)
			return 0;
		w->took_ns = now - w->since_ns;
		event_add(RECORD_EVENT_WAITED, use->slot, w->took_ns, -1);
		wait_count(use->slot, w->took_ns, 1);
		return 0;
	}
	if (!use->cycles)
		return 0;
	began = use->timeout_ns;
	use->timeout_ns = now;
	if (!PT_REGS_RC(ctx))
		event_add(RECORD_EVENT_STALL, use->slot, now - use->wait_ns, -1);
	if (PT_REGS_RC(ctx))
		use->wait_ns = 0;
	event_add(RECORD_EVENT_WAITED, use->slot, now - began, -1);
	wait_count(use->slot, now - began, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
