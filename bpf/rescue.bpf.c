// SPDX-License-Identifier: GPL-2.0
/*
 * The rescuer of a bio_set: wakeup latency, run time and who ran it; and bio_sets coming and
 * going.
 */
#include "stats.bpf.h"
#include "pool.bpf.h"

const volatile __u64 ksym_bio_alloc_rescue = 0;

/* When a rescue work was queued, and when it was started. Keyed by the address of the work. */
struct map_works {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_POOLS);
	__type(key, __u64);
	__type(value, __u64);
};

struct map_works queued SEC(".maps");
struct map_works running SEC(".maps");

static __always_inline struct bio_set *bs_of_work(__u64 work)
{
	return (struct bio_set *)(work - bpf_core_field_offset(struct bio_set, rescue_work));
}

static __always_inline bool is_rescue(struct work_struct *work)
{
	return ksym_bio_alloc_rescue && (__u64)work->func == ksym_bio_alloc_rescue;
}

SEC("tp_btf/workqueue_queue_work")
int BPF_PROG(rescue_queued, int req_cpu, void *pwq, struct work_struct *work)
{
	__u64 key = (__u64)work, now;

	if (!is_rescue(work))
		return 0;
	now = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&queued, &key, &now, BPF_ANY))
		lost_add(RECORD_LOST_WORK);
	return 0;
}

/*
 * The workqueue's own rescuer kthread, which steps in when no worker can be created, is named
 * after the workqueue ("bioset") or, from 6.9 on, "kworker/R-bioset"; workers are "kworker/<cpu>:"
 * or "kworker/u<pool>:".
 */
static __always_inline bool is_wq_rescuer(void)
{
	char comm[16] = {};

	bpf_get_current_comm(comm, sizeof(comm));
	return comm[0] != 'k' || comm[1] != 'w' || comm[8] == 'R';
}

SEC("tp_btf/workqueue_execute_start")
int BPF_PROG(rescue_start, struct work_struct *work)
{
	__u64 key = (__u64)work, now, *since, took;
	struct record_counts *c;
	struct record_hists *h;
	long slot;

	if (!is_rescue(work))
		return 0;
	slot = pool_slot(bs_of_work(key));
	if (slot < 0)
		return 0;
	c = stats_counts(slot);
	h = stats_hists(slot);
	if (!c || !h)
		return 0;
	now = bpf_ktime_get_ns();
	__sync_fetch_and_add(&c->rescuer_runs, 1);
	if (is_wq_rescuer())
		__sync_fetch_and_add(&c->wq_rescuer_runs, 1);
	since = bpf_map_lookup_elem(&queued, &key);
	if (since) {
		took = now - *since;
		stats_hist_add(h->wakeup, took);
		stats_max(&c->wakeup_max_ns, took);
		bpf_map_delete_elem(&queued, &key);
	}
	if (bpf_map_update_elem(&running, &key, &now, BPF_ANY))
		lost_add(RECORD_LOST_WORK);
	return 0;
}

/* raw_tp: 6.1 does not let a tp_btf program read the second argument, a function pointer. */
SEC("raw_tp/workqueue_execute_end")
int BPF_PROG(rescue_end, struct work_struct *work, __u64 function)
{
	__u64 key = (__u64)work, *since, took;
	struct record_counts *c;
	struct record_hists *h;
	long slot;

	/* The work may be gone by now, so it must not be read: function is its func. */
	if (!ksym_bio_alloc_rescue || function != ksym_bio_alloc_rescue)
		return 0;
	since = bpf_map_lookup_elem(&running, &key);
	if (!since)
		return 0;
	took = bpf_ktime_get_ns() - *since;
	bpf_map_delete_elem(&running, &key);
	slot = pool_slot(bs_of_work(key));
	if (slot < 0)
		return 0;
	c = stats_counts(slot);
	h = stats_hists(slot);
	if (!c || !h)
		return 0;
	stats_hist_add(h->run, took);
	stats_max(&c->run_max_ns, took);
	return 0;
}

/* Its address may be used again at once, so the slot must not be found by it any more. */
static __always_inline void pool_gone(struct bio_set *bs)
{
	__u64 key = (__u64)bs;
	__u32 *slot = bpf_map_lookup_elem(&slots, &key);
	struct record_pool *pool;

	if (!slot)
		return;
	pool = pool_at(*slot);
	if (pool)
		pool->flags |= RECORD_POOL_GONE;
	bpf_map_delete_elem(&slots, &key);
}

SEC("fexit/bioset_init")
int BPF_PROG(pool_created, struct bio_set *bs, unsigned int pool_size, unsigned int front_pad,
	     int flags, int ret)
{
	if (ret)
		return 0;
	pool_gone(bs);
	pool_slot(bs);
	return 0;
}

SEC("fentry/bioset_exit")
int BPF_PROG(pool_destroyed, struct bio_set *bs)
{
	pool_gone(bs);
	return 0;
}

char _license[] SEC("license") = "GPL";
