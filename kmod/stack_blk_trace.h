/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints stack_blk:*. Their fields are an interface (stack_blk(4)): add to them, but do
 * not change them. A dev_t is that of the kernel, clone only tells the events of a clone from
 * others.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM stack_blk

#if !defined(STACK_BLK_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define STACK_BLK_TRACE_H

#include <linux/blkdev.h>
#include <linux/tracepoint.h>

#include "stack_blk_clone.h"

/* A clone was allocated for a piece of an original, or could not be: then clone is NULL. */
TRACE_EVENT(stack_blk_clone_alloc,
	TP_PROTO(const struct stack_blk_dev *dev, const struct bio *orig,
		 const struct stack_blk_piece *piece, const struct stack_blk_clone *clone),
	TP_ARGS(dev, orig, piece, clone),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u32, opf)
		__field(u64, sector)
		__field(u32, bytes)
		__field(u32, legs)
		__field(const void *, clone)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(dev->disk);
		__entry->opf = (__force u32)orig->bi_opf;
		__entry->sector = orig->bi_iter.bi_sector;
		__entry->bytes = piece->len;
		__entry->legs = piece->nr;
		__entry->clone = clone;
	),
	TP_printk("dev=%d:%d opf=%#x sector=%llu bytes=%u legs=%u clone=%p",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->opf, __entry->sector,
		  __entry->bytes, __entry->legs, __entry->clone)
);

/* A leg of a clone goes to a lower device; sector is there. */
TRACE_EVENT(stack_blk_leg_submit,
	TP_PROTO(const struct stack_blk_clone *clone, const struct bio *bio, unsigned int lower),
	TP_ARGS(clone, bio, lower),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(dev_t, lower)
		__field(u64, sector)
		__field(u32, bytes)
		__field(u32, opf)
		__field(const void *, clone)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(clone->dev->disk);
		__entry->lower = clone->dev->lower[lower].handle.bdev->bd_dev;
		__entry->sector = bio->bi_iter.bi_sector;
		__entry->bytes = bio->bi_iter.bi_size;
		__entry->opf = (__force u32)bio->bi_opf;
		__entry->clone = clone;
	),
	TP_printk("dev=%d:%d lower=%d:%d sector=%llu bytes=%u opf=%#x clone=%p",
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  MAJOR(__entry->lower), MINOR(__entry->lower), __entry->sector,
		  __entry->bytes, __entry->opf, __entry->clone)
);

/* A mirror goes on without a lower device; left are in use. */
TRACE_EVENT(stack_blk_leg_fail,
	TP_PROTO(const struct stack_blk_dev *dev, unsigned int lower, int error, unsigned int left),
	TP_ARGS(dev, lower, error, left),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(dev_t, lower)
		__field(int, error)
		__field(u32, left)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(dev->disk);
		__entry->lower = dev->lower[lower].handle.bdev->bd_dev;
		__entry->error = error;
		__entry->left = left;
	),
	TP_printk("dev=%d:%d lower=%d:%d error=%d left=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  MAJOR(__entry->lower), MINOR(__entry->lower), __entry->error, __entry->left)
);

/* All legs of a clone are done; it is freed, and then its original is told. */
TRACE_EVENT(stack_blk_clone_complete,
	TP_PROTO(const struct stack_blk_clone *clone),
	TP_ARGS(clone),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u32, opf)
		__field(u32, bytes)
		__field(int, error)
		__field(const void *, clone)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(clone->dev->disk);
		__entry->opf = (__force u32)clone->orig->bi_opf;
		__entry->bytes = clone->sectors << SECTOR_SHIFT;
		__entry->error = blk_status_to_errno(clone->status);
		__entry->clone = clone;
	),
	TP_printk("dev=%d:%d opf=%#x bytes=%u error=%d clone=%p",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->opf, __entry->bytes,
		  __entry->error, __entry->clone)
);

/* A disk was made, or is about to go. */
TRACE_EVENT(stack_blk_power,
	TP_PROTO(const struct stack_blk_dev *dev, bool on),
	TP_ARGS(dev, on),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u32, on)
		__field(u32, lowers)
	),
	TP_fast_assign(
		__entry->dev = disk_devt(dev->disk);
		__entry->on = on;
		__entry->lowers = dev->nr_lowers;
	),
	TP_printk("dev=%d:%d on=%u lowers=%u", MAJOR(__entry->dev), MINOR(__entry->dev),
		  __entry->on, __entry->lowers)
);

#endif /* STACK_BLK_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE stack_blk_trace
#include <trace/define_trace.h>
