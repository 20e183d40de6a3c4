// SPDX-License-Identifier: GPL-2.0
/*
 * What any program costs where bios are allocated: to be called and, with CLOCK, to read the clock.
 * HOOK is fentry, fexit or kprobe.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#ifdef CLOCK
__u64 now;
#endif

SEC(HOOK "/bio_alloc_bioset")
int part(__u64 *ctx)
{
#ifdef CLOCK
	now = bpf_ktime_get_ns();
#endif
	return 0;
}
