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

/*
 * A way of a set that is full: that of who came first, if that was long ago, because then its end
 * was not seen, most likely.
 */
static __noinline __u32 table_replace(__u64 *keys, __u64 *since_ns, __u64 key, __u64 now)
{
	__u32 way, first = 0;
	__u64 old;

#pragma unroll
	for (way = 1; way < TABLE_WAYS; way++)
		if (since_ns[way] < since_ns[first & (TABLE_WAYS - 1)])
			first = way;
	first &= TABLE_WAYS - 1;
	old = keys[first];
	if (now - since_ns[first] < RECORD_FORGET_NS ||
	    __sync_val_compare_and_swap(&keys[first], old, key) != old)
		return TABLE_WAYS;
	return first;
}

/* A way for @key, which is then there since @now; TABLE_WAYS, and @what is lost: none is free. */
static __always_inline __u32 table_add(__u64 *keys, __u64 *since_ns, __u64 key, __u64 now,
				       enum record_lost what)
{
	__u32 way;

#pragma unroll
	for (way = 0; way < TABLE_WAYS; way++)
		if (!keys[way] && !__sync_val_compare_and_swap(&keys[way], 0, key))
			break;
	if (way >= TABLE_WAYS) {
		lost_add(what);
		way = table_replace(keys, since_ns, key, now);
	}
	if (way < TABLE_WAYS)
		since_ns[way & (TABLE_WAYS - 1)] = now;
	return way;
}

/* Of two that take the same, one finds it gone, and gets false. */
static __always_inline bool table_take(__u64 *keys, __u32 way, __u64 key)
{
	return __sync_val_compare_and_swap(&keys[way & (TABLE_WAYS - 1)], key, 0) == key;
}

#endif
