// SPDX-License-Identifier: GPL-2.0
/*
 * For bpftool alone: how many bios each bio_set gave, and how many it refused. An object of its
 * own, because nothing in it is left to a loader: no settings, no targets to choose, only programs
 * whose functions every kernel from 5.10 on has, and whose links it can pin.
 *
 *	bpftool prog loadall count.o /sys/fs/bpf/count autoattach
 *	bpftool map dump name bioset_counts
 */
#include "kernel.bpf.h"

#define COUNT_BIO_SETS 4096 /* followed at once; allocations of more are counted as lost */

/* What bpftool prints: the names of the members are for people. */
struct bioset_count {
	char name[40]; /* its symbol, or its address in hex; "" where the kernel cannot tell */
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

#define HAS_HELPER(name) bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_##name)

static __always_inline void name_of(char *name, __u32 size, __u64 bs)
{
	static const char format[] = "%ps";

	/* 7b15523a989b ("bpf: Add a bpf_snprintf helper"), 5.13 */
	if (HAS_HELPER(snprintf))
		bpf_snprintf(name, size, format, &bs, sizeof(bs));
}

static __noinline struct bioset_count *count_add(__u64 address)
{
	struct bio_set *bs = (void *)address;
	struct bioset_count new = {};

	name_of(new.name, sizeof(new.name), address);
	new.reserve = mempool_min_nr((void *)(address +
					      bpf_core_field_offset(struct bio_set, bio_pool)));
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

SEC("fexit/bio_alloc_bioset")
int count_alloc(__u64 *ctx)
{
	struct bioset_count *count;
	__u64 bs = 0, bio = 0;

	/*
	 * bs is the last argument, of three and now of five: 609be1066731 ("block: pass a
	 * block_device and opf to bio_alloc_bioset"), 5.18. Kernels that can tell how many there
	 * are (f92c1e183604, "bpf: Add get_func_[arg|ret|arg_cnt] helpers", 5.17) are asked; the
	 * others are older.
	 */
	if (HAS_HELPER(get_func_arg)) {
		bpf_get_func_arg(ctx, bpf_get_func_arg_cnt(ctx) - 1, &bs);
		bpf_get_func_ret(ctx, &bio);
	} else {
		bs = kernel_address((void *)ctx[2]);
		bio = kernel_address((void *)ctx[3]);
	}
	/* 5.10 has kmalloc() behind a bio_set that is NULL. */
	if (!bs)
		return 0;
	count = bpf_map_lookup_elem(&bioset_counts, &bs) ?: count_add(bs);
	if (!count)
		lost_one();
	else if (bio)
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
