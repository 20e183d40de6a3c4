/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables keyed by address, without allocation or lock: an array of sets of a few ways each. An
 * address can only be in the set that its hash says; where that is full, it is not followed. One
 * who adds an address knows that nobody else adds, finds or takes the same one meanwhile.
 */
#ifndef BIOSCOPE_TABLE_BPF_H
#define BIOSCOPE_TABLE_BPF_H

#include "times.bpf.h"

#define TABLE_WAYS RECORD_BIO_WAYS /* powers of two */
#define TABLE_SETS RECORD_BIO_SETS

/*
 * Keys are relative to something of ours, because the verifier takes the difference of two pointers
 * for a number and allows no other arithmetic on typed ones. This is of a typed one.
 */
static __always_inline __u64 table_key(const void *object)
{
	__u64 key = (__u64)object;

	asm volatile("%[key] -= %[origin]" : [key] "+r"(key) : [origin] "r"(rows));
	return key;
}

/* Of a number. */
static __always_inline __u64 table_key_of(__u64 address)
{
	return address - kernel_address(rows);
}

/* Fibonacci hashing of where an object lies. */
static __always_inline __u32 table_set(__u64 key)
{
	__u32 i = ((key >> 6) * 0x9e3779b97f4a7c15ULL) >> 32;

	return i & (TABLE_SETS - 1);
}

/* The way of a set whose keys these are; TABLE_WAYS: it is not there. */
static __always_inline __u32 table_find(const __u64 *keys, __u64 key)
{
	__u32 way;

#pragma unroll
	for (way = 0; way < TABLE_WAYS; way++)
		if (keys[way] == key)
			break;
	return way;
}

/* A way for @key, which is then there; TABLE_WAYS: none is free. */
static __always_inline __u32 table_add(__u64 *keys, __u64 key)
{
	__u32 way;

#pragma unroll
	for (way = 0; way < TABLE_WAYS; way++)
		if (!keys[way] && !__sync_val_compare_and_swap(&keys[way], 0, key))
			break;
	return way;
}

/* Of two that take the same, one finds it gone, and gets false. */
static __always_inline bool table_take(__u64 *keys, __u32 way, __u64 key)
{
	return __sync_val_compare_and_swap(&keys[way & (TABLE_WAYS - 1)], key, 0) == key;
}

#endif
