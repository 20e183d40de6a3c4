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

/*
 * What __bio_clone() copies beside flags and cgroup: the write hint since 449813515d3e "block, fs:
 * Restore the per-bio/request data lifetime fields", v6.9, and the write stream since v6.16.
 */
static inline void compat_bio_copy_hints(struct bio *to, const struct bio *from)
{
	to->bi_ioprio = from->bi_ioprio;
#ifdef HAVE_BIO_WRITE_HINT
	to->bi_write_hint = from->bi_write_hint;
#endif
#ifdef HAVE_BIO_WRITE_STREAM
	to->bi_write_stream = from->bi_write_stream;
#endif
}

/* Takes them away again; the priority stays. */
static inline void compat_bio_drop_hints(struct bio *bio)
{
#ifdef HAVE_BIO_WRITE_HINT
	bio->bi_write_hint = WRITE_LIFE_NOT_SET;
#endif
#ifdef HAVE_BIO_WRITE_STREAM
	bio->bi_write_stream = 0;
#endif
}

/* 0718afd47f70 "block: introduce holder ops", v6.5; only passed on here. */
struct blk_holder_ops;

/*
 * 05bdb9965305 "block: replace fmode_t with a block-specific type for block open flags", v6.5.
 * Macros, so they need no probe; before, an exclusive open takes FMODE_EXCL.
 */
#ifndef BLK_OPEN_READ
#define blk_mode_t	fmode_t
#define BLK_OPEN_READ	(FMODE_READ | FMODE_EXCL)
#define BLK_OPEN_WRITE	FMODE_WRITE
#endif

/* An exclusively opened block device and what it takes to close it again. */
struct compat_bdev {
	struct block_device *bdev;
#if defined(HAVE_BDEV_FILE_OPEN_BY_DEV)
	struct file *file;
#elif defined(HAVE_BDEV_OPEN_BY_DEV)
	struct bdev_handle *handle;
#elif defined(HAVE_BLKDEV_PUT_HOLDER)
	void *holder;
#else
	blk_mode_t mode;
#endif
};

#if defined(HAVE_BDEV_FILE_OPEN_BY_DEV)
/* f3a608827d1f "bdev: open block device as files", v6.9. */
static inline int compat_bdev_open_mode(struct compat_bdev *cb, dev_t devt, blk_mode_t mode,
					void *holder, const struct blk_holder_ops *ops)
{
	struct file *file = bdev_file_open_by_dev(devt, mode, holder, ops);

	if (IS_ERR(file))
		return PTR_ERR(file);
	cb->file = file;
	cb->bdev = file_bdev(file);
	return 0;
}

static inline void compat_bdev_close(struct compat_bdev *cb)
{
	/*
	 * Closed when this returns, as with older kernels, since who has powered off may take the
	 * lower and its driver away. bdev_fput() leaves the closing to the task's return to user
	 * space, or, in a worker, to another worker (fs/file_table.c). Any task may do this since
	 * 021a160abf62 "fs: use __fput_sync in close(2)", v6.6.
	 */
	__fput_sync(cb->file);
}
#elif defined(HAVE_BDEV_OPEN_BY_DEV)
/* e719b4d15674 "block: Provide bdev_open_* functions", v6.7. */
static inline int compat_bdev_open_mode(struct compat_bdev *cb, dev_t devt, blk_mode_t mode,
					void *holder, const struct blk_holder_ops *ops)
{
	struct bdev_handle *handle = bdev_open_by_dev(devt, mode, holder, ops);

	if (IS_ERR(handle))
		return PTR_ERR(handle);
	cb->handle = handle;
	cb->bdev = handle->bdev;
	return 0;
}

static inline void compat_bdev_close(struct compat_bdev *cb)
{
	bdev_release(cb->handle);
}
#else
static inline int compat_bdev_open_mode(struct compat_bdev *cb, dev_t devt, blk_mode_t mode,
					void *holder, const struct blk_holder_ops *ops)
{
	struct block_device *bdev;

#ifdef HAVE_BLKDEV_GET_BY_DEV_HOPS
	/* 0718afd47f70, see above. */
	bdev = blkdev_get_by_dev(devt, mode, holder, ops);
#else
	bdev = blkdev_get_by_dev(devt, mode, holder);
#endif
	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	cb->bdev = bdev;
#ifdef HAVE_BLKDEV_PUT_HOLDER
	cb->holder = holder;
#else
	cb->mode = mode;
#endif
	return 0;
}

static inline void compat_bdev_close(struct compat_bdev *cb)
{
#ifdef HAVE_BLKDEV_PUT_HOLDER
	/* 2736e8eeb0cc "block: use the holder as indication for exclusive opens", v6.5. */
	blkdev_put(cb->bdev, cb->holder);
#else
	blkdev_put(cb->bdev, cb->mode);
#endif
}
#endif

/**
 * compat_bdev_open - open a block device exclusively
 * @cb: what is opened
 * @devt: which
 * @write: also for writing
 * @holder: who; can have it open several times
 * @ops: what the kernel tells the holder, always the same for one
 *
 * Context: may sleep.
 * Return: 0 or an error: -EACCES if it is to be written and read-only.
 */
static inline int compat_bdev_open(struct compat_bdev *cb, dev_t devt, bool write, void *holder,
				   const struct blk_holder_ops *ops)
{
	blk_mode_t mode = BLK_OPEN_READ | (write ? BLK_OPEN_WRITE : 0);
	int err = compat_bdev_open_mode(cb, devt, mode, holder, ops);

	if (err)
		return err;
	/* As all functions do that open by path; those that open by number need not. */
	if (write && bdev_read_only(cb->bdev)) {
		compat_bdev_close(cb);
		return -EACCES;
	}
	return 0;
}

#endif /* BIOSCOPE_COMPAT_H */
