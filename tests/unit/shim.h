/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands in for bpf/kernel.bpf.h (same guard), so that the pure parts of bpf/stats.bpf.h can be compiled for
 * the machine itself.
 */
#ifndef BIOSCOPE_KERNEL_BPF_H
#define BIOSCOPE_KERNEL_BPF_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* NOLINTBEGIN(bugprone-reserved-identifier,bugprone-macro-parentheses): as bpf_helpers.h has them */
#undef __always_inline
#define __always_inline inline __attribute__((always_inline, unused))
#define SEC(name)
#define __uint(name, value) int(*name)[value]
#define __type(name, value) value *name
/* NOLINTEND(bugprone-reserved-identifier,bugprone-macro-parentheses) */
#define barrier_var(var) asm volatile("" : "+r"(var))

enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_QUEUE = 22,
};
#define BPF_F_MMAPABLE 1024

static inline void *bpf_map_lookup_elem(void *map, const void *key)
{
	(void)map;
	(void)key;
	return NULL;
}

static inline __u32 bpf_get_smp_processor_id(void)
{
	return 0;
}

#endif
