// SPDX-License-Identifier: GPL-2.0
/*
 * The rule checker: bios that a task has while it asks for another one of the same bio_set, so that
 * it may sleep for an element that it has itself.
 *
 * A bio is in a task's hands from bio_alloc_bioset() until a disk has it. Below ->submit_bio() what
 * is submitted waits on current->bio_list: to ask for another then, and be ready to sleep, is a
 * violation at once, of which a rescuer saves. What is on no list is only one if this very task
 * submits it later, in the same call, or as part of the same work: what others do, or a plug's
 * callback, is also done while it sleeps.
 */
#define MAPS_HERE
#include "rules_hand.bpf.h"
#include "last_put.bpf.h"
#include "worker.bpf.h"

const volatile __u32 bit_reffed = 31; /* of bi_flags */

/* How often the first of two ran, and how often either did what there was to do. */
__u64 first_ran[RECORD_RULES_TWINS];
__u64 one_did[RECORD_RULES_TWINS];

/* Whether there is nothing to do, because the first of two has done it. */
static __always_inline bool is_done(enum record_rules_twins what, __u32 *seen, bool again)
{
	if (!again)
		__sync_fetch_and_add(&first_ran[what], 1);
	if (rules_was_there(seen, again))
		return true;
	__sync_fetch_and_add(&one_did[what], 1);
	return false;
}

/* What the task has on its lists. */
static __always_inline void judge_listed(const struct asking *a)
{
	struct rules_bio *b = bpf_map_lookup_elem(&rules_bios, &a->first_listed);
	struct record_violation_key key = { .rule = RECORD_RULE_UNSUBMITTED,
					    .slot = a->slot,
					    .stack = a->stack,
					    .first = b ? b->stack : -1 };
	const struct violation seen = { .times = 1,
					.depth = a->listed + 1,
					.dev = rules_dev(a->first_listed) };

	violation_add(&key, &seen);
}

/* That it asks is noted with what it has in hand, see submitted(). */
static __always_inline void note_held(const struct asking *a)
{
	struct rules_bio *b = bpf_map_lookup_elem(&rules_bios, &a->last_held);

	if (!b)
		return;
	b->asked = a->stack;
	b->times++;
	b->depth = a->listed + a->held + 1;
}

/* Allocations for a bio_set in the work that sends what waits for its elements. */
static __always_inline void judge_rescuer(const struct asking *a)
{
	struct record_violation_key key = {
		.rule = RECORD_RULE_RESCUER, .slot = a->slot, .stack = a->stack, .first = -1
	};
	const struct violation seen = { .times = 1, .depth = 1 };

	violation_add(&key, &seen);
}

static __always_inline int ask(__u64 *ctx, bool again)
{
	struct bio_set *bs = (void *)ctx[4];
	struct asking a = { .bs = kernel_address(bs), .tid = bpf_get_current_pid_tgid() };
	struct rules_task *task = rules_task();
	struct bio_list *list = rules_list();
	bool rescues;
	long slot;

	if (!task || is_done(RECORD_RULES_ASK, &task->asked, again) ||
	    !(ctx[3] & 1u << RECORD_GFP_DIRECT_RECLAIM_BIT))
		return 0;
	slot = rules_slot(ctx, a.bs);
	if (slot < 0) {
		rules_lose(RECORD_RULES_LOST_BIOS);
		return 0;
	}
	a.slot = slot;
	a.work = worker_work((void *)bpf_get_current_task());
	a.frame = rules_frame(list, task);
	if (list) {
		look_at_list(&a, BPF_CORE_READ(list, head));
		look_at_list(&a, rules_older(list));
	}
	look_at_hand(&a);
	rescues = a.work && a.work == a.bs + bpf_core_field_offset(struct bio_set, rescue_work);
	if (!a.listed && !a.held && !rescues)
		return 0;
	a.stack = rules_stack(ctx);
	if (rescues)
		judge_rescuer(&a);
	if (a.listed)
		judge_listed(&a);
	else if (a.held)
		note_held(&a);
	return 0;
}

/* bio_alloc_bioset(bdev, nr_vecs, opf, gfp, bs) */
SEC("fentry/bio_alloc_bioset")
int rules_ask(__u64 *ctx)
{
	return ask(ctx, false);
}

SEC("fentry/bio_alloc_bioset")
int rules_ask_again(__u64 *ctx)
{
	return ask(ctx, true);
}

/* GFP_ATOMIC, and so perhaps in an interrupt, which is none of the task's business. */
static __always_inline bool is_urgent(__u32 gfp)
{
	return !(gfp & 1u << RECORD_GFP_DIRECT_RECLAIM_BIT) && gfp & RULES_GFP_HIGH;
}

static __always_inline int get(__u64 *ctx, bool again)
{
	struct bio_set *bs = (void *)ctx[4];
	struct rules_bio b = { .bs = kernel_address(bs), .tid = bpf_get_current_pid_tgid() };
	struct rules_task *task = rules_task();
	__u64 bio = ctx[5];
	long slot;

	if (!task || is_done(RECORD_RULES_GET, &task->got, again) || !bio)
		return 0;
	slot = rules_slot(ctx, b.bs);
	if (slot < 0)
		return 0;
	b.slot = slot;
	b.work = worker_work((void *)bpf_get_current_task());
	b.frame = rules_frame(rules_list(), task);
	b.since_ns = bpf_ktime_get_ns();
	b.stack = rules_stack(ctx);
	if (bpf_map_update_elem(&rules_bios, &bio, &b, BPF_ANY))
		rules_lose(RECORD_RULES_LOST_BIOS);
	if (is_urgent(ctx[3]))
		return 0;
	take_into_hand(&b, bio);
	task->last = bio;
	return 0;
}

/* The same, and what it returned */
SEC("fexit/bio_alloc_bioset")
int rules_get(__u64 *ctx)
{
	return get(ctx, false);
}

SEC("fexit/bio_alloc_bioset")
int rules_get_again(__u64 *ctx)
{
	return get(ctx, true);
}

/* Of a bio that goes, on whatever list: whether what was noted with it is a violation. */
static __always_inline bool is_own(const struct rules_bio *b)
{
	struct rules_task *task = rules_task();

	return b->tid == (__u32)bpf_get_current_pid_tgid() &&
	       b->work == worker_work((void *)bpf_get_current_task()) &&
	       (!b->frame || b->frame == rules_frame(rules_list(), task));
}

static __always_inline int submitted(__u64 *ctx)
{
	__u64 bio = ctx[0];
	struct rules_bio *b = bpf_map_lookup_elem(&rules_bios, &bio);
	struct record_violation_key key = { .rule = RECORD_RULE_UNSUBMITTED };
	struct violation seen = { .stranded = true };

	if (!b)
		return 0;
	b->gone = 1;
	if (!b->times)
		return 0;
	seen.times = b->times;
	b->times = 0;
	if (!is_own(b))
		return 0;
	key.slot = b->slot;
	key.stack = b->asked;
	key.first = b->stack;
	seen.depth = b->depth;
	seen.dev = rules_dev(bio);
	if (seen.depth > HANDS)
		rules_lose(RECORD_RULES_LOST_LISTS);
	violation_add(&key, &seen);
	return 0;
}

/*
 * Not by trace_block_bio_queue(), nor by BIO_TRACE_COMPLETION: what is throttled has not come
 * there, and what was split off a bio has that as it had.
 */
SEC("fentry/submit_bio_noacct")
int rules_submitted(__u64 *ctx)
{
	return submitted(ctx);
}

SEC("fentry/submit_bio_noacct")
int rules_submitted_again(__u64 *ctx)
{
	return submitted(ctx);
}

/*
 * blk_check_plugged(unplug, data, size), and what it returned: if it is not NULL, md puts the bio
 * that it has just made on a list that is sent when the task sleeps (drivers/md/raid1-10.c).
 */
SEC("fexit/blk_check_plugged")
int rules_plugged(__u64 *ctx)
{
	struct rules_task *task = rules_task();
	struct rules_bio *b;

	if (!task || !ctx[3])
		return 0;
	b = bpf_map_lookup_elem(&rules_bios, &task->last);
	if (b && b->tid == (__u32)bpf_get_current_pid_tgid())
		b->gone = 1;
	return 0;
}

static __always_inline int put(__u64 *ctx, bool again)
{
	struct bio *bio = (void *)ctx[0];
	struct rules_task *task = rules_task();
	__u64 key = ctx[0];
	struct rules_bio *b;

	if (!task || is_done(RECORD_RULES_PUT, &task->put, again))
		return 0;
	b = bpf_map_lookup_elem(&rules_bios, &key);
	if (!b)
		return 0;
	if (!bio_flagged(bio->bi_flags, bit_reffed) ||
	    last_put(&b->puts, &b->refs, bio->__bi_cnt.counter))
		bpf_map_delete_elem(&rules_bios, &key);
	return 0;
}

SEC("fentry/bio_put")
int rules_put(__u64 *ctx)
{
	return put(ctx, false);
}

SEC("fentry/bio_put")
int rules_put_again(__u64 *ctx)
{
	return put(ctx, true);
}

static __always_inline int call(bool again)
{
	struct rules_task *task = rules_task();

	if (task && !rules_was_there(&task->called, again))
		task->frame++;
	return 0;
}

/* One more call of ->submit_bio(), or of blk_mq_submit_bio(), which drivers need not have. */
SEC("fentry/__submit_bio")
int rules_call(__u64 *ctx)
{
	return call(false);
}

SEC("fentry/__submit_bio")
int rules_call_again(__u64 *ctx)
{
	return call(true);
}

char _license[] SEC("license") = "GPL";
