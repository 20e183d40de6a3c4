// SPDX-License-Identifier: GPL-2.0
/*
 * A program that does nothing where bios are allocated: what being called costs. HOOK is fentry or
 * fexit.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC(HOOK "/bio_alloc_bioset")
int empty(__u64 *ctx)
{
	return 0;
}
