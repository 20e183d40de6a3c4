/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Maps and settings that all programs share. The object that defines MAPS_HERE owns them, the
 * others refer to them and bpftool's linker joins them.
 */
#ifndef BIOSCOPE_MAPS_BPF_H
#define BIOSCOPE_MAPS_BPF_H

#include "kernel.bpf.h"
#include "record.h"

#ifdef MAPS_HERE
#define MAPS_EXTERN
#else
#define MAPS_EXTERN extern
#endif

struct map_pools {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, RECORD_POOLS);
	__type(key, __u32);
	__type(value, struct record_pool);
};

/* Address of a mempool -> its index in pools. */
struct map_slots {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_POOLS);
	__type(key, __u64);
	__type(value, __u32);
};

/* Slots that can be given out; the tools fill it. */
struct map_free_slots {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, RECORD_POOLS);
	__uint(key_size, 0);
	__uint(value_size, sizeof(__u32));
};

/* By CPU; the loader sets max_entries. */
struct map_calls {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_calls);
};

struct map_counts {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, RECORD_POOLS);
	__type(key, __u32);
	__type(value, struct record_counts);
};

struct map_waiters {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_WAITERS);
	__type(key, __u32);
	__type(value, struct record_waiter);
};

/* Address of an element -> who took it from a reserve. */
struct map_holders {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_HOLDERS);
	__type(key, __u64);
	__type(value, struct record_holder);
};

struct map_stacks {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, RECORD_STACKS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, RECORD_STACK_DEPTH * sizeof(__u64));
};

struct map_lost {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_losses);
};

MAPS_EXTERN struct map_pools pools SEC(".maps");
MAPS_EXTERN struct map_slots slots SEC(".maps");
MAPS_EXTERN struct map_free_slots free_slots SEC(".maps");
MAPS_EXTERN struct map_lost lost SEC(".maps");

static __always_inline void lost_add(enum record_lost what)
{
	__u32 key = 0;
	__u64 *n = bpf_map_lookup_elem(&lost, &key);

	if (n)
		__sync_fetch_and_add(&n[what], 1);
}

#endif
