/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of what is rare, for whoever wants to see each: nothing of this is on the way of an
 * allocation that the slab or a per-CPU cache serves.
 */
#ifndef BIOSCOPE_EVENTS_BPF_H
#define BIOSCOPE_EVENTS_BPF_H

#include "maps.bpf.h"

/* The loader makes it as large only when events are wanted. */
struct map_events {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

MAPS_EXTERN struct map_events events SEC(".maps");

/* Bit by enum record_event_kind. */
#ifdef MAPS_HERE
const volatile __u32 want_events = 0;
#else
extern const volatile __u32 want_events;
#endif

/*
 * To be woken for each would cost the reader more than the event: it looks often enough. But what
 * appears may be gone soon, and has to be named before.
 */
static __always_inline __u64 event_wakes(enum record_event_kind kind)
{
	if (kind == RECORD_EVENT_CREATED)
		return BPF_RB_FORCE_WAKEUP;
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < RECORD_EVENT_WAKE ?
		       BPF_RB_NO_WAKEUP :
		       BPF_RB_FORCE_WAKEUP;
}

static __always_inline void event_add(enum record_event_kind kind, __u32 slot, __u64 value,
				      __s32 stack)
{
	struct record_event *e;
	__u64 id;

	if (!(want_events & 1u << kind))
		return;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		lost_add(RECORD_LOST_EVENTS);
		return;
	}
	id = bpf_get_current_pid_tgid();
	e->time_ns = bpf_ktime_get_ns();
	e->value = value;
	e->cgroup = bpf_get_current_cgroup_id();
	e->kind = kind;
	e->slot = slot;
	e->tid = id;
	e->tgid = id >> 32;
	e->cpu = bpf_get_smp_processor_id();
	e->stack = stack;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, event_wakes(kind));
}

#endif
