// SPDX-License-Identifier: GPL-2.0
/*
 * The rescuer of a bio_set: what is punted to it, its wakeup latency, run time and who ran it; and
 * pools coming and going.
 */
#include "stats.bpf.h"
#include "pool.bpf.h"
#include "cheap.bpf.h"
#include "parked.bpf.h"
#include "events.bpf.h"

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

static __always_inline void punted(struct bio_set *bs)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct parked *p = bpf_map_lookup_elem(&parked, &tid);
	struct record_counts *c;
	long slot;

	if (!p || p->bs != (__u64)bs) {
		lost_add(RECORD_LOST_PARKED);
		return;
	}
	slot = pool_slot_of_set(bs);
	if (slot < 0)
		return;
	c = stats_counts(slot);
	if (!c)
		return;
	__sync_fetch_and_add(&c->punts, 1);
	__sync_fetch_and_add(&c->punted_bios, p->bios);
	event_add(RECORD_EVENT_PUNT, slot, p->bios, -1);
	/* A second punt of the same allocation finds nothing left. */
	p->bios = 0;
}

SEC("fentry/punt_bios_to_rescuer")
int punt_enter(__u64 *ctx)
{
	punted((void *)kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int punt_enter_kprobe(struct pt_regs *ctx)
{
	punted((void *)PT_REGS_PARM1(ctx));
	return 0;
}

/* Where that is inlined: its spin_lock(&bs->rescue_lock), the only one of bio_alloc_bioset(). */
SEC("kprobe")
int punt_locks(struct pt_regs *ctx)
{
	punted((struct bio_set *)(PT_REGS_PARM1(ctx) -
				  bpf_core_field_offset(struct bio_set, rescue_lock)));
	return 0;
}

static __always_inline struct bio_set *bs_of_work(__u64 work)
{
	return (struct bio_set *)(work - bpf_core_field_offset(struct bio_set, rescue_work));
}

static __always_inline bool is_rescue(struct work_struct *work)
{
	return ksym_bio_alloc_rescue && (__u64)BPF_CORE_READ(work, func) == ksym_bio_alloc_rescue;
}

/*
 * raw_tp, not tp_btf: that needs BTF, and on 6.1 may not read the function that rescue_end is
 * given.
 */
SEC("raw_tp/workqueue_queue_work")
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

SEC("raw_tp/workqueue_execute_start")
int BPF_PROG(rescue_start, struct work_struct *work)
{
	__u64 key = (__u64)work, now, *since, took = 0;
	struct record_counts *c;
	struct record_hists *h;
	long slot;

	if (!is_rescue(work))
		return 0;
	slot = pool_slot_of_set(bs_of_work(key));
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
		stats_hist_add(h->wakeup, took, 1);
		stats_max(&c->wakeup_max_ns, took);
		bpf_map_delete_elem(&queued, &key);
	}
	event_add(RECORD_EVENT_RESCUE, slot, took, -1);
	if (bpf_map_update_elem(&running, &key, &now, BPF_ANY))
		lost_add(RECORD_LOST_WORK);
	return 0;
}

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
	slot = pool_slot_of_set(bs_of_work(key));
	if (slot < 0)
		return 0;
	c = stats_counts(slot);
	h = stats_hists(slot);
	if (!c || !h)
		return 0;
	event_add(RECORD_EVENT_RESCUED, slot, took, -1);
	stats_hist_add(h->run, took, 1);
	stats_max(&c->run_max_ns, took);
	return 0;
}

static __noinline int set_gone(__u64 address)
{
	pool_gone_set((void *)address);
	cheap_forget(address);
	return 0;
}

SEC("fexit/bioset_init")
int set_created(__u64 *ctx)
{
	struct bio_set *bs = (void *)kernel_address((void *)ctx[0]);

	/* The fifth is what it returns. */
	if ((int)ctx[4])
		return 0;
	set_gone((__u64)bs);
	pool_slot_of_set(bs);
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
	pool_gone((void *)kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int mempool_exited_kprobe(struct pt_regs *ctx)
{
	pool_gone((void *)PT_REGS_PARM1(ctx));
	return 0;
}

/* It may have mempool_exit() inlined. */
SEC("fentry/mempool_destroy")
int mempool_destroyed(__u64 *ctx)
{
	pool_gone((void *)kernel_address((void *)ctx[0]));
	return 0;
}

SEC("kprobe")
int mempool_destroyed_kprobe(struct pt_regs *ctx)
{
	pool_gone((void *)PT_REGS_PARM1(ctx));
	return 0;
}

char _license[] SEC("license") = "GPL";
