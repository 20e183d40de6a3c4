/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a kernel worker works on.
 */
#ifndef BIOSCOPE_WORKER_BPF_H
#define BIOSCOPE_WORKER_BPF_H

#include "kernel.bpf.h"

#define PF_WQ_WORKER 0x20 /* include/linux/sched.h */

/*
 * Address of the work that @task is executing, 0: it is no worker (current_wq_worker(),
 * kernel/workqueue.c).
 */
static __always_inline __u64 worker_work(struct task_struct *task)
{
	struct kthread *kthread;
	struct worker *worker;

	if (!(BPF_CORE_READ(task, flags) & PF_WQ_WORKER))
		return 0;
	kthread = BPF_CORE_READ(task, worker_private);
	worker = BPF_CORE_READ(kthread, data);
	return (__u64)BPF_CORE_READ(worker, current_work);
}

#endif
