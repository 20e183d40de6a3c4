/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bios that are parked on current->bio_list while their task allocates another: those of the same
 * bio_set are what is punted to its rescuer. They are counted when an allocation begins, because a
 * kernel that has punt_bios_to_rescuer() inlined shows them nowhere else.
 */
#ifndef BIOSCOPE_PARKED_BPF_H
#define BIOSCOPE_PARKED_BPF_H

#include "maps.bpf.h"

/* Thread id -> bios that are parked below its allocation. */
struct parked {
	__u64 bs;
	__u64 bios;
};

struct map_parked {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RECORD_PARKED);
	__type(key, __u32);
	__type(value, struct parked);
};

MAPS_EXTERN struct map_parked parked SEC(".maps");

#endif
