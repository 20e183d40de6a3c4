/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of several bio_put() frees the bio.
 */
#ifndef BIOSCOPE_LAST_PUT_BPF_H
#define BIOSCOPE_LAST_PUT_BPF_H

#include "kernel.bpf.h"

/*
 * Whether bio_put() drops the last of several references, of which @count are left. With one left
 * it does; with more it may still, as others that have just begun, too, are not taken off yet.
 * @puts, how many have begun, and @refs, how many there will be, are kept with the bio, 0 at first.
 */
static __always_inline bool last_put(__u32 *puts, __u32 *refs, __u32 count)
{
	__u32 n;

	__sync_fetch_and_add(puts, 1);
	n = *(volatile __u32 *)puts;
	if (n == 1)
		*refs = count;
	return count == 1 || (*refs && n >= *refs);
}

#endif
