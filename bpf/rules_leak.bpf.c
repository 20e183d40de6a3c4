// SPDX-License-Identifier: GPL-2.0
/*
 * The rule checker: bios that nobody will ever free.
 */
#include "rules.bpf.h"

/* For rules_old: how old what it tells of is at least. */
__u64 old_ns = 0;

/* Bios that are looked for in all of rules_bios. */
struct leaks {
	__u64 bs; /* of this bio_set; 0: any */
	__u64 before_ns; /* allocated by then */
};

/*
 * A driver may well keep what it was given, or has made below ->submit_bio(), and send something
 * else for it: of that only the end of its bio_set shows that it was forgotten.
 */
static __always_inline bool is_leak(const struct leaks *l, const struct rules_bio *b)
{
	if (b->told)
		return false;
	if (l->bs)
		return b->bs == l->bs;
	return b->since_ns <= l->before_ns && !b->frame && !b->gone;
}

static long leaks_next(void *map, __u64 *bio, struct rules_bio *b, struct leaks *l)
{
	struct record_violation_key key = { .rule = RECORD_RULE_LEAK, .stack = -1 };
	struct violation seen = { .times = 1, .depth = 1 };

	if (!is_leak(l, b))
		return 0;
	b->told = 1;
	key.slot = b->slot;
	key.first = b->stack;
	seen.dev = rules_dev(*bio);
	violation_add(&key, &seen);
	return 0;
}

/* A bio_set ends, whose bios are out: they are in memory that somebody else gets. */
SEC("fentry/bioset_exit")
int rules_end(__u64 *ctx)
{
	struct leaks l = { .bs = ctx[0] };

	bpf_for_each_map_elem(&rules_bios, leaks_next, &l, 0);
	return 0;
}

/* Run by the tools: what was allocated long ago, and neither submitted nor freed. */
SEC("raw_tp/sys_enter")
int rules_old(void *ctx)
{
	struct leaks l = { .before_ns = bpf_ktime_get_ns() - old_ns };

	bpf_for_each_map_elem(&rules_bios, leaks_next, &l, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
