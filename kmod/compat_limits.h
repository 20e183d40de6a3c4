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
	lim->max_wzeroes_unmap_sectors = 0;
#endif
}

/*
 * For good: newer kernels compute the limit from that of the hardware, which is what an update of
 * others starts from.
 */
static inline void compat_limits_no_discard(struct queue_limits *lim)
{
	lim->max_hw_discard_sectors = 0;
	lim->max_discard_sectors = 0;
}

static inline void compat_limits_any_discard(struct queue_limits *lim)
{
	lim->max_hw_discard_sectors = UINT_MAX;
	lim->max_discard_sectors = UINT_MAX;
	lim->discard_granularity = SECTOR_SIZE;
}

static inline void compat_limits_no_write_zeroes(struct queue_limits *lim)
{
	lim->max_write_zeroes_sectors = 0;
	compat_limits_no_wzeroes_unmap(lim);
}

#ifdef HAVE_QUEUE_LIMITS_FEATURES
/*
 * Features belong to the limits, which blk_stack_limits() stacks: a series that begins with
 * 1122c0c1cc71 "block: move cache control settings out of queue->flags" and has 8023e144f9d6
 * "block: move the poll flag to queue_limits" after those of the others that are named here, v6.11.
 */
#define COMPAT_FEAT_WRITE_CACHE	BLK_FEAT_WRITE_CACHE
#define COMPAT_FEAT_FUA		BLK_FEAT_FUA
#define COMPAT_FEAT_NOWAIT	BLK_FEAT_NOWAIT
#define COMPAT_FEAT_POLL	BLK_FEAT_POLL

static inline void compat_features_add(struct compat_limits *cl, blk_features_t features)
{
	cl->lim.features |= features;
}

static inline void compat_features_drop(struct compat_limits *cl, blk_features_t features)
{
	cl->lim.features &= ~features;
}

static inline bool compat_features_has(const struct compat_limits *cl, blk_features_t feature)
{
	return cl->lim.features & feature;
}

static inline void compat_features_init(struct compat_limits *cl)
{
	/* Set by the stacking driver, cleared by stacking a lower device that lacks it. */
	cl->lim.features |= BLK_FEAT_IO_STAT | BLK_FEAT_NOWAIT | BLK_FEAT_POLL;
}

static inline void compat_features_stack(struct compat_limits *cl, struct request_queue *lower)
{
}

static inline void compat_features_set(struct request_queue *q, const struct compat_limits *cl)
{
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

#define COMPAT_FEAT_WRITE_CACHE	BIT(QUEUE_FLAG_WC)
#define COMPAT_FEAT_FUA		BIT(QUEUE_FLAG_FUA)
#define COMPAT_FEAT_NOWAIT	BIT(QUEUE_FLAG_NOWAIT)
#define COMPAT_FEAT_POLL	BIT(QUEUE_FLAG_POLL)

static inline void compat_features_add(struct compat_limits *cl, unsigned long features)
{
	cl->flags |= features;
}

static inline void compat_features_drop(struct compat_limits *cl, unsigned long features)
{
	cl->flags &= ~features;
}

static inline bool compat_features_has(const struct compat_limits *cl, unsigned long feature)
{
	return cl->flags & feature;
}

static inline void compat_features_init(struct compat_limits *cl)
{
	cl->flags = COMPAT_QUEUE_ALL;
}

static inline void compat_features_stack(struct compat_limits *cl, struct request_queue *lower)
{
	cl->flags |= lower->queue_flags & COMPAT_QUEUE_ANY;
	cl->flags &= lower->queue_flags | ~COMPAT_QUEUE_ALL;
}

static inline void compat_queue_flag(struct request_queue *q, unsigned int flag, bool set)
{
	if (set)
		blk_queue_flag_set(flag, q);
	else
		blk_queue_flag_clear(flag, q);
}

/* One by one, and not only while the queue is frozen: as sysfs sets them. */
static inline void compat_features_set(struct request_queue *q, const struct compat_limits *cl)
{
	static const unsigned int flags[] = {
		QUEUE_FLAG_NOWAIT, QUEUE_FLAG_NONROT, QUEUE_FLAG_POLL,
		QUEUE_FLAG_STABLE_WRITES,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		compat_queue_flag(q, flags[i], cl->flags & BIT(flags[i]));
	compat_queue_flag(q, QUEUE_FLAG_IO_STAT, true);
	blk_queue_write_cache(q, cl->flags & BIT(QUEUE_FLAG_WC), cl->flags & BIT(QUEUE_FLAG_FUA));
}
#endif

/*
 * 1e1a9cecfab3 "block: force noio scope in blk_mq_freeze_queue", v6.14: what it returns is for
 * unfreezing.
 */
static inline unsigned int compat_freeze_queue(struct request_queue *q)
{
#ifdef HAVE_BLK_MQ_FREEZE_QUEUE_MEMFLAGS
	return blk_mq_freeze_queue(q);
#else
	blk_mq_freeze_queue(q);
	return 0;
#endif
}

static inline void compat_unfreeze_queue(struct request_queue *q, unsigned int memflags)
{
#ifdef HAVE_BLK_MQ_FREEZE_QUEUE_MEMFLAGS
	blk_mq_unfreeze_queue(q, memflags);
#else
	blk_mq_unfreeze_queue(q);
#endif
}

/*
 * d690cb8ae14b "block: add an API to atomically update queue limits", v6.9, brought a lock, which
 * sysfs took with the queue frozen. aa427d7b73b1 "block: add a queue_limits_commit_update_frozen
 * helper", v6.14, belongs to a series that turned that around everywhere: the lock, then freezing.
 */
#if defined(HAVE_QUEUE_LIMITS_COMMIT_UPDATE_FROZEN)
static inline int compat_limits_set(struct request_queue *q, const struct queue_limits *limits)
{
	struct queue_limits lim = queue_limits_start_update(q);

	lim = *limits;
	return queue_limits_commit_update_frozen(q, &lim);
}
#elif defined(HAVE_QUEUE_LIMITS_COMMIT_UPDATE)
static inline int compat_limits_set(struct request_queue *q, const struct queue_limits *limits)
{
	unsigned int memflags = compat_freeze_queue(q);
	struct queue_limits lim = queue_limits_start_update(q);
	int err;

	lim = *limits;
	err = queue_limits_commit_update(q, &lim);
	compat_unfreeze_queue(q, memflags);
	return err;
}
#else
static inline int compat_limits_set(struct request_queue *q, const struct queue_limits *limits)
{
	unsigned int memflags = compat_freeze_queue(q);

	q->limits = *limits;
	compat_unfreeze_queue(q, memflags);
	return 0;
}
#endif

/**
 * compat_limits_update - give a disk other limits and features
 * @disk: the disk, can be in use
 * @cl: they
 *
 * Context: may sleep.
 * Return: 0, or an error: then it has those it had.
 */
static inline int compat_limits_update(struct gendisk *disk, const struct compat_limits *cl)
{
	int err = compat_limits_set(disk->queue, &cl->lim);

	if (!err)
		compat_features_set(disk->queue, cl);
	return err;
}

/**
 * compat_alloc_disk - a disk that has these limits and features
 * @cl: they
 *
 * Context: may sleep.
 * Return: the disk, or an ERR_PTR().
 */
static inline struct gendisk *compat_alloc_disk(const struct compat_limits *cl)
{
	struct gendisk *disk;
#ifdef HAVE_BLK_ALLOC_DISK_LIMITS
	/* 74fa8f9c553f "block: pass a queue_limits argument to blk_alloc_disk", v6.9. */
	struct queue_limits lim = cl->lim;

	disk = blk_alloc_disk(&lim, NUMA_NO_NODE);
	if (!IS_ERR(disk))
		compat_features_set(disk->queue, cl);
#else
	int err;

	disk = blk_alloc_disk(NUMA_NO_NODE);
	if (!disk)
		return ERR_PTR(-ENOMEM);
	err = compat_limits_update(disk, cl);
	if (err) {
		put_disk(disk);
		return ERR_PTR(err);
	}
#endif
	return disk;
}

/* Stacked disks have them later than others; the feature that asks for them is a macro. */
static inline void compat_limits_atomic(struct compat_limits *cl)
{
#ifdef BLK_FEAT_ATOMIC_WRITES
	cl->lim.features |= BLK_FEAT_ATOMIC_WRITES;
#endif
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
	struct request_queue *q = bdev_get_queue(bdev);

	if (blk_stack_limits(&cl->lim, &q->limits, get_start_sect(bdev)))
		pr_notice("misaligned on lower device %pg\n", bdev);
	compat_features_stack(cl, q);
	cl->discard = cl->discard && bdev_max_discard_sectors(bdev);
	cl->secure_erase = cl->secure_erase && bdev_max_secure_erase_sectors(bdev);
	/* A device that found out that it cannot write zeroes may have left this behind. */
	if (!cl->lim.max_write_zeroes_sectors)
		compat_limits_no_wzeroes_unmap(&cl->lim);
	/* Stacking keeps what one device has and another lacks. */
	if (!cl->discard) {
		compat_limits_no_discard(&cl->lim);
		cl->lim.discard_granularity = 0;
	}
	if (!cl->secure_erase)
		cl->lim.max_secure_erase_sectors = 0;
}

#endif /* BIOSCOPE_COMPAT_LIMITS_H */
