/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waits of bio allocations for a reserve, from the first sleep on. That the kernel gave what was
 * waited for is not seen, only that the task woke up: a wait is over unless it goes on. It goes on
 * if the task sleeps again in the same call; it does not if its next call begins.
 */
#ifndef BIOSCOPE_WAITS_BPF_H
#define BIOSCOPE_WAITS_BPF_H

#include "stats.bpf.h"
#include "times.bpf.h"
#include "events.bpf.h"

struct map_waits {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, struct record_wait_key);
	__type(value, struct record_wait);
};

MAPS_EXTERN struct map_waits waits SEC(".maps");
MAPS_EXTERN struct map_waiters waiters SEC(".maps");
MAPS_EXTERN struct map_stacks stacks SEC(".maps");

/* How many entries waits has: while there is none, the hot path does not look. */
#ifdef MAPS_HERE
__u64 waits_open = 0;
#else
extern __u64 waits_open;
#endif

static __always_inline struct record_wait_key wait_key_of(__u64 mempool)
{
	return (struct record_wait_key){ .mempool = mempool, .tid = bpf_get_current_pid_tgid() };
}

/* Adds a wait of @took_ns to the histogram, or takes it away, because it goes on. */
static __always_inline void wait_count(__u32 slot, __u64 took_ns, __s64 n)
{
	struct record_counts *c = stats_counts(slot);

	if (c)
		__sync_fetch_and_add(&c->wait_ns, n * took_ns);
	times_count(RECORD_TIMED_WAIT, slot, took_ns, n);
}

#endif
