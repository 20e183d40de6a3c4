/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of bpf/kzalloc.bpf.c that the tools read: modules, call sites, counters, live objects.
 * Fixed-width types only, explicit padding, no pointers.
 */
#ifndef BIOSCOPE_RECORD_KZALLOC_H
#define BIOSCOPE_RECORD_KZALLOC_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#define RECORD_KZALLOC_SITES 2048 /* call sites followed at once; more are counted as lost */
#define RECORD_KZALLOC_OBJECTS 65536 /* live at once; more are counted as lost */
#define RECORD_KZALLOC_MODULES 1024 /* already there, or loaded while tracing */
#define RECORD_KZALLOC_MODULE 56 /* MODULE_NAME_LEN */

/* One module, from load to unload; a module that is loaded again is another one. */
struct record_kzalloc_module {
	__u64 base; /* of its code, 0: unused */
	__u64 size;
	__u64 init_base; /* of what runs once and then goes, 0: none or unknown */
	__u64 init_size;
	__u64 loaded_ns; /* CLOCK_MONOTONIC, 0: before the tracer */
	__u64 gone_ns; /* 0: still there */
	char name[RECORD_KZALLOC_MODULE];
	__u64 pad;
};

/* One call site. What is loaded at its address later gets another one. */
struct record_kzalloc_site {
	__u64 addr; /* return address, 0: slot unused */
	__u64 since_ns; /* CLOCK_MONOTONIC, first call */
	char symbol[112]; /* as "%pB" prints it */
};

/*
 * Counters of one call site on one CPU. Their sums only grow, but for what turns out to be of
 * another call site.
 */
struct record_kzalloc_counts {
	__u64 calls;
	__u64 failed; /* of those */
	__u64 bytes_req; /* asked for by calls that did not fail */
	__u64 bytes_alloc; /* and given: the size of the slab's objects */
	__u64 freed; /* objects */
	__u64 unseen; /* of those, seen only as their address was given out again */
	__u64 pad[2];
};

/* A zeroed object that was not freed yet; keyed by its address. */
struct record_kzalloc_object {
	__u64 since_ns; /* CLOCK_MONOTONIC */
	__u64 bytes_req;
	__u64 bytes_alloc;
	__u32 slot; /* of its call site */
	__u32 seen; /* which copies of the program have seen it allocated, a bit each */
};

/* Code that is looked at, with -m. */
struct record_kzalloc_range {
	__u64 base;
	__u64 size; /* 0: none */
};

#define RECORD_KZALLOC_RANGES 2 /* a module's code, and what runs once */

/* What could not be counted; every report shows these when they are not zero. */
enum record_kzalloc_lost {
	RECORD_KZALLOC_LOST_SITES, /* call at a site for which no slot was left */
	RECORD_KZALLOC_LOST_OBJECTS, /* object that found its map full: only its call is counted */
	RECORD_KZALLOC_LOST_FREES, /* object that could not be taken off its map */
	RECORD_KZALLOC_LOST_MODULES, /* load or unload that was skipped or found its table full */
	RECORD_KZALLOC_LOSTS,
};

_Static_assert(sizeof(struct record_kzalloc_module) == 112, "it is read by the tools");
_Static_assert(sizeof(struct record_kzalloc_site) == 128, "it is read by the tools");
_Static_assert(sizeof(struct record_kzalloc_counts) == 64, "it fills a cache line");
_Static_assert(sizeof(struct record_kzalloc_object) == 32, "it is read by the tools");

#endif
