/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Places in a table, given out in their order and once.
 */
#ifndef BIOSCOPE_CLAIM_BPF_H
#define BIOSCOPE_CLAIM_BPF_H

#include "kernel.bpf.h"

/* The next place, of which *@used are given out; @max or more: there is none left. */
static __always_inline __u32 claim(__u32 *used, __u32 max)
{
	/* Nobody counts on when all are gone, or the first one would come up again in the end. */
	if (*(volatile __u32 *)used >= max)
		return max;
	return __sync_fetch_and_add(used, 1);
}

#endif
