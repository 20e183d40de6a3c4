// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that sleep and cannot be interrupted, whatever for: by where each of them is, the tools
 * tell who waits for a pool from who waits for a driver, a lock, or a disk. Runs only when they
 * ask.
 */
#include "kernel.bpf.h"
#include "record.h"

/* include/linux/sched.h: those of idle kernel threads do not count as load. */
#define TASK_UNINTERRUPTIBLE 0x2
#define TASK_NOLOAD 0x400

/*
 * When a task last began to run. The clock of the run queues is not that of bpf_ktime_get_ns(), but
 * who runs now, and so reads this, has begun just now.
 */
static __always_inline __u64 ran_at(struct task_struct *task)
{
	return BPF_CORE_READ(task, sched_info.last_arrival);
}

SEC("iter/task")
int blocked_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *reader;
	struct record_blocked b = {};
	__u32 state;
	__u64 now;
	long n;

	if (!task)
		return 0;
	state = BPF_CORE_READ(task, __state);
	if (!(state & TASK_UNINTERRUPTIBLE) || (state & TASK_NOLOAD))
		return 0;
	b.tid = BPF_CORE_READ(task, pid);
	b.tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&b.comm, task, comm);
	if (bpf_core_field_exists(task->sched_info.last_arrival)) {
		reader = (void *)bpf_get_current_task();
		now = ran_at(reader);
		b.blocked_ns = now > ran_at(task) ? now - ran_at(task) : 0;
	}
	n = bpf_get_task_stack(task, b.ip, sizeof(b.ip), 0);
	b.nr_frames = n > 0 ? n / sizeof(b.ip[0]) : 0;
	bpf_seq_write(ctx->meta->seq, &b, sizeof(b));
	return 0;
}

char _license[] SEC("license") = "GPL";
