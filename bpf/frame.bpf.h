/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Allocations under way: one frame per call of bio_alloc_bioset(), in the storage of its task.
 */
#ifndef BIOSCOPE_FRAME_BPF_H
#define BIOSCOPE_FRAME_BPF_H

#include "kernel.bpf.h"

#define FRAMES 4 /* a power of two */

/* One bio_alloc_bioset() under way. */
struct frame {
	__u64 place; /* of the arguments on the stack: the same on entry and return */
	__u64 bs;
	__u64 start_ns;
	__u64 pool; /* the mempool of bs that mempool_alloc() is in, 0: none */
	__u64 wait_ns; /* when the first sleep of this mempool_alloc() began, 0: none */
	__u64 cache_first[2]; /* heads of the per-CPU cache on entry */
	__u32 parked; /* bios of bs on current->bio_list on entry */
	bool parked_any; /* anything at all on current->bio_list on entry */
	bool in_mempool; /* mempool_alloc() was called */
	bool last_null; /* the last slab allocation of mempool_alloc() failed */
	bool reserve; /* an element came from the reserve */
	bool waited;
	__u8 pad[7];
};

/*
 * Frames nest: direct reclaim inside an allocation may write out pages and so allocate again, and
 * interrupts may allocate on top of that.
 */
struct frames {
	__u32 depth;
	__u32 pad;
	struct frame f[FRAMES];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct frames);
} tasks SEC(".maps");

static __always_inline struct frames *frames_of_current(__u64 flags)
{
	return bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, flags);
}

static __always_inline struct frame *frame_top(struct frames *fs)
{
	__u32 top;

	if (!fs || !fs->depth)
		return NULL;
	top = fs->depth - 1;
	if (top >= FRAMES)
		return NULL;
	/* For the verifier of 6.1, which does not see through what clang makes of the test. */
	barrier_var(top);
	return &fs->f[top & (FRAMES - 1)];
}

/*
 * The kernel skips a program while the same program has been preempted on that CPU
 * (bpf_prog_get_recursion_context(); the tools read how often), so a frame can be left behind by a
 * return that was not seen. Stacks grow down: a call at or above a frame's place on the same stack
 * cannot be nested in it, so that frame is over.
 */
#define STACK_SHIFT 14 /* THREAD_SIZE of x86-64, and of arm64 with 4 KiB pages */

/* Where @ctx is, as a number: the verifier allows no comparing of pointers to the context. */
static __always_inline __u64 place_of(void *ctx)
{
	__u64 place = 0;

	bpf_probe_read_kernel(&place, sizeof(place), &ctx);
	return place;
}

static __always_inline bool frame_is_over(const struct frame *f, __u64 place)
{
	return f->place >> STACK_SHIFT == place >> STACK_SHIFT && f->place <= place;
}

static __always_inline void frames_drop_over(struct frames *fs, __u64 place)
{
	struct frame *f;
	int i;

	for (i = 0; i < FRAMES; i++) {
		f = frame_top(fs);
		if (!f || !frame_is_over(f, place))
			return;
		fs->depth--;
	}
}

/* Takes off what is over inside the call at @place, and returns that call's frame, or NULL. */
static __always_inline struct frame *frames_find(struct frames *fs, __u64 place)
{
	struct frame *f;
	int i;

	for (i = 0; i < FRAMES; i++) {
		f = frame_top(fs);
		if (!f || f->place == place)
			return f;
		if (!frame_is_over(f, place))
			return NULL;
		fs->depth--;
	}
	return NULL;
}

#endif
