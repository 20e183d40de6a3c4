// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure by our module bio_pressure, where that is loaded: its tracepoints
 * (kmod/bio_pressure_trace.h).
 */
#include "events.bpf.h"
#include "pool.bpf.h"

SEC("raw_tp/bio_pressure_held")
int pressure_held(__u64 *ctx)
{
	long slot = pool_slot_of((void *)ctx[0], -1);

	if (slot >= 0)
		event_add(RECORD_EVENT_PRESSURE, slot, (__u32)ctx[1], -1);
	return 0;
}

/* Of a pool that is gone it was told that it is. */
SEC("raw_tp/bio_pressure_lifted")
int pressure_lifted(__u64 *ctx)
{
	long slot = pool_find((void *)ctx[0]);

	if (slot >= 0)
		event_add(RECORD_EVENT_LIFTED, slot, ctx[1], -1);
	return 0;
}

char _license[] SEC("license") = "GPL";
