/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels the modules are built for, decided by compile probes
 * (conftest/ -> conftest.h) and never by version numbers: distributions backport.
 */
#ifndef BIOSCOPE_COMPAT_H
#define BIOSCOPE_COMPAT_H

#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/slab.h>

#include "conftest.h"

/* Typed allocation, v7.0; a macro, so it needs no probe. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj)	kzalloc(sizeof(obj), GFP_KERNEL)
#endif

/* An exclusively opened block device and what it takes to close it again. */
struct compat_bdev {
	struct block_device *bdev;
#ifdef HAVE_BDEV_FILE_OPEN_BY_PATH
	struct file *file;
#else
	fmode_t mode;
#endif
};

#ifdef HAVE_BDEV_FILE_OPEN_BY_PATH
/* v6.9, "bdev: open block device as files": blkdev_get_by_path() went away. */
static inline int compat_bdev_open(struct compat_bdev *cb, const char *path, bool write,
				   void *holder)
{
	blk_mode_t mode = BLK_OPEN_READ | (write ? BLK_OPEN_WRITE : 0);
	struct file *file = bdev_file_open_by_path(path, mode, holder, NULL);

	if (IS_ERR(file))
		return PTR_ERR(file);
	cb->file = file;
	cb->bdev = file_bdev(file);
	return 0;
}

static inline void compat_bdev_close(struct compat_bdev *cb)
{
	/* Yields the claim at once; the file itself goes when the task returns to user space. */
	bdev_fput(cb->file);
}
#else
static inline int compat_bdev_open(struct compat_bdev *cb, const char *path, bool write,
				   void *holder)
{
	fmode_t mode = FMODE_READ | FMODE_EXCL | (write ? FMODE_WRITE : 0);
	struct block_device *bdev = blkdev_get_by_path(path, mode, holder);

	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	cb->bdev = bdev;
	cb->mode = mode;
	return 0;
}

static inline void compat_bdev_close(struct compat_bdev *cb)
{
	blkdev_put(cb->bdev, cb->mode);
}
#endif

/*
 * compat_alloc_stacked_disk - a gendisk whose limits and features are those of @lower, with
 * iostats on; NOWAIT, write cache and FUA exactly if @lower has them. Returns an ERR_PTR().
 */
#ifdef HAVE_QUEUE_LIMITS_FEATURES
static inline struct gendisk *compat_alloc_stacked_disk(struct block_device *lower)
{
	struct queue_limits lim;

	blk_set_stacking_limits(&lim);
	/* Set by the stacking driver, cleared by the stacking if the lower device lacks it. */
	lim.features |= BLK_FEAT_IO_STAT | BLK_FEAT_NOWAIT;
	queue_limits_stack_bdev(&lim, lower, 0, KBUILD_MODNAME);
	return blk_alloc_disk(&lim, NUMA_NO_NODE);
}
#else
/* Before v6.9 limits were edited in the queue, and before v6.11 features were queue flags. */
static inline struct gendisk *compat_alloc_stacked_disk(struct block_device *lower)
{
	struct gendisk *disk = blk_alloc_disk(NUMA_NO_NODE);
	struct request_queue *q;

	if (!disk)
		return ERR_PTR(-ENOMEM);

	q = disk->queue;
	blk_set_stacking_limits(&q->limits);
	disk_stack_limits(disk, lower, 0);
	blk_queue_flag_set(QUEUE_FLAG_IO_STAT, q);
	if (bdev_nowait(lower))
		blk_queue_flag_set(QUEUE_FLAG_NOWAIT, q);
	if (bdev_nonrot(lower))
		blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	if (bdev_stable_writes(lower))
		blk_queue_flag_set(QUEUE_FLAG_STABLE_WRITES, q);
	blk_queue_write_cache(q, bdev_write_cache(lower), bdev_fua(lower));
	return disk;
}
#endif

#ifdef HAVE_BDEV_END_IO_ACCT_SECTORS
/* v6.3: I/Os and sectors are counted at the end of an I/O instead of at its start. */
static inline unsigned long compat_start_io_acct(struct block_device *bdev, enum req_op op,
						 unsigned int sectors)
{
	return bdev_start_io_acct(bdev, op, jiffies);
}

static inline void compat_end_io_acct(struct block_device *bdev, enum req_op op,
				      unsigned int sectors, unsigned long start)
{
	bdev_end_io_acct(bdev, op, sectors, start);
}
#else
static inline unsigned long compat_start_io_acct(struct block_device *bdev, enum req_op op,
						 unsigned int sectors)
{
	return bdev_start_io_acct(bdev, sectors, op, jiffies);
}

static inline void compat_end_io_acct(struct block_device *bdev, enum req_op op,
				      unsigned int sectors, unsigned long start)
{
	bdev_end_io_acct(bdev, op, start);
}
#endif

#endif /* BIOSCOPE_COMPAT_H */
