/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of compat.h about limits and features of queues: what a stacked disk can do. Begin with
 * compat_limits_init(), stack each lower device, give the result to a new disk or to one in use.
 */
#ifndef BIOSCOPE_COMPAT_LIMITS_H
#define BIOSCOPE_COMPAT_LIMITS_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/err.h>

#include "conftest.h"

/**
 * struct compat_limits - limits and features of a stacked disk
 * @lim: the limits; on newer kernels with the features
 * @flags: features as queue flags, on older ones
 * @discard: all lower devices can discard
 * @secure_erase: all lower devices can erase
 */
struct compat_limits {
	struct queue_limits lim;
#ifndef HAVE_QUEUE_LIMITS_FEATURES
	unsigned long flags;
#endif
	bool discard;
	bool secure_erase;
};

/*
 * 0c40d7cb5ef3 "block: introduce max_{hw|user}_wzeroes_unmap_sectors to queue limits", v6.17: 0, or
 * as max_write_zeroes_sectors, or blk_validate_limits() refuses the limits.
 */
static inline void compat_limits_no_wzeroes_unmap(struct queue_limits *lim)
{
#ifdef HAVE_QUEUE_LIMITS_WZEROES_UNMAP
	lim->max_hw_wzeroes_unmap_sectors = 0;
#endif
}

#ifdef HAVE_QUEUE_LIMITS_FEATURES
/*
 * d690cb8ae14b "block: add an API to atomically update queue limits", v6.9; features belong to them
 * since 1122c0c1cc71 "block: move cache control settings out of queue->flags", v6.11.
 */
static inline void compat_features_init(struct compat_limits *cl)
{
	/* Set by the stacking driver, cleared by stacking a lower device that lacks it. */
	cl->lim.features |= BLK_FEAT_IO_STAT | BLK_FEAT_NOWAIT | BLK_FEAT_POLL;
}

#define COMPAT_FEAT_WRITE_CACHE	BLK_FEAT_WRITE_CACHE
#define COMPAT_FEAT_FUA		BLK_FEAT_FUA
#define COMPAT_FEAT_NOWAIT	BLK_FEAT_NOWAIT
#define COMPAT_FEAT_POLL	BLK_FEAT_POLL

static inline void compat_features_set(struct compat_limits *cl, blk_features_t features)
{
	cl->lim.features |= features;
}

static inline void compat_features_clear(struct compat_limits *cl, blk_features_t features)
{
	cl->lim.features &= ~features;
}

static inline void compat_limits_stack_bdev(struct compat_limits *cl, struct block_device *bdev)
{
	queue_limits_stack_bdev(&cl->lim, bdev, 0, KBUILD_MODNAME);
}

static inline void compat_limits_any_discard(struct compat_limits *cl)
{
	cl->lim.max_hw_discard_sectors = UINT_MAX;
	cl->lim.discard_granularity = SECTOR_SIZE;
}

static inline void compat_limits_no_discard(struct compat_limits *cl)
{
	cl->lim.max_hw_discard_sectors = 0;
	cl->lim.discard_granularity = 0;
}

/* For good: the limits of the hardware are what an update of others starts from. */
static inline void compat_disable_discard(struct request_queue *q)
{
	q->limits.max_hw_discard_sectors = 0;
	blk_queue_disable_discard(q);
}

static inline void compat_disable_write_zeroes(struct request_queue *q)
{
	compat_limits_no_wzeroes_unmap(&q->limits);
	blk_queue_disable_write_zeroes(q);
}

static inline struct gendisk *compat_alloc_disk(const struct compat_limits *cl)
{
	struct queue_limits lim = cl->lim;

	return blk_alloc_disk(&lim, NUMA_NO_NODE);
}

static inline int compat_limits_update(struct gendisk *disk, const struct compat_limits *cl)
{
	struct queue_limits lim;

	lim = queue_limits_start_update(disk->queue);
	lim = cl->lim;
	return queue_limits_commit_update_frozen(disk->queue, &lim);
}
#else
/*
 * Features that the disk has if any lower device has them, and if all have; the same as in
 * dm_table_set_restrictions() in drivers/md/dm-table.c.
 */
#define COMPAT_QUEUE_ANY									\
	(BIT(QUEUE_FLAG_WC) | BIT(QUEUE_FLAG_FUA) | BIT(QUEUE_FLAG_STABLE_WRITES))
#define COMPAT_QUEUE_ALL									\
	(BIT(QUEUE_FLAG_NOWAIT) | BIT(QUEUE_FLAG_NONROT) | BIT(QUEUE_FLAG_POLL))

static inline void compat_features_init(struct compat_limits *cl)
{
	cl->flags = COMPAT_QUEUE_ALL;
}

#define COMPAT_FEAT_WRITE_CACHE	BIT(QUEUE_FLAG_WC)
#define COMPAT_FEAT_FUA		BIT(QUEUE_FLAG_FUA)
#define COMPAT_FEAT_NOWAIT	BIT(QUEUE_FLAG_NOWAIT)
#define COMPAT_FEAT_POLL	BIT(QUEUE_FLAG_POLL)

static inline void compat_features_set(struct compat_limits *cl, unsigned long features)
{
	cl->flags |= features;
}

static inline void compat_features_clear(struct compat_limits *cl, unsigned long features)
{
	cl->flags &= ~features;
}

static inline void compat_limits_stack_bdev(struct compat_limits *cl, struct block_device *bdev)
{
	struct request_queue *q = bdev_get_queue(bdev);

	if (blk_stack_limits(&cl->lim, &q->limits, get_start_sect(bdev)))
		pr_notice("misaligned on %pg\n", bdev);
	cl->flags |= q->queue_flags & COMPAT_QUEUE_ANY;
	cl->flags &= q->queue_flags | ~COMPAT_QUEUE_ALL;
}

static inline void compat_limits_any_discard(struct compat_limits *cl)
{
	cl->lim.max_discard_sectors = UINT_MAX;
	cl->lim.max_hw_discard_sectors = UINT_MAX;
	cl->lim.discard_granularity = SECTOR_SIZE;
}

static inline void compat_limits_no_discard(struct compat_limits *cl)
{
	cl->lim.max_discard_sectors = 0;
	cl->lim.max_hw_discard_sectors = 0;
	cl->lim.discard_granularity = 0;
}

static inline void compat_disable_discard(struct request_queue *q)
{
	q->limits.max_discard_sectors = 0;
}

static inline void compat_disable_write_zeroes(struct request_queue *q)
{
	q->limits.max_write_zeroes_sectors = 0;
}

static inline void compat_queue_flag(struct request_queue *q, unsigned int flag, bool set)
{
	if (set)
		blk_queue_flag_set(flag, q);
	else
		blk_queue_flag_clear(flag, q);
}

/* The queue is new or frozen. */
static inline void compat_limits_apply(struct request_queue *q, const struct compat_limits *cl)
{
	static const unsigned int flags[] = {
		QUEUE_FLAG_NOWAIT, QUEUE_FLAG_NONROT, QUEUE_FLAG_POLL,
		QUEUE_FLAG_STABLE_WRITES,
	};
	int i;

	q->limits = cl->lim;
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		compat_queue_flag(q, flags[i], cl->flags & BIT(flags[i]));
	compat_queue_flag(q, QUEUE_FLAG_IO_STAT, true);
	blk_queue_write_cache(q, cl->flags & BIT(QUEUE_FLAG_WC), cl->flags & BIT(QUEUE_FLAG_FUA));
}

static inline struct gendisk *compat_alloc_disk(const struct compat_limits *cl)
{
	struct gendisk *disk = blk_alloc_disk(NUMA_NO_NODE);

	if (!disk)
		return ERR_PTR(-ENOMEM);
	compat_limits_apply(disk->queue, cl);
	return disk;
}

static inline int compat_limits_update(struct gendisk *disk, const struct compat_limits *cl)
{
	blk_mq_freeze_queue(disk->queue);
	compat_limits_apply(disk->queue, cl);
	blk_mq_unfreeze_queue(disk->queue);
	return 0;
}
#endif

/* Stacked disks have them later than others; the feature that asks for them is a macro. */
static inline void compat_limits_atomic(struct compat_limits *cl)
{
#ifdef BLK_FEAT_ATOMIC_WRITES
	cl->lim.features |= BLK_FEAT_ATOMIC_WRITES;
#endif
}

static inline void compat_limits_no_write_zeroes(struct compat_limits *cl)
{
	cl->lim.max_write_zeroes_sectors = 0;
	compat_limits_no_wzeroes_unmap(&cl->lim);
}

static inline void compat_limits_no_secure_erase(struct compat_limits *cl)
{
	cl->lim.max_secure_erase_sectors = 0;
}

/**
 * compat_limits_init - the limits of a disk that is stacked on nothing yet
 * @cl: them
 */
static inline void compat_limits_init(struct compat_limits *cl)
{
	blk_set_stacking_limits(&cl->lim);
	compat_features_init(cl);
	cl->discard = true;
	cl->secure_erase = true;
}

/**
 * compat_limits_stack - narrow them down to what a lower device can do
 * @cl: the limits
 * @bdev: the device
 */
static inline void compat_limits_stack(struct compat_limits *cl, struct block_device *bdev)
{
	compat_limits_stack_bdev(cl, bdev);
	cl->discard = cl->discard && bdev_max_discard_sectors(bdev);
	cl->secure_erase = cl->secure_erase && bdev_max_secure_erase_sectors(bdev);
	/* A device that found out that it cannot write zeroes may have left this behind. */
	if (!cl->lim.max_write_zeroes_sectors)
		compat_limits_no_wzeroes_unmap(&cl->lim);
	/* Stacking keeps what one device has and another lacks. */
	if (!cl->discard)
		compat_limits_no_discard(cl);
	if (!cl->secure_erase)
		compat_limits_no_secure_erase(cl);
}

#endif /* BIOSCOPE_COMPAT_LIMITS_H */
