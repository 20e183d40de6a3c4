/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The accounting of zeroed allocations: settings, maps, call sites and objects.
 */
#ifndef BIOSCOPE_KZALLOC_BPF_H
#define BIOSCOPE_KZALLOC_BPF_H

#include "claim.bpf.h"
#include "kernel.bpf.h"
#include "record_kzalloc.h"

#define NEAR_BITS 14
/* include/linux/slab.h: two pages. */
#define KERNEL_KMALLOC_MAX_CACHE_SIZE 8192

const volatile __u32 nr_cpus = 1; /* rows per slot in counts */
const volatile __u64 gfp_zero = 0; /* __GFP_ZERO */
const volatile bool only_module = false; /* only what is called in ranges[] */
const volatile char module_name[RECORD_KZALLOC_MODULE] = ""; /* which is this one's code */
/* kvfree_call_rcu() takes a function, 04a522b7da3d ("rcu: Refactor kvfree_call_rcu()...", 6.2). */
const volatile bool kvfree_func = false;

/* mmapped by the tools, which write the first ones and ranges[0] before anything is attached. */
struct record_kzalloc_module modules[RECORD_KZALLOC_MODULES];
struct record_kzalloc_site sites[RECORD_KZALLOC_SITES];
struct record_kzalloc_range ranges[RECORD_KZALLOC_RANGES];
__u64 lost[RECORD_KZALLOC_LOSTS];
__u32 modules_used = 0;
__u32 sites_used = 0;
/* How many objects have an address of that hash: most frees are of none, and need not search. */
__u32 near[1 << NEAR_BITS];

/* Address of a call site -> its index in sites. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_KZALLOC_SITES);
	__type(key, __u64);
	__type(value, __u32);
} slots SEC(".maps");

/* Where a module's code is -> its index in modules, while it is loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_KZALLOC_MODULES);
	__type(key, __u64);
	__type(value, __u32);
} loaded SEC(".maps");

/* Index: slot * nr_cpus + cpu; the loader sets max_entries. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_kzalloc_counts);
} counts SEC(".maps");

/* Preallocated: a program that runs inside kmalloc() must not call it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RECORD_KZALLOC_OBJECTS);
	__type(key, __u64);
	__type(value, struct record_kzalloc_object);
} objects SEC(".maps");

static __always_inline void lost_add(enum record_kzalloc_lost what)
{
	__sync_fetch_and_add(&lost[what], 1);
}

static __always_inline bool in_range(__u64 addr, __u64 base, __u64 size)
{
	return addr - base < size;
}

static __always_inline bool is_wanted(__u64 addr)
{
	return !only_module || in_range(addr, ranges[0].base, ranges[0].size) ||
	       in_range(addr, ranges[1].base, ranges[1].size);
}

static __always_inline struct record_kzalloc_counts *counts_of(__u32 slot)
{
	__u32 row = slot * nr_cpus + bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counts, &row);
}

/* Two CPUs may meet here: the hash decides, the loser's slot stays unused (addr == 0). */
static __always_inline long site_add(__u64 addr)
{
	static const char fmt[] = "%pB";
	__u32 slot = claim(&sites_used, RECORD_KZALLOC_SITES), index = slot, *winner;
	struct record_kzalloc_site *site;

	barrier_var(index);
	if (index >= RECORD_KZALLOC_SITES)
		return -1;
	site = &sites[index];
	if (bpf_map_update_elem(&slots, &addr, &slot, BPF_NOEXIST)) {
		winner = bpf_map_lookup_elem(&slots, &addr);
		return winner ? (long)*winner : -1;
	}
	site->since_ns = bpf_ktime_get_ns();
	/* Now, as the symbol goes with the module. */
	bpf_snprintf(site->symbol, sizeof(site->symbol), fmt, &addr, sizeof(addr));
	site->addr = addr;
	return slot;
}

static __always_inline __u32 *near_of(__u64 ptr)
{
	return &near[(ptr >> 3) * 0x9e3779b97f4a7c15ULL >> (64 - NEAR_BITS)];
}

/* The object at @ptr is no more. */
static __always_inline int freed(__u64 ptr)
{
	struct record_kzalloc_object *o;
	struct record_kzalloc_counts *c;
	__u32 slot;

	if (!*near_of(ptr))
		return 0;
	o = bpf_map_lookup_elem(&objects, &ptr);
	if (!o)
		return 0;
	slot = o->slot;
	/* May fail, as a lock is not waited for: 20b6cc34ea74 ("bpf: Avoid hashtab..."). */
	if (bpf_map_delete_elem(&objects, &ptr)) {
		lost_add(RECORD_KZALLOC_LOST_FREES);
		return 0;
	}
	__sync_fetch_and_add(near_of(ptr), -1);
	c = counts_of(slot);
	if (c)
		__sync_fetch_and_add(&c->freed, 1);
	return 0;
}

static __always_inline void object_add(__u32 slot, __u64 ptr, __u64 req, __u64 alloc, __u32 seen)
{
	struct record_kzalloc_object o = {
		.since_ns = bpf_ktime_get_ns(),
		.bytes_req = req,
		.bytes_alloc = alloc,
		.slot = slot,
		.seen = seen,
	};

	__sync_fetch_and_add(near_of(ptr), 1);
	if (!bpf_map_update_elem(&objects, &ptr, &o, BPF_ANY))
		return;
	__sync_fetch_and_add(near_of(ptr), -1);
	lost_add(RECORD_KZALLOC_LOST_OBJECTS);
}

/*
 * What is too large for the slab is told twice where __do_kmalloc_node() calls a function that
 * tells of it, too (mm/slub.c, 7.3): the same address and sizes, and the second time with the
 * caller that is meant. Frees of such memory are all seen, so this is no new object.
 */
static __always_inline bool is_told_again(const struct record_kzalloc_object *o, __u64 req,
					  __u64 alloc)
{
	return req > KERNEL_KMALLOC_MAX_CACHE_SIZE && o->bytes_req == req &&
	       o->bytes_alloc == alloc;
}

/* As if it had not been told the first time. */
static __always_inline void uncount(struct record_kzalloc_counts *c, __u64 ptr, __u64 req,
				    __u64 alloc)
{
	if (bpf_map_delete_elem(&objects, &ptr)) {
		lost_add(RECORD_KZALLOC_LOST_FREES);
		return;
	}
	__sync_fetch_and_add(near_of(ptr), -1);
	__sync_fetch_and_add(&c->calls, -1);
	__sync_fetch_and_add(&c->bytes_req, -req);
	__sync_fetch_and_add(&c->bytes_alloc, -alloc);
}

/*
 * Whether another copy of the program has counted this allocation. If this very copy has seen the
 * object, it is given out again, and what was there before was freed in a way that was not seen.
 */
static __always_inline bool is_counted(__u64 ptr, __u64 req, __u64 alloc, __u32 copy)
{
	struct record_kzalloc_object *o = bpf_map_lookup_elem(&objects, &ptr);
	struct record_kzalloc_counts *c;

	if (!o)
		return copy && lost[RECORD_KZALLOC_LOST_OBJECTS]; /* it may not be there for that */
	if (!(o->seen & 1u << copy)) {
		o->seen |= 1u << copy;
		return true;
	}
	c = counts_of(o->slot);
	if (!c)
		return false;
	if (is_told_again(o, req, alloc)) {
		uncount(c, ptr, req, alloc);
		return false;
	}
	__sync_fetch_and_add(&c->unseen, 1);
	freed(ptr);
	return false;
}

static __always_inline long site_slot(__u64 addr, __u32 copy)
{
	__u32 *slot = bpf_map_lookup_elem(&slots, &addr);
	long added;

	if (slot)
		return *slot;
	added = site_add(addr);
	if (added < 0 && !copy)
		lost_add(RECORD_KZALLOC_LOST_SITES);
	return added;
}

static __always_inline int allocated(__u64 site, __u64 ptr, __u64 req, __u64 alloc, __u32 gfp,
				     __u32 copy)
{
	struct record_kzalloc_counts *c;
	long slot;

	if (!(gfp & gfp_zero) || !is_wanted(site))
		return 0;
	/* A failure has nothing to tell it from another by, so only the first copy counts it. */
	if (ptr ? is_counted(ptr, req, alloc, copy) : copy)
		return 0;
	slot = site_slot(site, copy);
	if (slot < 0)
		return 0;
	c = counts_of(slot);
	if (!c)
		return 0;
	__sync_fetch_and_add(&c->calls, 1);
	if (!ptr) {
		__sync_fetch_and_add(&c->failed, 1);
		return 0;
	}
	__sync_fetch_and_add(&c->bytes_req, req);
	__sync_fetch_and_add(&c->bytes_alloc, alloc);
	object_add(slot, ptr, req, alloc, 1u << copy);
	return 0;
}

#endif
