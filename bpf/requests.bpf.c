// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that the driver of a disk has not completed: by them the tools tell a disk that is slow
 * from a pool that is drained, and find the bios of that pool that nobody saw being taken. Runs
 * only when they ask.
 */
#include "kernel.bpf.h"
#include "record.h"

#define STEPS 8192 /* of one run */

/* What is asked for: the address of a gendisk's bio_split, by which the disk is known. */
__u64 requests_of = 0;

/* Where the next run goes on; the tools run read_requests until it is done. */
__u32 requests_queue = 0;
__u32 requests_tag = 0;
__u64 requests_bio = 0;
__u32 requests_done = 0;
__u32 requests_none = 0; /* the driver takes bios */

__u32 requests_n = 0;
struct record_request requests[RECORD_REQUESTS];

/* The request whose bios are told. */
static struct record_request current_request;

struct walk {
	__u64 queue; /* struct request_queue */
	__u64 rqs; /* struct request **, of the hardware queue at hand; 0: it has none */
	__u32 nr_queues;
	__u32 nr_tags;
};

static __always_inline void tell(struct bio *bio)
{
	__u32 n = requests_n;

	barrier_var(n);
	if (n >= RECORD_REQUESTS)
		return;
	requests[n] = current_request;
	if (bio) {
		requests[n].bio = (__u64)bio;
		requests[n].bs = (__u64)BPF_CORE_READ(bio, bi_pool);
	}
	requests_n = n + 1;
}

/* The tags of the hardware queue at hand. Disks of a host can share theirs, and so can queues. */
static __always_inline void open_queue(struct walk *w)
{
	struct request_queue *queue = (void *)w->queue;
	struct blk_mq_tag_set *set = BPF_CORE_READ(queue, tag_set);
	struct blk_mq_tags *tags = BPF_CORE_READ(set, shared_tags), **all;

	w->nr_queues = BPF_CORE_READ(set, nr_hw_queues);
	if (tags) {
		w->nr_queues = w->nr_queues ? 1 : 0;
	} else {
		all = BPF_CORE_READ(set, tags);
		bpf_probe_read_kernel(&tags, sizeof(tags), &all[requests_queue]);
	}
	w->rqs = (__u64)BPF_CORE_READ(tags, rqs);
	w->nr_tags = w->rqs ? BPF_CORE_READ(tags, nr_tags) : 0;
}

/*
 * What had the tag last stays there when it is completed, and when it has got another tag since
 * (blk_mq_find_and_get_req()).
 */
static __always_inline void look_at_tag(struct walk *w, __u32 tag)
{
	struct request *rq = NULL;

	bpf_probe_read_kernel(&rq, sizeof(rq), (void *)(w->rqs + 8ULL * tag));
	if (!rq || (__u64)BPF_CORE_READ(rq, q) != w->queue || BPF_CORE_READ(rq, tag) != (int)tag ||
	    BPF_CORE_READ(rq, state) != MQ_RQ_IN_FLIGHT)
		return;
	current_request.request = (__u64)rq;
	current_request.start_ns = BPF_CORE_READ(rq, start_time_ns);
	requests_bio = (__u64)BPF_CORE_READ(rq, bio);
	if (!requests_bio)
		tell(NULL);
}

/* Bios of a request that is completed meanwhile may be in another one. */
static __always_inline bool is_current(void)
{
	struct request *rq = (void *)current_request.request;

	return BPF_CORE_READ(rq, state) == MQ_RQ_IN_FLIGHT &&
	       BPF_CORE_READ(rq, start_time_ns) == current_request.start_ns;
}

/* For bpf_loop(): a bio, a tag, or a hardware queue further. */
static int request_step(__u32 i, void *data)
{
	struct bio *bio = (void *)requests_bio;
	struct walk *w = data;

	if (requests_n >= RECORD_REQUESTS)
		return 1;
	if (bio) {
		tell(bio);
		requests_bio = is_current() ? (__u64)BPF_CORE_READ(bio, bi_next) : 0;
	} else if (requests_tag < w->nr_tags) {
		look_at_tag(w, requests_tag++);
	} else if (++requests_queue < w->nr_queues) {
		requests_tag = 0;
		open_queue(w);
	} else {
		requests_done = 1;
		return 1;
	}
	return 0;
}

SEC("raw_tp/sys_enter")
int read_requests(void *ctx)
{
	struct gendisk *disk =
		(void *)(requests_of - bpf_core_field_offset(struct gendisk, bio_split));
	struct request_queue *queue = BPF_CORE_READ(disk, queue);
	struct walk w = { .queue = (__u64)queue };

	requests_n = 0;
	if (!BPF_CORE_READ(queue, mq_ops)) {
		requests_done = 1;
		requests_none = 1;
		return 0;
	}
	open_queue(&w);
	bpf_loop(STEPS, request_step, &w, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
