// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that sleep and cannot be interrupted, whatever for: by where each of them is, the tools
 * tell who waits for a pool from who waits for a driver, a lock, or a disk. And what tasks have
 * submitted that no disk can have before they return. Runs only when the tools ask.
 */
#include "worker.bpf.h"
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
	b.work = worker_work(task);
	n = bpf_get_task_stack(task, b.ip, sizeof(b.ip), 0);
	b.nr_frames = n > 0 ? n / sizeof(b.ip[0]) : 0;
	bpf_seq_write(ctx->meta->seq, &b, sizeof(b));
	return 0;
}

struct parked_walk {
	struct seq_file *seq;
	struct bio *bio;
	struct record_parked of;
};

/* For bpf_loop(): the next bio of a list that may change meanwhile. */
static int park_one(__u32 i, void *data)
{
	struct parked_walk *w = data;
	struct bio *bio = w->bio;

	if (!bio)
		return 1;
	w->of.bio = (__u64)bio;
	w->of.bs = (__u64)BPF_CORE_READ(bio, bi_pool);
	bpf_seq_write(w->seq, &w->of, sizeof(w->of));
	w->bio = BPF_CORE_READ(bio, bi_next);
	return 0;
}

/*
 * Below submit_bio_noacct() a task has two lists: of what it has submitted since it called the
 * driver at hand, and of what was there before (block/blk-core.c).
 */
SEC("iter/task")
int parked_bios(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct parked_walk w = { .seq = ctx->meta->seq };
	struct bio_list *lists;

	lists = task ? BPF_CORE_READ(task, bio_list) : NULL;
	if (!lists)
		return 0;
	w.of.tid = BPF_CORE_READ(task, pid);
	w.of.tgid = BPF_CORE_READ(task, tgid);
	BPF_CORE_READ_STR_INTO(&w.of.comm, task, comm);
	w.bio = BPF_CORE_READ(lists, head);
	bpf_loop(RECORD_PARKED_MOST, park_one, &w, 0);
	w.bio = BPF_CORE_READ(&lists[1], head);
	bpf_loop(RECORD_PARKED_MOST, park_one, &w, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
