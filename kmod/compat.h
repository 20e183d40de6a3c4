/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels that stack_blk is built for, decided by compile probes
 * (conftest/ -> conftest.h) and never by version numbers: distributions backport. Each names the
 * commit that made it and the release that commit first appeared in.
 */
#ifndef BIOSCOPE_COMPAT_H
#define BIOSCOPE_COMPAT_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/slab.h>

#include "compat_limits.h"
#include "conftest.h"

/* Typed allocation, v7.0; a macro, so it needs no probe. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj)	kzalloc(sizeof(obj), GFP_KERNEL)
#endif

/*
 * 9da3d1e912f3 "block: Add core atomic write support", v6.11: a bio that cannot be split for the
 * device. Macros, so they need no probe; before, the status was one of the errors below.
 */
#ifdef BLK_STS_INVAL
#define COMPAT_BLK_STS_INVAL	BLK_STS_INVAL
#else
#define COMPAT_BLK_STS_INVAL	((__force blk_status_t)U8_MAX)
#endif
#ifdef REQ_ATOMIC
#define COMPAT_REQ_ATOMIC	REQ_ATOMIC
#else
#define COMPAT_REQ_ATOMIC	((__force blk_opf_t)0)
#endif

/* 5f27571382ca "block: count 'ios' and 'sectors' when io is done for bio-based device", v6.3. */
#ifdef HAVE_BDEV_END_IO_ACCT_SECTORS
static inline void compat_start_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_start_io_acct(bio->bi_bdev, bio_op(bio), start);
}

static inline void compat_end_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_end_io_acct(bio->bi_bdev, bio_op(bio), sectors, start);
}
#else
static inline void compat_start_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_start_io_acct(bio->bi_bdev, sectors, bio_op(bio), start);
}

static inline void compat_end_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_end_io_acct(bio->bi_bdev, bio_op(bio), start);
}
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
/* f3a608827d1f "bdev: open block device as files", v6.9: blkdev_get_by_path() went away. */
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

/* For writing, by who holds it already. */
static inline int compat_bdev_open_again(struct compat_bdev *cb, struct block_device *bdev,
					 void *holder)
{
	struct file *file = bdev_file_open_by_dev(bdev->bd_dev, BLK_OPEN_READ | BLK_OPEN_WRITE,
						  holder, NULL);

	if (IS_ERR(file))
		return PTR_ERR(file);
	cb->file = file;
	cb->bdev = file_bdev(file);
	return 0;
}

static inline void compat_bdev_close(struct compat_bdev *cb)
{
	/*
	 * Closed when this returns, as by blkdev_put(), since who has powered off may take the
	 * lower and its driver away. bdev_fput() leaves the closing to the task's return to user
	 * space, or, in a worker, to another worker (fs/file_table.c).
	 */
	__fput_sync(cb->file);
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

static inline int compat_bdev_open_again(struct compat_bdev *cb, struct block_device *bdev,
					 void *holder)
{
	fmode_t mode = FMODE_READ | FMODE_EXCL | FMODE_WRITE;

	bdev = blkdev_get_by_dev(bdev->bd_dev, mode, holder);
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

#endif /* BIOSCOPE_COMPAT_H */
