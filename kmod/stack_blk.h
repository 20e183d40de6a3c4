/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_blk: a bio-based stacking device for exercising bio_sets, the counterpart of null_blk.
 * What its files share.
 *
 * The way of an I/O: stack_blk_submit_bio() takes an original and cuts it into pieces
 * (stack_blk_map.c); each piece gets one clone with its per-bio state (stack_blk_clone.c), which
 * goes to one lower device or, by legs in that state, to several (stack_blk_io.c). By knob split a
 * piece becomes a bio of its own before it gets a clone (stack_blk_split.c); by knob bvecs a clone
 * has pages of its own (stack_blk_bvecs.c). A device with one lower device and none of these knobs
 * has a shorter way to the same (stack_blk_plain.c).
 *
 * Lock order: configfs' own locks -> stack_blk_config.lock -> open_mutex of the lower disk or of
 * our own; what the kernel takes to freeze or thaw a lower device -> stack_blk_dev.tell_lock ->
 * what it takes for our disk. stack_blk_dev.lock is innermost and taken with interrupts off. The
 * I/O path takes a lock only to defer, to poll, to wait for pages and to handle a failed leg: it is
 * entered under q_usage_counter of our queue, which del_gendisk() waits for, and every clone and
 * deferred bio holds the device (stack_blk_hold()), which stack_blk_del_disk() waits for after
 * that. Of a struct stack_blk_dev nothing changes while its disk exists but what says so.
 */
#ifndef STACK_BLK_H
#define STACK_BLK_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/configfs.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "stack_blk_fault.h"
#include "stack_blk_params.h"
#include "stack_blk_track.h"

#define STACK_BLK_LOWERS_MAX	16

/**
 * enum stack_blk_stat - the counters, in the order of the sysfs files
 * @STACK_BLK_BIOS: bios received; one that is handed back in parts (order "each") counts once, when
 *	its last part is taken
 * @STACK_BLK_ALLOCATED: clones allocated
 * @STACK_BLK_ALLOC_FAILED: clones that could not be allocated, or whose state could not, or for
 *	which no bio could be split off
 * @STACK_BLK_MORE_LEGS: bios submitted to lower devices but the one for each clone: further legs,
 *	and reads that are repeated
 * @STACK_BLK_COMPLETED: clones completed, with or without error
 * @STACK_BLK_BIOS_FAILED: bios that got an error, from a clone or for want of one; not those that
 *	were told that they would block
 * @STACK_BLK_DEFERRED: bios handed to the worker
 * @STACK_BLK_RETRIED: reads repeated on another leg of a mirror
 * @STACK_BLK_KMALLOC_FAILED: allocations that kmalloc_fail_nth or kmalloc() itself let fail
 * @STACK_BLK_KZALLOC_DIRTY: states from kzalloc() that were not zero; 0, or the kernel is broken
 * @STACK_BLK_SPLIT: bios split off others (knob split); each is among @STACK_BLK_BIOS, too
 * @STACK_BLK_HELD: by whom the device is held but by clones; no file
 * @STACK_BLK_LET_GO: by whom it is held no more, also clones; no file
 * @STACK_BLK_NR_STATS: number of counters
 */
enum stack_blk_stat {
	STACK_BLK_BIOS,
	STACK_BLK_ALLOCATED,
	STACK_BLK_ALLOC_FAILED,
	STACK_BLK_MORE_LEGS,
	STACK_BLK_COMPLETED,
	STACK_BLK_BIOS_FAILED,
	STACK_BLK_DEFERRED,
	STACK_BLK_RETRIED,
	STACK_BLK_KMALLOC_FAILED,
	STACK_BLK_KZALLOC_DIRTY,
	STACK_BLK_SPLIT,
	STACK_BLK_HELD,
	STACK_BLK_LET_GO,
	STACK_BLK_NR_STATS,
};

struct stack_blk_stats {
	u64 n[STACK_BLK_NR_STATS];
	unsigned int turn; /* whose turn it is to be read from, of a mirror's legs */
};

/**
 * struct stack_blk_lower - a lower device
 * @handle: what opened it
 * @devt: its number, from before it is opened
 * @start: linear: the first sector of our disk that is on it
 * @sectors: what of it is used; changes when the size does, the I/O path does not read it
 * @read_only: it was opened for reading only
 * @failed: mirror: it failed and is not used any more; set under stack_blk_dev.lock
 * @gone: the kernel has said so; under stack_blk_dev.tell_lock
 * @frozen: likewise, and the disk, if it is there, was frozen once for that
 */
struct stack_blk_lower {
	struct compat_bdev handle;
	dev_t devt;
	sector_t start;
	sector_t sectors;
	bool read_only;
	bool failed;
	bool gone;
	bool frozen;
};

/**
 * struct stack_blk_dev - a powered device; gendisk->private_data
 * @bs: where clones come from (the tracer finds it by this name, keep it)
 * @par: what it was made from, but without the paths and kmalloc_fail_nth
 * @fail_nth: kmalloc_fail_nth of the configfs item, which can change at any time and outlives the
 *	device
 * @faults: likewise
 * @gfp: of the allocations for bios that may wait
 * @order: enum stack_blk_order, STACK_BLK_APART if knob split says so
 * @source: enum stack_blk_source, STACK_BLK_PAGES if knob bvecs says so
 * @special: something happens to each clone, see stack_blk_is_special()
 * @keep: a clone keeps what of the original it is for
 * @chunk: bytes per chunk, UINT_MAX = none
 * @most: bytes per piece that has data, at the most
 * @nr_lowers: how many
 * @sink: there is none, clones end in stack_blk_sink.c
 * @legs: further bios in the state of a clone: @nr_lowers - 1
 * @state_size: of the state of a clone with its legs
 * @lower: the lower devices
 * @stats: the counters
 * @state_pool: the other mempool, for per_bio=mempool
 * @kmalloc_seen: allocations that kmalloc_fail_nth counted
 * @lock: protects all below, and stack_blk_lower.failed
 * @deferred: originals for @defer_work
 * @retries: clones for @retry_work
 * @polled: clones that are polled for (stack_blk_poll.c)
 * @no_pollers: pollers do not get at them
 * @late: clones that are done and do not complete at once (stack_blk_late.c)
 * @track: the clones in flight, if they are tracked (stack_blk_track.c)
 * @defer_wq: workqueue of @defer_work, NULL if there is nothing to defer
 * @retry_wq: workqueue of @retry_work, NULL if this is no mirror. Not the same, because a work that
 *	waits for a clone must not stand in the way of one that frees a clone
 * @defer_work: takes the @deferred
 * @retry_work: takes the @retries
 * @poll_work: takes the @polled if there are @no_pollers
 * @disk: our disk
 * @index: the N of stackbN
 * @split_bs: where bios come from that are split off others, for knob split (the tracer finds it by
 *	this name, keep it)
 * @page_pool: pages of clones, for knob bvecs
 * @page_lock: held by who waits for such pages; innermost, and not by who completes
 * @refs: references on this very memory: one, and one for who is just being told something
 * @tell_lock: what is said of a lower device is passed on with it held (stack_blk_holder.c)
 * @telling: @disk is there; under @tell_lock
 * @dead: it was said that it died with a lower device; likewise
 * @lock_class: of locks, for lockdep
 */
struct stack_blk_dev {
	struct bio_set bs;
	struct stack_blk_params par;
	const unsigned int *fail_nth;
	struct stack_blk_faults *faults;
	gfp_t gfp;
	unsigned int order;
	unsigned int source;
	unsigned int special;
	bool keep;
	unsigned int chunk;
	unsigned int most;
	unsigned int nr_lowers;
	bool sink;
	unsigned int legs;
	size_t state_size;
	struct stack_blk_lower lower[STACK_BLK_LOWERS_MAX];
	struct stack_blk_stats __percpu *stats;
	mempool_t *state_pool;
	atomic_t kmalloc_seen;
	spinlock_t lock; /* see above */
	struct bio_list deferred;
	struct bio_list retries;
	struct list_head polled;
	bool no_pollers;
	struct stack_blk_late late;
	struct stack_blk_track track;
	struct workqueue_struct *defer_wq;
	struct workqueue_struct *retry_wq;
	struct work_struct defer_work;
	struct work_struct retry_work;
	struct delayed_work poll_work;
	struct gendisk *disk;
	int index;
	struct bio_set split_bs;
	mempool_t *page_pool;
	struct mutex page_lock; /* see above */
	refcount_t refs;
	struct mutex tell_lock; /* see above */
	bool telling;
	bool dead;
	u8 lock_class;
};

/*
 * For what few bios need, beside the way of most: inlined there it costs all of them registers
 * saved and restored, which `make bench` shows.
 */
#define stack_blk_rare		noinline

static inline void stack_blk_count(struct stack_blk_dev *dev, enum stack_blk_stat stat)
{
	this_cpu_inc(dev->stats->n[stat]);
}

/*
 * The device stays until as many have let it go as hold it: clones from their allocation until
 * their original was told, and what is deferred. Counters, because a percpu_ref takes
 * rcu_read_lock() twice for each clone. Nothing of the device is touched after letting go.
 */
static inline void stack_blk_hold(struct stack_blk_dev *dev)
{
	stack_blk_count(dev, STACK_BLK_HELD);
}

static inline void stack_blk_let_go(struct stack_blk_dev *dev)
{
	smp_mb__before_atomic(); /* pairs with the barrier in stack_blk_is_held() */
	stack_blk_count(dev, STACK_BLK_LET_GO);
}

static inline bool stack_blk_is_mirror(const struct stack_blk_dev *dev)
{
	return dev->par.layout == STACK_BLK_MIRROR;
}

/* Something may happen to clones, or does to each, so they are not polled for. */
static inline bool stack_blk_is_special(const struct stack_blk_dev *dev)
{
	return unlikely(READ_ONCE(dev->faults->armed) | dev->special);
}

/* What is left of @sectors after whole units of @unit sectors. */
static inline unsigned int stack_blk_rest(sector_t sectors, unsigned int unit)
{
	return sector_div(sectors, unit);
}

/* Length of what was written, without the newline of echo. */
static inline size_t stack_blk_value_len(const char *page, size_t count)
{
	return count && page[count - 1] == '\n' ? count - 1 : count;
}

/* stack_blk_refuse.c */
__printf(5, 6)
void stack_blk_refuse(const char *item, const char *attr, const char *value, size_t len,
		      const char *fmt, ...);

/* stack_blk_lower.c */
int stack_blk_lowers_open(struct stack_blk_dev *dev, const char *item,
			  const struct stack_blk_params *par);
void stack_blk_lowers_close(struct stack_blk_dev *dev);
int stack_blk_lowers_rescan(struct stack_blk_dev *dev, const char *item);
void stack_blk_limits(const struct stack_blk_dev *dev, struct compat_limits *cl);
sector_t stack_blk_capacity(const struct stack_blk_dev *dev, unsigned int block_size,
			    sector_t used[STACK_BLK_LOWERS_MAX]);
void stack_blk_lay_out(struct stack_blk_dev *dev, const sector_t used[STACK_BLK_LOWERS_MAX]);
bool stack_blk_read_only(const struct stack_blk_dev *dev);

/* stack_blk_dev.c */
struct stack_blk_dev *stack_blk_dev_create(const char *item, const struct stack_blk_params *par,
					   struct stack_blk_faults *faults);
void stack_blk_dev_stop(struct stack_blk_dev *dev);
void stack_blk_dev_free(struct stack_blk_dev *dev);
void stack_blk_dev_put(struct stack_blk_dev *dev);
int stack_blk_dev_rescan(struct stack_blk_dev *dev, const char *item);

/* stack_blk_holder.c: a30561a9be69 "bdev: add freeze and thaw holder operations", v6.8. */
#ifdef HAVE_BLK_HOLDER_OPS_FREEZE
#define STACK_BLK_HOLDER_OPS	(&stack_blk_holder_ops)
extern const struct blk_holder_ops stack_blk_holder_ops;
void stack_blk_tell_init(struct stack_blk_dev *dev);
void stack_blk_tell_opened(struct stack_blk_lower *lower);
int stack_blk_tell_start(struct stack_blk_dev *dev);
void stack_blk_tell_leave(struct stack_blk_dev *dev);
void stack_blk_tell_stop(struct stack_blk_dev *dev);
#else
#define STACK_BLK_HOLDER_OPS	NULL
static inline void stack_blk_tell_init(struct stack_blk_dev *dev) {}
static inline void stack_blk_tell_opened(struct stack_blk_lower *lower) {}
static inline int stack_blk_tell_start(struct stack_blk_dev *dev) { return 0; }
static inline void stack_blk_tell_leave(struct stack_blk_dev *dev) {}
static inline void stack_blk_tell_stop(struct stack_blk_dev *dev) {}
#endif

/* stack_blk_sink.c */
struct block_device *stack_blk_sink_get(void);
void stack_blk_sink_put(void);

/* stack_blk_io.c */
bool stack_blk_leg_out(struct stack_blk_dev *dev, unsigned int which, blk_status_t status);

/* stack_blk_poll.c */
void stack_blk_poll_init(struct stack_blk_dev *dev);
void stack_blk_poll_exit(struct stack_blk_dev *dev);
void stack_blk_poll_allow(struct stack_blk_dev *dev, bool can);
void stack_blk_poll_drain(struct stack_blk_dev *dev);

/* stack_blk_sysfs.c */
u64 stack_blk_sum(const struct stack_blk_dev *dev, enum stack_blk_stat stat);
extern const struct attribute_group *stack_blk_disk_groups[];

/* stack_blk_configfs.c */
struct config_group *stack_blk_make_group(struct config_group *group, const char *name);
void stack_blk_drop_item(struct config_group *group, struct config_item *item);

#endif /* STACK_BLK_H */
