// SPDX-License-Identifier: GPL-2.0
/*
 * The hot path: every bio_alloc_bioset(), which way it went, and how long it took if that is asked
 * for. One array look-up per allocation and nothing that grows with the number of pools or CPUs;
 * whatever is rare is left to reserve.bpf.c, which leaves notes here while a call uses a reserve.
 */
#define MAPS_HERE
#include "stats.bpf.h"
#include "pool.bpf.h"
#include "calls.bpf.h"
#include "account.bpf.h"

/* Each of these programs has its copy attached, too. */
const volatile bool has_copies = false;
/* What is from a per-CPU cache counts as from the slab: there is no alloc_enter, which can tell. */
const volatile bool cache_in_slab = false;

/* Both are attached by now, and what the second one counted since. */
bool both_attached;
__u64 counted_by_copy;

static __noinline long recent_miss(__u64 address, __s32 stack)
{
	struct bio_set *bs = (void *)address;
	long slot = pool_find(pool_bio_pool(bs));

	if (slot < 0)
		slot = pool_add_set(bs, stack);
	if (slot < 0)
		lost_add(RECORD_LOST_POOLS);
	else
		recent[recent_index(address)] = address << 16 | slot;
	return slot;
}

/*
 * The verifier allows no arithmetic on a typed pointer, but lets one be stored; what is loaded
 * again is a number. Only this program uses the place, and the kernel does not run it twice on a
 * CPU.
 */
static __u64 as_number[2][RECORD_CPUS];

static __always_inline __u64 number_of(struct bio_set *bs, bool copy)
{
	__u32 cpu = bpf_get_smp_processor_id();
	volatile __u64 *place;

	barrier_var(cpu);
	if (cpu >= RECORD_CPUS)
		return kernel_address(bs);
	place = &as_number[copy][cpu & (RECORD_CPUS - 1)];
	*place = (__u64)bs;
	return *place;
}

static __always_inline bool may_be_cached(struct bio_set *bs, __u32 nr_vecs)
{
	return bs->cache && nr_vecs <= KERNEL_BIO_INLINE_VECS;
}

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs) */
static __always_inline int enter(__u64 *ctx, bool copy)
{
	struct bio_set *bs = (void *)ctx[4];
	struct call *call;
	bool cached;
	__u64 task;

	if (bs->rescue_workqueue)
		parked_note((void *)kernel_address(bs));
	cached = may_be_cached(bs, (unsigned short)ctx[1]);
	if (!cached && !want_alloc_hist)
		return 0;
	task = bpf_get_current_task();
	call = call_of(task);
	if (copy && call->task == task)
		return 0;
	call->task = task;
	if (cached)
		note_cache(call->cached, bs);
	if (want_alloc_hist)
		call->start_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("fentry/bio_alloc_bioset")
int alloc_enter(__u64 *ctx)
{
	return enter(ctx, false);
}

SEC("fentry/bio_alloc_bioset")
int alloc_enter_copy(__u64 *ctx)
{
	return enter(ctx, true);
}

/* What the entry noted of this call. */
static __always_inline enum record_way recall(__u64 task, __u32 slot, bool cached, __u64 bio,
					      bool copy)
{
	struct call *call = call_of(task);
	enum record_way way = RECORD_WAY_SLAB;

	if (call->task != task) {
		lost_add(cached ? RECORD_LOST_CACHE : RECORD_LOST_TIMES);
		return way;
	}
	if (cached && (bio == call->cached[0] || bio == call->cached[1]))
		way = RECORD_WAY_CACHE;
	call->task = 0;
	if (want_alloc_hist)
		account_time(slot, call->start_ns, copy);
	return way;
}

/* Behind the arguments is what it returned. */
static __always_inline int leave(__u64 *ctx, bool copy)
{
	struct bio_set *bs = (void *)ctx[4];
	enum record_way way = RECORD_WAY_SLAB;
	__u32 nr_vecs = (unsigned short)ctx[1];
	__u64 bio = ctx[5], task = 0, address;
	bool cached;
	long slot;

	cached = !cache_in_slab && may_be_cached(bs, nr_vecs);
	if (has_copies || want_alloc_hist || cached)
		task = bpf_get_current_task();
	if (copy) {
		if (return_was_counted(task, (void *)bio))
			return 0;
		if (both_attached)
			__sync_fetch_and_add(&counted_by_copy, 1);
	} else if (has_copies) {
		return_counted(task, (void *)bio);
	}
	address = number_of(bs, copy);
	slot = recent[recent_index(address)] ^ (address << 16);
	if ((__u64)slot >= RECORD_POOLS)
		slot = recent_miss(address, bpf_get_stackid(ctx, &stacks, BPF_F_REUSE_STACKID));
	if (slot < 0)
		return 0;
	if (cached || want_alloc_hist)
		way = recall(task, slot, cached, bio, copy);
	if (calls_in_reserve)
		way = pending_take((__u64)pool_bio_pool((void *)address), slot, kernel_address(ctx),
				   way);
	account(slot, bio ? way : RECORD_WAY_FAILED, copy);
	if (!bio)
		account_failed(ctx, slot);
	if (nr_vecs > KERNEL_BIO_INLINE_VECS)
		account_bvec((void *)address, slot, kernel_address(ctx), !bio, copy);
	return 0;
}

SEC("fexit/bio_alloc_bioset")
int alloc_exit(__u64 *ctx)
{
	return leave(ctx, false);
}

SEC("fexit/bio_alloc_bioset")
int alloc_exit_copy(__u64 *ctx)
{
	return leave(ctx, true);
}

char _license[] SEC("license") = "GPL";
