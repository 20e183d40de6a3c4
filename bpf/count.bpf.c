// SPDX-License-Identifier: GPL-2.0
/*
 * For bpftool alone: how many bios each bio_set gave, and how many it refused. An object of its
 * own, because nothing in it is left to a loader: no settings, no targets to choose, only functions
 * that every kernel has.
 *
 *	bpftool prog loadall count.o /sys/fs/bpf/count autoattach
 *	bpftool map dump name bioset_counts
 */
#include "kernel.bpf.h"

#define COUNT_BIO_SETS 4096 /* followed at once; allocations of more are counted as lost */

/* What bpftool prints: the names of the members are for people. */
struct bioset_count {
	char name[40]; /* its symbol, or its address in hex */
	__u32 reserve; /* of its bio_pool, in elements */
	__u32 front_pad; /* bytes */
	__u64 allocations; /* that gave a bio */
	__u64 failures;
};

/* By address. A bio_set that goes away takes its entry with it: what is listed is there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, COUNT_BIO_SETS);
	__type(key, __u64);
	__type(value, struct bioset_count);
} bioset_counts SEC(".maps");

struct bioset_lost {
	__u64 allocations;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bioset_lost);
} bioset_lost SEC(".maps");

static __noinline struct bioset_count *count_add(__u64 address)
{
	static const char format[] = "%ps";
	struct bio_set *bs = (void *)address;
	struct bioset_count new = {};

	bpf_snprintf(new.name, sizeof(new.name), format, &address, sizeof(address));
	new.reserve =
		mempool_min_nr((void *)(address + bpf_core_field_offset(struct bio_set, bio_pool)));
	new.front_pad = BPF_CORE_READ(bs, front_pad);
	/* Another CPU may have been first. */
	bpf_map_update_elem(&bioset_counts, &address, &new, BPF_NOEXIST);
	return bpf_map_lookup_elem(&bioset_counts, &address);
}

static __always_inline void lost_one(void)
{
	__u32 key = 0;
	struct bioset_lost *lost = bpf_map_lookup_elem(&bioset_lost, &key);

	if (lost)
		__sync_fetch_and_add(&lost->allocations, 1);
}

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs), and what it returned */
SEC("fexit/bio_alloc_bioset")
int count_alloc(__u64 *ctx)
{
	struct bioset_count *count;
	__u64 bs = 0;

	bpf_get_func_arg(ctx, 4, &bs);
	count = bpf_map_lookup_elem(&bioset_counts, &bs) ?: count_add(bs);
	if (!count)
		lost_one();
	else if (ctx[5])
		__sync_fetch_and_add(&count->allocations, 1);
	else
		__sync_fetch_and_add(&count->failures, 1);
	return 0;
}

SEC("fentry/bioset_exit")
int count_exit(__u64 *ctx)
{
	__u64 bs = kernel_address((void *)ctx[0]);

	bpf_map_delete_elem(&bioset_counts, &bs);
	return 0;
}

char _license[] SEC("license") = "GPL";
