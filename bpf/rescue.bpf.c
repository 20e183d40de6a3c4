// SPDX-License-Identifier: GPL-2.0
/*
 * The rescuer of a bio_set: what is punted to it, its wakeup latency, run time and who ran it.
 * punt_bios_to_rescuer() queues the work, bio_alloc_rescue() is it. Tracepoints of workqueues would
 * tell the same, but run for every work of the host: they are only for kernels that have no BTF.
 */
#include "times.bpf.h"
#include "pool.bpf.h"
#include "parked.bpf.h"
#include "events.bpf.h"

const volatile __u64 ksym_bio_alloc_rescue = 0;

/* When the rescue work of a bio_set was queued, and when it was started; by address of the set. */
struct map_works {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_POOLS);
	__type(key, __u64);
	__type(value, __u64);
};

struct map_works queued SEC(".maps");
struct map_works running SEC(".maps");

/* Queued once more while it is queued, a work runs once. */
static __always_inline void queues(__u64 bs)
{
	__u64 now = bpf_ktime_get_ns();
	int err = map_add(&queued, &bs, &now);

	if (err && err != -KERNEL_EEXIST)
		lost_add(RECORD_LOST_WORK);
}

static __always_inline void punted(struct bio_set *bs)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct parked *p = bpf_map_lookup_elem(&parked, &tid);
	struct record_counts *c;
	long slot;

	queues((__u64)bs);
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

static __always_inline __u64 bs_of_work(__u64 work)
{
	return work - bpf_core_field_offset(struct bio_set, rescue_work);
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

static __noinline int starts(__u64 bs)
{
	__u64 now, *since, took = 0;
	struct record_counts *c;
	long slot = pool_slot_of_set((void *)bs);

	if (slot < 0)
		return 0;
	c = stats_counts(slot);
	if (!c)
		return 0;
	__sync_fetch_and_add(&c->rescuer_runs, 1);
	if (is_wq_rescuer())
		__sync_fetch_and_add(&c->wq_rescuer_runs, 1);
	since = bpf_map_lookup_elem(&queued, &bs);
	now = bpf_ktime_get_ns();
	if (since) {
		took = now - *since;
		bpf_map_delete_elem(&queued, &bs);
		times_add(RECORD_TIMED_WAKEUP, slot, took);
	}
	event_add(RECORD_EVENT_RESCUE, slot, took, -1);
	if (bpf_map_update_elem(&running, &bs, &now, BPF_ANY))
		lost_add(RECORD_LOST_WORK);
	return 0;
}

static __noinline int ends(__u64 bs)
{
	__u64 *since = bpf_map_lookup_elem(&running, &bs), took;
	long slot;

	if (!since) {
		/* Its start was not seen, so what is queued may be of the past. */
		bpf_map_delete_elem(&queued, &bs);
		return 0;
	}
	took = bpf_ktime_get_ns() - *since;
	bpf_map_delete_elem(&running, &bs);
	slot = pool_slot_of_set((void *)bs);
	if (slot < 0)
		return 0;
	event_add(RECORD_EVENT_RESCUED, slot, took, -1);
	times_add(RECORD_TIMED_RUN, slot, took);
	return 0;
}

SEC("fentry/bio_alloc_rescue")
int rescue_start(__u64 *ctx)
{
	return starts(bs_of_work(kernel_address((void *)ctx[0])));
}

SEC("fexit/bio_alloc_rescue")
int rescue_end(__u64 *ctx)
{
	return ends(bs_of_work(kernel_address((void *)ctx[0])));
}

SEC("raw_tp/workqueue_execute_start")
int BPF_PROG(rescue_start_tp, struct work_struct *work)
{
	if (ksym_bio_alloc_rescue && (__u64)BPF_CORE_READ(work, func) == ksym_bio_alloc_rescue)
		starts(bs_of_work((__u64)work));
	return 0;
}

/* The work may be gone by now, so it must not be read: function is its func. */
SEC("raw_tp/workqueue_execute_end")
int BPF_PROG(rescue_end_tp, struct work_struct *work, __u64 function)
{
	if (ksym_bio_alloc_rescue && function == ksym_bio_alloc_rescue)
		ends(bs_of_work((__u64)work));
	return 0;
}

char _license[] SEC("license") = "GPL";
