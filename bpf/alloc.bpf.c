// SPDX-License-Identifier: GPL-2.0
/*
 * The hot path: every bio_alloc_bioset() is counted as it begins, by one program alone, which the
 * kernel therefore knows how often it has left out. One array look-up, and nothing that grows with
 * the number of pools or CPUs. Which way an allocation went is told by what is rare
 * (reserve.bpf.c); its return is only looked at where it may be a failure, and for what is asked
 * for beside that.
 */
#define MAPS_HERE
#include "stats.bpf.h"
#include "known.bpf.h"
#include "calls.bpf.h"
#include "cheap.bpf.h"
#include "returns.bpf.h"

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs) */
SEC("fentry/bio_alloc_bioset")
int alloc_enter(__u64 *ctx)
{
	struct bio_set *bs = (void *)ctx[4];
	struct record_calls *c = stats_calls();
	__u64 known;

	if (!c)
		return 0;
	/*
	 * The verifier allows no arithmetic on a typed pointer, but lets one be stored; what is
	 * loaded again is a number.
	 */
	*(volatile __u64 *)&c->bs = (__u64)bs;
	known = enter(ctx, c, *(volatile __u64 *)&c->bs, (unsigned short)ctx[1], ctx[3], false);
	if (known < KNOWN_END)
		begin(bs, known, (unsigned short)ctx[1]);
	return 0;
}

static __always_inline void end(__u64 bio)
{
	__u64 task = bpf_get_current_task();
	struct call *call = call_of(task);

	if (call->task != task) {
		lost_add(RECORD_LOST_TIMES);
		return;
	}
	call->task = 0;
	if (bio && (bio == call->cached[0] || bio == call->cached[1]))
		call_cached(call->slot);
	if (want_times)
		times_add(RECORD_TIMED_ALLOCATION, call->slot, bpf_ktime_get_ns() - call->start_ns);
}

/* Behind the arguments is what it returned. */
SEC("fexit/bio_alloc_bioset")
int alloc_exit(__u64 *ctx)
{
	struct bio_set *bs = (void *)ctx[4];
	__u32 nr_vecs = (unsigned short)ctx[1];
	__u64 bio = ctx[5];

	if (!bio)
		call_failed(ctx, kernel_address(bs), nr_vecs);
	if (want_times || (want_cache && nr_vecs <= KERNEL_BIO_INLINE_VECS && bs->cache))
		end(bio);
	return 0;
}

char _license[] SEC("license") = "GPL";
