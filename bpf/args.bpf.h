/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arguments of traced functions and tracepoints whose place depends on the kernel.
 */
#ifndef BIOSCOPE_ARGS_BPF_H
#define BIOSCOPE_ARGS_BPF_H

#include "kernel.bpf.h"

/* bio_alloc_bioset(gfp, nr_vecs, bs), until 609be1066731 ("block: pass a block_device..."). */
#ifdef MAPS_HERE
const volatile bool bs_is_third = false;
#else
extern const volatile bool bs_is_third;
#endif

/* Kept as a load of its own: 6.1's verifier rejects the context plus a chosen offset. */
#define ARG(ctx, n)                                                                         \
	({                                                                                  \
		__u64 arg;                                                                  \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(arg) : "r"(ctx), "i"(8 * (n))); \
		arg;                                                                        \
	})

static __always_inline struct bio_set *arg_bs(__u64 *ctx)
{
	if (bs_is_third)
		return (void *)ARG(ctx, 2);
	return (void *)ARG(ctx, 4);
}

/* The same of a kprobe. Both are loaded, for the reason above. */
static __always_inline struct bio_set *kprobe_arg_bs(struct pt_regs *ctx)
{
	__u64 third = PT_REGS_PARM3(ctx), fifth = PT_REGS_PARM5(ctx);

	barrier_var(third);
	barrier_var(fifth);
	return (void *)(bs_is_third ? third : fifth);
}

static __always_inline __u64 returned(__u64 *ctx)
{
	if (bs_is_third)
		return ARG(ctx, 3);
	return ARG(ctx, 5);
}

#endif
