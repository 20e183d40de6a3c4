/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots of the bio_sets that were used last and have no rescuer, for alloc_cheap.bpf.c. While a
 * task waits for one of them, or has waited and not called again, it is not among them. As in
 * known.bpf.h an entry is one word, but addresses are relative to the table: the verifier takes the
 * difference of two pointers for a number, and allows no other arithmetic on them.
 */
#ifndef BIOSCOPE_CHEAP_BPF_H
#define BIOSCOPE_CHEAP_BPF_H

#include "waits.bpf.h"

#define CHEAP_BITS 10
#ifdef MAPS_HERE
__u64 cheap[1 << CHEAP_BITS];
#else
extern __u64 cheap[1 << CHEAP_BITS];
#endif

/* Of a typed pointer. */
static __always_inline __u64 cheap_key(struct bio_set *bs)
{
	__u64 key = (__u64)bs;

	asm volatile("%[key] -= %[table]" : [key] "+r"(key) : [table] "r"(cheap));
	return key;
}

static __always_inline __u32 cheap_index(__u64 key)
{
	__u32 i = key >> 3;

	return i * 0x9e3779b1u >> (32 - CHEAP_BITS);
}

/* Of a number. */
static __always_inline __u64 cheap_key_of(__u64 address)
{
	return address - kernel_address(cheap);
}

static __always_inline void cheap_forget(__u64 address)
{
	cheap[cheap_index(cheap_key_of(address))] = 0;
}

#endif
