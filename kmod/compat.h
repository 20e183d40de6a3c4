/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels the modules are built for, decided by compile probes
 * (conftest/ -> conftest.h) and never by version numbers: distributions backport. Each names the
 * commit that made it and the release that commit first appeared in.
 */
#ifndef BIOSCOPE_COMPAT_H
#define BIOSCOPE_COMPAT_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "conftest.h"

/* fe45e630a103 "block: move integrity handling out of <linux/blkdev.h>", v5.16. */
#ifdef HAVE_BLK_INTEGRITY_HEADER
#include <linux/blk-integrity.h>
#endif

/* Typed allocation, v7.0; a macro, so it needs no probe. */
#ifndef kzalloc_obj
#define kzalloc_obj(obj)	kzalloc(sizeof(obj), GFP_KERNEL)
#endif

/* --- bios ------------------------------------------------------------------------------------ */

/* 309dca309fc3 "block: store a block_device pointer in struct bio", v5.12. */
#ifdef HAVE_BIO_BI_BDEV
static inline struct gendisk *compat_bio_disk(const struct bio *bio)
{
	return bio->bi_bdev->bd_disk;
}
#else
static inline struct gendisk *compat_bio_disk(const struct bio *bio)
{
	return bio->bi_disk;
}
#endif

/* 3e08773c3841 "block: switch polling to be bio based", v5.16: also made submit_bio return void. */
#ifdef HAVE_SUBMIT_BIO_VOID
#define compat_submit_t		void
#define COMPAT_SUBMITTED
#else
#define compat_submit_t		blk_qc_t
#define COMPAT_SUBMITTED	BLK_QC_T_NONE
#endif

/* 3e08773c3841, v5.16, too: a bio itself says that it is polled for. */
#ifdef HAVE_BIO_CLEAR_POLLED
static inline void compat_bio_clear_polled(struct bio *bio)
{
	bio_clear_polled(bio);
}
#else
static inline void compat_bio_clear_polled(struct bio *bio)
{
}
#endif

/*
 * abfc426d1b2f "block: pass a block_device to bio_clone_fast", v5.18: the clone's device is an
 * argument, and bio_init_clone() clones into memory of the caller's.
 * 066ff571011d "block: turn bio_kmalloc into a simple kmalloc wrapper", v5.19: such a bio is
 * initialised and freed by its owner; a bio_set of NULL, which meant the same, is gone.
 */
#ifdef HAVE_BIO_ALLOC_CLONE
static inline struct bio *compat_clone(struct block_device *bdev, struct bio *src, gfp_t gfp,
				       struct bio_set *bs)
{
	return bio_alloc_clone(bdev, src, gfp, bs);
}

static inline int compat_init_clone(struct block_device *bdev, struct bio *bio, struct bio *src,
				    gfp_t gfp)
{
	return bio_init_clone(bdev, bio, src, gfp);
}

static inline struct bio *compat_clone_kmalloc(struct block_device *bdev, struct bio *src,
					       gfp_t gfp)
{
	struct bio *bio = bio_kmalloc(0, gfp);

	if (bio && bio_init_clone(bdev, bio, src, gfp)) {
		kfree(bio);
		return NULL;
	}
	return bio;
}

static inline void compat_kmalloc_put(struct bio *bio)
{
	bio_uninit(bio);
	kfree(bio);
}
#else
static inline struct bio *compat_clone(struct block_device *bdev, struct bio *src, gfp_t gfp,
				       struct bio_set *bs)
{
	struct bio *bio = bio_clone_fast(src, gfp, bs);

	if (bio)
		bio_set_dev(bio, bdev);
	return bio;
}

static inline int compat_init_clone(struct block_device *bdev, struct bio *bio, struct bio *src,
				    gfp_t gfp)
{
	bio_init(bio, NULL, 0);
	__bio_clone_fast(bio, src);
	bio_set_dev(bio, bdev);
	return 0;
}

static inline struct bio *compat_clone_kmalloc(struct block_device *bdev, struct bio *src,
					       gfp_t gfp)
{
	return compat_clone(bdev, src, gfp, NULL);
}

static inline void compat_kmalloc_put(struct bio *bio)
{
	bio_put(bio);
}
#endif

/*
 * Which argument of bio_alloc_bioset() is the bio_set, for probes on it. 609be1066731 "block: pass
 * a block_device and opf to bio_alloc_bioset", v5.18.
 */
#ifdef HAVE_BIO_ALLOC_BIOSET_BDEV
#define COMPAT_BIO_ALLOC_BIOSET_BS	4
#else
#define COMPAT_BIO_ALLOC_BIOSET_BS	2
static_assert(__same_type(&bio_alloc_bioset,
			  (struct bio *(*)(gfp_t, unsigned int, struct bio_set *))NULL),
	      "bio_alloc_bioset() has other arguments: find the index of its bio_set");
#endif

/* be4d234d7aeb "bio: add allocation cache abstraction", v5.15. */
#ifdef HAVE_BIOSET_PERCPU_CACHE
#define COMPAT_BIOSET_PERCPU_CACHE	BIOSET_PERCPU_CACHE
#define COMPAT_PERCPU_CACHE_MAX		1
#else
#define COMPAT_BIOSET_PERCPU_CACHE	0
#define COMPAT_PERCPU_CACHE_MAX		0
#endif

/*
 * 9da3d1e912f3 "block: Add core atomic write support", v6.11: a bio that cannot be split for the
 * device. A macro, so it needs no probe; before, it was one of the errors below.
 */
#ifdef BLK_STS_INVAL
#define COMPAT_BLK_STS_INVAL	BLK_STS_INVAL
#else
#define COMPAT_BLK_STS_INVAL	((__force blk_status_t)U8_MAX)
#endif

/* --- accounting ------------------------------------------------------------------------------ */

#if defined(HAVE_BDEV_END_IO_ACCT_SECTORS)
/* 5f27571382ca "block: count 'ios' and 'sectors' when io is done for bio-based device", v6.3. */
static inline void compat_start_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_start_io_acct(bio->bi_bdev, bio_op(bio), start);
}

static inline void compat_end_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_end_io_acct(bio->bi_bdev, bio_op(bio), sectors, start);
}
#elif defined(HAVE_BDEV_START_IO_ACCT)
/*
 * 5f0614a55ece "block: change exported IO accounting interface from gendisk to bdev", v5.19: a
 * start time, and partitions count.
 */
static inline void compat_start_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_start_io_acct(bio->bi_bdev, sectors, bio_op(bio), start);
}

static inline void compat_end_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	bdev_end_io_acct(bio->bi_bdev, bio_op(bio), start);
}
#else
/* Here a bio no longer knows its partition: only the disk counts. */
static inline void compat_start_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	disk_start_io_acct(compat_bio_disk(bio), sectors, bio_op(bio));
}

static inline void compat_end_io_acct(struct bio *bio, unsigned int sectors, unsigned long start)
{
	disk_end_io_acct(compat_bio_disk(bio), bio_op(bio), start);
}
#endif

/* --- lower devices --------------------------------------------------------------------------- */

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

/* 4e7b5671c6a8 "block: remove i_bdev", v5.11. */
#ifdef HAVE_LOOKUP_BDEV_DEVT
static inline int compat_lookup_bdev(const char *path, dev_t *devt)
{
	return lookup_bdev(path, devt);
}
#else
static inline int compat_lookup_bdev(const char *path, dev_t *devt)
{
	struct block_device *bdev = lookup_bdev(path);

	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	*devt = bdev->bd_dev;
	bdput(bdev);
	return 0;
}
#endif

/* 6436bd90f76e "block: add a bdev_nr_bytes helper" and its neighbours, v5.16. */
#ifdef HAVE_BDEV_NR_SECTORS
#define compat_nr_sectors(bdev)		bdev_nr_sectors(bdev)
#else
#define compat_nr_sectors(bdev)		(i_size_read((bdev)->bd_inode) >> SECTOR_SHIFT)
#endif

/* --- disks ----------------------------------------------------------------------------------- */

/*
 * 449f4ec9892e "block: remove the update_bdev parameter to set_capacity_revalidate_and_notify",
 * v5.11.
 */
#ifdef HAVE_SET_CAPACITY_AND_NOTIFY
#define compat_set_capacity(disk, sectors)	set_capacity_and_notify(disk, sectors)
#else
#define compat_set_capacity(disk, sectors)	\
	set_capacity_revalidate_and_notify(disk, sectors, true)
#endif

/* 83cbce957446 "block: add error handling for device_add_disk / add_disk", v5.15. */
#ifdef HAVE_DEVICE_ADD_DISK_ERROR
static inline int compat_add_disk(struct gendisk *disk, const struct attribute_group **groups)
{
	return device_add_disk(NULL, disk, groups);
}
#else
static inline int compat_add_disk(struct gendisk *disk, const struct attribute_group **groups)
{
	device_add_disk(NULL, disk, groups);
	return 0;
}
#endif

/*
 * f525464a8000 "block: add blk_alloc_disk and blk_cleanup_disk APIs", v5.14: a disk has its queue.
 * 6f8191fdf41d "block: simplify disk shutdown", v6.0: del_gendisk() waits for I/O that is entering.
 */
#ifdef HAVE_BLK_ALLOC_DISK
static inline void compat_del_disk(struct gendisk *disk)
{
	del_gendisk(disk);
}

static inline void compat_put_new_disk(struct gendisk *disk)
{
	put_disk(disk);
}

#ifndef HAVE_QUEUE_LIMITS_FEATURES
static inline struct gendisk *compat_blk_alloc_disk(void)
{
	return blk_alloc_disk(NUMA_NO_NODE);
}
#endif
#else
static inline void compat_del_disk(struct gendisk *disk)
{
	del_gendisk(disk);
	blk_cleanup_queue(disk->queue);
}

/* A disk that was never added holds no reference on its queue. */
static inline void compat_put_new_disk(struct gendisk *disk)
{
	blk_cleanup_queue(disk->queue);
	disk->queue = NULL;
	put_disk(disk);
}

static inline struct gendisk *compat_blk_alloc_disk(void)
{
	struct gendisk *disk = alloc_disk(0);

	if (!disk)
		return NULL;
	disk->queue = blk_alloc_queue(NUMA_NO_NODE);
	if (!disk->queue) {
		put_disk(disk);
		return NULL;
	}
	disk->flags |= GENHD_FL_EXT_DEVT;
	return disk;
}
#endif

#include "compat_limits.h"

#endif /* BIOSCOPE_COMPAT_H */
