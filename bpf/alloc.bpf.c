// SPDX-License-Identifier: GPL-2.0
/*
 * Every bio_alloc_bioset(): which way it went, how long it waited for the reserve, which parked
 * bios it punted to the rescuer.
 */
#define MAPS_HERE
#include "stats.bpf.h"
#include "pool.bpf.h"
#include "frame.bpf.h"

struct map_alloc_hists alloc_hists SEC(".maps");
struct map_waiters waiters SEC(".maps");
struct map_stacks stacks SEC(".maps");

const volatile bool want_alloc_hist = false;
const volatile __u64 ksym_per_cpu_offset = 0; /* __per_cpu_offset[], 0: unknown */
/* Whether punt_bios_to_rescuer() is a function of its own here; 7.3 has it inlined. */
const volatile bool has_punt_symbol = false;

/*
 * How bio_alloc_bioset() gets at the slab. Through mempool_alloc() always (5.10 .. 6.1x), or
 * directly with mempool_alloc() as the slow path (7.3). No symbol tells them apart, so the first
 * allocation from a bio_set without a per-CPU cache does.
 */
enum { SHAPE_UNKNOWN, SHAPE_MEMPOOL, SHAPE_DIRECT };
__u32 shape = SHAPE_UNKNOWN;

#define PARKED_MAX 65536 /* a reserve, and so what can be parked of it, is hardly larger */

struct parked_walk {
	struct bio *bio;
	struct bio_set *bs;
	__u32 n;
};

static long count_one(__u32 index, void *ctx)
{
	struct parked_walk *w = ctx;
	struct bio *bio = w->bio;

	if (!bio)
		return 1;
	w->n += BPF_CORE_READ(bio, bi_pool) == w->bs;
	w->bio = BPF_CORE_READ(bio, bi_next);
	return 0;
}

static __always_inline __u32 count_parked(struct bio *head, struct bio_set *bs)
{
	struct parked_walk w = { .bio = head, .bs = bs };

	if (head)
		bpf_loop(PARKED_MAX, count_one, &w, 0);
	return w.n;
}

/* Notes the bios that would be punted; only bio_sets with a rescuer pay for the walk. */
static __always_inline void note_parked(struct frame *f, struct bio_set *bs)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct bio_list *list;
	struct bio *lower, *same;

	if (!bs->rescue_workqueue)
		return;
	list = task->bio_list;
	if (!list)
		return;
	/* An array of two, of which BTF only knows the first. */
	lower = BPF_CORE_READ(list, head);
	same = BPF_CORE_READ((struct bio_list *)((__u64)list + bpf_core_type_size(*list)), head);
	f->parked_any = lower || same;
	f->parked = count_parked(lower, bs) + count_parked(same, bs);
}

/*
 * Notes what the per-CPU cache would hand out. A bio returned without mempool_alloc() came from
 * the cache if it is one of these; the task could only be given another one if it moved to a
 * different CPU between here and the get_cpu() of bio_alloc_percpu_cache().
 */
static __always_inline void note_cache(struct frame *f, struct bio_set *bs)
{
	struct bio_alloc_cache *cache;
	__u64 offset = 0;

	if (!bpf_core_field_exists(bs->cache) || !bs->cache || !ksym_per_cpu_offset)
		return;
	bpf_probe_read_kernel(&offset, sizeof(offset),
			      (void *)(ksym_per_cpu_offset + 8 * bpf_get_smp_processor_id()));
	/* Read as a number: the verifier allows no arithmetic on typed pointers. */
	cache = (void *)((__u64)BPF_CORE_READ(bs, cache) + offset);
	f->cache_first[0] = (__u64)BPF_CORE_READ(cache, free_list);
	if (bpf_core_field_exists(cache->free_list_irq))
		f->cache_first[1] = (__u64)BPF_CORE_READ(cache, free_list_irq);
}

SEC("fentry/bio_alloc_bioset")
int BPF_PROG(alloc_enter, struct block_device *bdev, unsigned short nr_vecs, __u32 opf, __u32 gfp,
	     struct bio_set *bs)
{
	struct frames *fs = frames_of_current(BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct frame *f;
	__u64 place;

	if (!fs) {
		lost_add(RECORD_LOST_FRAMES);
		return 0;
	}
	place = place_of(ctx);
	frames_drop_over(fs, place);
	if (fs->depth >= FRAMES) {
		lost_add(RECORD_LOST_FRAMES);
		return 0;
	}
	fs->depth++;
	f = frame_top(fs);
	if (!f)
		return 0;
	__builtin_memset(f, 0, sizeof(*f));
	f->place = place;
	f->bs = (__u64)bs;
	note_parked(f, bs);
	if (nr_vecs <= KERNEL_BIO_INLINE_VECS)
		note_cache(f, bs);
	if (want_alloc_hist)
		f->start_ns = bpf_ktime_get_ns();
	return 0;
}

static __always_inline enum record_way way_of(struct frame *f, struct bio_set *bs, __u64 bio)
{
	if (!bio)
		return RECORD_WAY_FAILED;
	if (f->waited)
		return RECORD_WAY_WAIT;
	if (f->reserve)
		return RECORD_WAY_RESERVE;
	if (!bpf_core_field_exists(bs->cache) || !bs->cache) {
		if (shape == SHAPE_UNKNOWN)
			shape = f->in_mempool ? SHAPE_MEMPOOL : SHAPE_DIRECT;
		return RECORD_WAY_SLAB;
	}
	if (f->in_mempool)
		return RECORD_WAY_SLAB;
	if (shape == SHAPE_MEMPOOL || bio == f->cache_first[0] || bio == f->cache_first[1])
		return RECORD_WAY_CACHE;
	return RECORD_WAY_SLAB;
}

static __always_inline void alloc_hist_add(__u32 slot, __u64 start_ns)
{
	__u64 took = bpf_ktime_get_ns() - start_ns;
	__u32 row = stats_row(slot);
	struct record_alloc_hist *h = bpf_map_lookup_elem(&alloc_hists, &row);

	if (!h)
		return;
	stats_hist_add(h->alloc, took);
	stats_max(&h->max_ns, took);
}

SEC("fexit/bio_alloc_bioset")
int BPF_PROG(alloc_exit, struct block_device *bdev, unsigned short nr_vecs, __u32 opf, __u32 gfp,
	     struct bio_set *bs, struct bio *bio)
{
	struct frames *fs = frames_of_current(0);
	struct frame *f = fs ? frames_find(fs, place_of(ctx)) : NULL;
	struct record_counts *c;
	enum record_way way;
	long slot;

	if (!f) {
		lost_add(RECORD_LOST_ORPHANS);
		return 0;
	}
	fs->depth--;
	way = way_of(f, bs, (__u64)bio);
	slot = pool_find(bs);
	if (slot < 0)
		slot = pool_add(bs, bpf_get_stackid(ctx, &stacks, BPF_F_REUSE_STACKID));
	if (slot < 0) {
		lost_add(RECORD_LOST_POOLS);
		return 0;
	}
	c = stats_counts(slot);
	if (c && way < RECORD_WAYS)
		__sync_fetch_and_add(&c->way[way], 1);
	if (want_alloc_hist && f->start_ns)
		alloc_hist_add(slot, f->start_ns);
	return 0;
}

static __always_inline struct frame *frame_in_pool(__u64 pool)
{
	struct frame *f = frame_top(frames_of_current(0));

	return f && f->pool == pool ? f : NULL;
}

static __always_inline void punted(struct bio_set *bs, __u32 bios)
{
	long slot = pool_slot(bs);
	struct record_counts *c;

	if (slot < 0)
		return;
	c = stats_counts(slot);
	if (!c)
		return;
	__sync_fetch_and_add(&c->punts, 1);
	__sync_fetch_and_add(&c->punted_bios, bios);
}

static __always_inline int reserve_enter(__u64 pool)
{
	struct frame *f = frame_top(frames_of_current(0));
	__u64 bio_pool, bvec_pool;

	if (!f)
		return 0;
	bio_pool = f->bs + bpf_core_field_offset(struct bio_set, bio_pool);
	bvec_pool = f->bs + bpf_core_field_offset(struct bio_set, bvec_pool);
	if (pool != bio_pool && pool != bvec_pool)
		return 0;
	/*
	 * Where the punt is inlined, bio_alloc_bioset() reaches mempool_alloc() only on its slow
	 * path, right after having punted whatever was parked.
	 */
	if (!has_punt_symbol && !f->in_mempool && f->parked_any)
		punted((struct bio_set *)f->bs, f->parked);
	f->pool = pool;
	f->in_mempool = true;
	f->last_null = false;
	f->wait_ns = 0;
	return 0;
}

static __always_inline void wait_done(struct frame *f, struct record_counts *c, __u32 slot)
{
	__u64 took = bpf_ktime_get_ns() - f->wait_ns;
	struct record_hists *h = stats_hists(slot);

	__sync_fetch_and_add(&c->wait_ns, took);
	stats_max(&c->wait_max_ns, took);
	if (h)
		stats_hist_add(h->wait, took);
}

static __always_inline int reserve_exit(__u64 pool, __u64 element)
{
	struct frame *f = frame_in_pool(pool);
	struct bio_set *bs;
	struct record_counts *c = NULL;
	__u64 missing;
	__u32 tid;
	long slot;

	if (!f)
		return 0;
	f->pool = 0;
	if (!f->wait_ns && !f->last_null)
		return 0;
	bs = (struct bio_set *)f->bs;
	slot = pool_slot(bs);
	if (slot >= 0)
		c = stats_counts(slot);
	if (f->wait_ns) {
		tid = bpf_get_current_pid_tgid();
		bpf_map_delete_elem(&waiters, &tid);
		f->waited = true;
		if (c)
			wait_done(f, c, slot);
	}
	if (element && f->last_null)
		f->reserve = true;
	if (!c || pool != f->bs + bpf_core_field_offset(struct bio_set, bio_pool))
		return 0;
	/* Others may have given elements back since, but at least this one was missing. */
	missing = BPF_CORE_READ(bs, bio_pool.min_nr);
	if (element && !f->waited)
		missing -= BPF_CORE_READ(bs, bio_pool.curr_nr);
	stats_max(&c->deepest, missing ?: 1);
	return 0;
}

SEC("fentry/mempool_alloc")
int BPF_PROG(mempool_enter, void *pool, __u32 gfp)
{
	return reserve_enter((__u64)pool);
}

SEC("fexit/mempool_alloc")
int BPF_PROG(mempool_exit_, void *pool, __u32 gfp, void *element)
{
	return reserve_exit((__u64)pool, (__u64)element);
}

/*
 * The element of mempool_alloc() came from the slab if the last call of its alloc function gave
 * one, and from the reserve if it did not.
 */
SEC("fexit/mempool_alloc_slab")
int BPF_PROG(slab_exit, __u32 gfp, void *slab, void *element)
{
	struct frame *f = frame_top(frames_of_current(0));

	if (f && f->pool)
		f->last_null = !element;
	return 0;
}

/* mempool_alloc() sleeps nowhere else, 5 s at a time, and is invisible to khungtaskd. */
SEC("fentry/io_schedule_timeout")
int BPF_PROG(wait_enter, long timeout)
{
	struct frame *f = frame_top(frames_of_current(0));
	struct record_waiter w = {}, *old;
	__u64 id = bpf_get_current_pid_tgid();
	long slot;

	if (!f || !f->pool || !f->last_null)
		return 0;
	w.tid = id;
	if (f->wait_ns) {
		old = bpf_map_lookup_elem(&waiters, &w.tid);
		if (old)
			old->cycles++;
		return 0;
	}
	f->wait_ns = bpf_ktime_get_ns();
	slot = pool_slot((struct bio_set *)f->bs);
	if (slot < 0)
		return 0;
	w.since_ns = f->wait_ns;
	w.slot = slot;
	w.tgid = id >> 32;
	w.cycles = 1;
	w.stack = bpf_get_stackid(ctx, &stacks, 0);
	bpf_get_current_comm(w.comm, sizeof(w.comm));
	if (bpf_map_update_elem(&waiters, &w.tid, &w, BPF_ANY))
		lost_add(RECORD_LOST_WAITERS);
	return 0;
}

SEC("fentry/punt_bios_to_rescuer")
int BPF_PROG(punt_enter, struct bio_set *bs)
{
	struct frame *f = frame_top(frames_of_current(0));

	if (f && f->bs == (__u64)bs)
		punted(bs, f->parked);
	return 0;
}

char _license[] SEC("license") = "GPL";
