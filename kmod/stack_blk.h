/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_blk: a bio-based stacking device for exercising bio_sets, the counterpart of null_blk.
 * What its files share.
 *
 * Lock order: configfs' own locks -> stack_blk_config.lock -> open_mutex of the lower disk or of
 * our own. The I/O path takes no lock: it is entered under q_usage_counter of our queue, which
 * del_gendisk() waits for, and every clone holds a reference on stack_blk_dev.inflight, which
 * stack_blk_dev_destroy() waits for after that. A struct stack_blk_dev does not change while its
 * disk exists.
 */
#ifndef STACK_BLK_H
#define STACK_BLK_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/configfs.h>
#include <linux/percpu-refcount.h>
#include <linux/percpu.h>

#include "compat.h"

#define STACK_BLK_POOL_SIZE_MAX	65536
#define STACK_BLK_CHUNK_KB_MAX	1048576

/**
 * enum stack_blk_stat - the counters, in the order of the sysfs files
 * @STACK_BLK_BIOS: bios received; a bio handed back in parts counts once, when its last part is
 *	taken (order "each") or when it arrives ("batch")
 * @STACK_BLK_ALLOCATED: clones allocated
 * @STACK_BLK_SUBMITTED: clones submitted to the lower device
 * @STACK_BLK_COMPLETED: clones completed by it, with or without error
 * @STACK_BLK_ALLOC_FAILED: clones that could not be allocated (only for REQ_NOWAIT)
 * @STACK_BLK_BIOS_FAILED: bios that got an error, from a clone or for want of one; not those that
 *	were told that they would block
 * @STACK_BLK_NR_STATS: number of counters
 */
enum stack_blk_stat {
	STACK_BLK_BIOS,
	STACK_BLK_ALLOCATED,
	STACK_BLK_SUBMITTED,
	STACK_BLK_COMPLETED,
	STACK_BLK_ALLOC_FAILED,
	STACK_BLK_BIOS_FAILED,
	STACK_BLK_NR_STATS,
};

struct stack_blk_stats {
	u64 n[STACK_BLK_NR_STATS];
};

/**
 * struct stack_blk_params - what a device is made from
 * @lower: path of the lower device, or NULL
 * @pool_size: reserve of the bio_set
 * @chunk_kb: a larger bio becomes several clones, 0 = never
 * @rescuer: give the bio_set a rescuer
 * @batch: allocate all clones of a bio in one pass
 */
struct stack_blk_params {
	char *lower;
	unsigned int pool_size;
	unsigned int chunk_kb;
	unsigned int rescuer;
	bool batch;
};

/**
 * struct stack_blk_dev - a powered device; gendisk->private_data
 * @bs: where clones come from (the tracer finds it by this name, keep it)
 * @lower_bdev: where clones go
 * @chunk: bytes per clone, UINT_MAX = never split
 * @batch: copy of stack_blk_params.batch
 * @stats: the counters
 * @inflight: one reference per clone, dropped after its original was told
 * @drained: @inflight is gone
 * @lower: the open lower device
 * @disk: our disk
 * @index: the N of stackbN
 */
struct stack_blk_dev {
	struct bio_set bs;
	struct block_device *lower_bdev;
	unsigned int chunk;
	bool batch;
	struct stack_blk_stats __percpu *stats;
	struct percpu_ref inflight;
	struct completion drained;
	struct compat_bdev lower;
	struct gendisk *disk;
	int index;
};

/**
 * struct stack_blk_clone - per-bio data, in the front_pad of the bio_set
 * @dev: the device
 * @orig: the bio this is a part of
 * @start: start of the accounting
 * @sectors: length of this part
 * @acct: iostats were on at the start
 * @bio: the clone; must be last
 */
struct stack_blk_clone {
	struct stack_blk_dev *dev;
	struct bio *orig;
	unsigned long start;
	unsigned int sectors;
	bool acct;
	struct bio bio;
};

static inline void stack_blk_count(struct stack_blk_dev *dev, enum stack_blk_stat stat)
{
	this_cpu_inc(dev->stats->n[stat]);
}

/* Length of what was written, without the newline of echo. */
static inline size_t stack_blk_value_len(const char *page, size_t count)
{
	return count && page[count - 1] == '\n' ? count - 1 : count;
}

__printf(5, 6)
void stack_blk_refuse(const char *item, const char *attr, const char *value, size_t len,
		      const char *fmt, ...);

struct stack_blk_dev *stack_blk_dev_create(const char *item, const struct stack_blk_params *par);
void stack_blk_dev_destroy(struct stack_blk_dev *dev);

void stack_blk_submit_bio(struct bio *bio);

extern const struct attribute_group *stack_blk_disk_groups[];

extern struct configfs_attribute *stack_blk_config_attrs[];
struct config_item *stack_blk_make_item(struct config_group *group, const char *name);
void stack_blk_drop_item(struct config_group *group, struct config_item *item);

#endif /* STACK_BLK_H */
