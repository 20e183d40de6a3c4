/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a stack_blk device is made from: the parameters, the knobs that are the attributes to set
 * them one by one, and the scenarios that set all.
 */
#ifndef STACK_BLK_PARAMS_H
#define STACK_BLK_PARAMS_H

#include <linux/kernel.h>
#include <linux/stddef.h>
#include <linux/types.h>

#define STACK_BLK_POOL_SIZE_MAX	65536
#define STACK_BLK_CHUNK_KB_MAX	1048576
#define STACK_BLK_SIZE_MB_MAX	1073741824

/* What the attributes of these names can be; the names are in stack_blk_params.c, in this order. */
enum stack_blk_layout { STACK_BLK_LINEAR, STACK_BLK_MIRROR, STACK_BLK_STRIPE };
enum stack_blk_order {
	STACK_BLK_EACH,
	STACK_BLK_BATCH,
	STACK_BLK_HOLD,
	STACK_BLK_APART, /* no value of the attribute, see stack_blk_dev.order */
};

enum stack_blk_split { STACK_BLK_TRIM, STACK_BLK_CHAIN, STACK_BLK_CHAIN_LAST, STACK_BLK_LIMITS };
enum stack_blk_per_bio { STACK_BLK_FRONT_PAD, STACK_BLK_MEMPOOL, STACK_BLK_KZALLOC };
enum stack_blk_source {
	STACK_BLK_BIOSET,
	STACK_BLK_KMALLOC,
	STACK_BLK_PAGES, /* no value of the attribute, see stack_blk_dev.source */
};

enum stack_blk_bvecs { STACK_BLK_SHARED, STACK_BLK_OWN };
enum stack_blk_gfp { STACK_BLK_NOIO, STACK_BLK_NOWAIT };
enum stack_blk_defer { STACK_BLK_INLINE, STACK_BLK_WORKQUEUE };
enum stack_blk_context {
	STACK_BLK_LOWER,
	STACK_BLK_IRQ,
	STACK_BLK_SOFTIRQ,
	STACK_BLK_KWORKER,
};

/**
 * struct stack_blk_pass - what is passed on to the lower devices, if they can do it; each 0 or 1
 * @flush: REQ_PREFLUSH and REQ_FUA; 0: as over devices without a cache
 * @fua: REQ_FUA
 * @discard: REQ_OP_DISCARD
 * @write_zeroes: REQ_OP_WRITE_ZEROES
 * @secure_erase: REQ_OP_SECURE_ERASE
 * @nowait: REQ_NOWAIT
 * @polled: REQ_POLLED
 * @atomic: REQ_ATOMIC
 * @ioprio: bi_ioprio
 * @write_hint: bi_write_hint and bi_write_stream
 * @blkcg: the cgroup that the I/O is charged to, bi_blkg
 */
struct stack_blk_pass {
	unsigned int flush;
	unsigned int fua;
	unsigned int discard;
	unsigned int write_zeroes;
	unsigned int secure_erase;
	unsigned int nowait;
	unsigned int polled;
	unsigned int atomic;
	unsigned int ioprio;
	unsigned int write_hint;
	unsigned int blkcg;
};

/**
 * struct stack_blk_params - what a device is made from; each but @lower is a knob (stack_blk_knobs)
 * @lower: paths of the lower devices, separated by blanks, or NULL
 * @size_mb: size of a disk without lower devices in MiB, 0: it has some
 * @pass: what is passed on
 * @layout: enum stack_blk_layout
 * @chunk_kb: KiB; a larger read or write becomes several pieces, 0 = never. The unit of a stripe
 * @pool_size: reserve of the bio_set, and of the state's mempool
 * @rescuer: give the bio_set a rescuer
 * @percpu_cache: give the bio_set a per-CPU cache
 * @submit_order: enum stack_blk_order
 * @split: enum stack_blk_split, how an original is cut
 * @per_bio: enum stack_blk_per_bio, where the state of a clone is
 * @clone_source: enum stack_blk_source
 * @bvecs: enum stack_blk_bvecs, whose bio_vecs and pages clones have
 * @gfp: enum stack_blk_gfp
 * @defer: enum stack_blk_defer
 * @complete_in: enum stack_blk_context, where originals are completed
 * @partitions: the disk can have some
 * @track: list the clones in flight
 * @kmalloc_fail_nth: every Nth allocation that no bio_set backs fails, 0 = none
 */
struct stack_blk_params {
	char *lower;
	unsigned int size_mb;
	struct stack_blk_pass pass;
	unsigned int layout;
	unsigned int chunk_kb;
	unsigned int pool_size;
	unsigned int rescuer;
	unsigned int percpu_cache;
	unsigned int submit_order;
	unsigned int split;
	unsigned int per_bio;
	unsigned int clone_source;
	unsigned int bvecs;
	unsigned int gfp;
	unsigned int defer;
	unsigned int complete_in;
	unsigned int partitions;
	unsigned int track;
	unsigned int kmalloc_fail_nth;
};

/**
 * struct stack_blk_knob - an attribute that is a number or one of some names
 * @name: of the attribute
 * @offset: of its value in the structure that it belongs to, an unsigned int
 * @min: smallest number
 * @max: largest number
 * @names: the names, and NULL behind the last; NULL if it is a number
 * @live: can be changed while the device exists
 * @wide: the value is a u64
 */
struct stack_blk_knob {
	const char *name;
	size_t offset;
	u64 min;
	u64 max;
	const char * const *names;
	bool live;
	bool wide;
};

#define STACK_BLK_KNOB_NUMBER(_type, _name, _min, _max) \
	.name = #_name, .offset = offsetof(_type, _name), .min = _min, .max = _max

#define STACK_BLK_KNOB_NAMES(_type, _name, _names) \
	.name = #_name, .offset = offsetof(_type, _name), .names = _names

/* stack_blk_params.c */
extern const struct stack_blk_knob stack_blk_knobs[];
extern struct stack_blk_params stack_blk_defaults;
const struct stack_blk_knob *stack_blk_knob_find(const struct stack_blk_knob *knobs,
						 const char *name);
u64 stack_blk_knob_get(const struct stack_blk_knob *knob, const void *owner);
void stack_blk_knob_set(const struct stack_blk_knob *knob, void *owner, u64 val);
int stack_blk_knob_parse(const struct stack_blk_knob *knob, const char *item, const char *attr,
			 const char *page, size_t count, u64 *res);
ssize_t stack_blk_knob_show(const struct stack_blk_knob *knob, u64 val, char *page);
int stack_blk_knobs_list(const struct stack_blk_knob *knobs, const char *group, char *page,
			 int len);
int stack_blk_knobs_values(const struct stack_blk_knob *knobs, const char *group,
			   const void *owner, char *page, int len);

/* stack_blk_scenario.c */
ssize_t stack_blk_scenarios(char *page);
int stack_blk_scenario_apply(const char *item, const char *page, size_t count,
			     struct stack_blk_params *par);

#endif /* STACK_BLK_PARAMS_H */
