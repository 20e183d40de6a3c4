/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a task that asks for a bio has already of the same bio_set: on its lists, and in its hands.
 */
#ifndef BIOSCOPE_RULES_HAND_BPF_H
#define BIOSCOPE_RULES_HAND_BPF_H

#include "rules.bpf.h"

#define HANDS 64 /* bios that are known to be in one hand */
#define LIST_MAX 256

struct hand_key {
	__u32 tid;
	__u32 slot;
};

/* What a task has allocated of a bio_set, in this order; a ring. */
struct hand {
	__u64 bio[HANDS];
	__u32 since[HANDS]; /* the low half of .since_ns: a bio can be allocated again */
	__u32 first; /* where it begins */
	__u32 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RULES_TASKS);
	__type(key, struct hand_key);
	__type(value, struct hand);
} hands SEC(".maps");

/* A hand that is new: too large for the stack. */
const __u64 empty_hand[sizeof(struct hand) / sizeof(__u64)] = {};

/* A task that asks for a bio, and what it has already. */
struct asking {
	__u64 bs;
	__u64 work; /* that it is a worker's */
	__u64 frame;
	__u32 tid;
	__u32 slot;
	__s32 stack;
	__u32 listed; /* bios of the bio_set on its lists */
	__u64 first_listed;
	__u64 next; /* of a list, while that is looked at */
	__u32 held; /* on no list */
	__u32 first; /* where its hand begins */
	__u64 last_held;
	struct hand *hand; /* while that is looked at */
};

static int look_at_listed(__u32 i, void *data)
{
	struct asking *a = data;
	struct bio *bio = (void *)a->next;

	if (!bio)
		return 1;
	if ((__u64)BPF_CORE_READ(bio, bi_pool) == a->bs) {
		if (!a->listed)
			a->first_listed = a->next;
		a->listed++;
	}
	a->next = (__u64)BPF_CORE_READ(bio, bi_next);
	return 0;
}

static __always_inline void look_at_list(struct asking *a, struct bio *head)
{
	a->next = (__u64)head;
	bpf_loop(LIST_MAX, look_at_listed, a, 0);
	if (a->next)
		rules_lose(RECORD_RULES_LOST_LISTS);
}

/* What was allocated in another call of ->submit_bio(), or by another work, was handed on. */
static __always_inline bool is_in_hand(const struct asking *a, __u32 since,
				       const struct rules_bio *b)
{
	return b && b->tid == a->tid && b->bs == a->bs && (__u32)b->since_ns == since &&
	       b->work == a->work && (!b->frame || b->frame == a->frame) && !b->gone;
}

/* Also takes out of the hand what is not in it any more. */
static int look_at_held(__u32 i, void *data)
{
	struct asking *a = data;
	__u32 from = (a->first + i) & (HANDS - 1), to = (a->first + a->held) & (HANDS - 1);
	struct rules_bio *b;
	__u32 since;
	__u64 bio;

	barrier_var(from);
	barrier_var(to);
	if (from >= HANDS || to >= HANDS || i >= a->hand->n)
		return 1;
	bio = a->hand->bio[from];
	since = a->hand->since[from];
	b = bpf_map_lookup_elem(&rules_bios, &bio);
	if (!is_in_hand(a, since, b))
		return 0;
	a->hand->bio[to] = bio;
	a->hand->since[to] = since;
	a->last_held = bio;
	a->held++;
	return 0;
}

static __always_inline void look_at_hand(struct asking *a)
{
	struct hand_key key = { .tid = a->tid, .slot = a->slot };

	a->hand = bpf_map_lookup_elem(&hands, &key);
	if (!a->hand)
		return;
	a->first = a->hand->first;
	bpf_loop(HANDS, look_at_held, a, 0);
	a->hand->n = a->held;
}

/* Where there is no room left, the oldest one goes. */
static __always_inline void take_into_hand(const struct rules_bio *b, __u64 bio)
{
	struct hand_key key = { .tid = b->tid, .slot = b->slot };
	struct hand *hand = bpf_map_lookup_elem(&hands, &key);
	__u32 at;

	if (!hand) {
		if (bpf_map_update_elem(&hands, &key, &empty_hand, BPF_ANY))
			rules_lose(RECORD_RULES_LOST_TASKS);
		hand = bpf_map_lookup_elem(&hands, &key);
		if (!hand)
			return;
	}
	if (hand->n == HANDS)
		hand->first++;
	else
		hand->n++;
	at = (hand->first + hand->n - 1) & (HANDS - 1);
	barrier_var(at);
	if (at >= HANDS)
		return;
	hand->bio[at] = bio;
	hand->since[at] = b->since_ns;
}

#endif
