// SPDX-License-Identifier: GPL-2.0
/*
 * How long the bios of a pool live: from the return of bio_alloc_bioset() to the last bio_put(),
 * which frees it or puts it into the bio_set's per-CPU cache.
 */
#include "table.bpf.h"
#include "known.bpf.h"
#include "last_put.bpf.h"
#include "waits.bpf.h"

const volatile __u32 bit_reffed = 31; /* of bi_flags */

/* By the address of the bio, see table_set(). The loader makes it TABLE_SETS large if asked for. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record_lives);
} lives SEC(".maps");

static __always_inline struct record_lives *life_set_of(__u64 key)
{
	__u32 i = table_set(key);

	return bpf_map_lookup_elem(&lives, &i);
}

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs), and what it returned */
SEC("fexit/bio_alloc_bioset")
int life_begin(__u64 *ctx)
{
	struct bio_set *bs = (void *)ctx[4];
	__u64 key = table_key((void *)ctx[5]), address, now;
	struct record_lives *set = life_set_of(key);
	long slot;
	__u32 way;

	if (!ctx[5] || !set)
		return 0;
	address = kernel_address(bs);
	slot = pool_known(address);
	if ((__u64)slot >= KNOWN_END)
		slot = pool_learn(address, -1);
	if (slot < 0) {
		lost_add(RECORD_LOST_LIVES);
		return 0;
	}
	now = bpf_ktime_get_ns();
	way = table_find(set->key, key);
	/* Of the bio that was there before the end was not seen. */
	if (way < TABLE_WAYS) {
		lost_add(RECORD_LOST_LIVES);
		set->since_ns[way & (TABLE_WAYS - 1)] = now;
	} else {
		way = table_add(set->key, set->since_ns, key, now, RECORD_LOST_LIVES);
	}
	if (way < TABLE_WAYS)
		set->of[way & (TABLE_WAYS - 1)] =
			(struct record_life){ .slot = slot & KNOWN_SLOT,
					      .tid = bpf_get_current_pid_tgid() };
	return 0;
}

SEC("fentry/bio_put")
int life_end(__u64 *ctx)
{
	struct bio *bio = (void *)ctx[0];
	__u64 key = table_key(bio), took;
	struct record_lives *set = life_set_of(key);
	__u32 way = set ? table_find(set->key, key) : TABLE_WAYS, slot;
	struct record_life *l;

	if (!set || way >= TABLE_WAYS)
		return 0;
	l = &set->of[way & (TABLE_WAYS - 1)];
	if (bio_flagged(bio->bi_flags, bit_reffed) &&
	    !last_put(&l->puts, &l->refs, bio->__bi_cnt.counter))
		return 0;
	took = bpf_ktime_get_ns() - set->since_ns[way & (TABLE_WAYS - 1)];
	slot = l->slot;
	if (table_take(set->key, way, key))
		times_add(RECORD_TIMED_LIFETIME, slot, took);
	return 0;
}

char _license[] SEC("license") = "GPL";
