/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_blk: what the files on the way of an I/O share: pieces of an original, and their clones.
 */
#ifndef STACK_BLK_CLONE_H
#define STACK_BLK_CLONE_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/types.h>

#include "stack_blk.h"

/**
 * struct stack_blk_range - where a part of an original is on one lower device
 * @lower: index of the device
 * @bytes: length, 0 for a flush without data
 * @sector: first sector there
 */
struct stack_blk_range {
	unsigned int lower;
	unsigned int bytes;
	sector_t sector;
};

/**
 * struct stack_blk_piece - what of an original goes into one clone
 * @len: bytes of the original
 * @nr: to how many lower devices it goes, at least 1
 * @flush: this is only the flush that goes before the data of the original
 * @first: where it goes on the first of them
 * @others: bits of the others, see stack_blk_map_other(); there are any only if each gets all of
 *	it, or if there is no data
 *
 * It is on the stack of every I/O, and kernels may zero that: keep it small.
 */
struct stack_blk_piece {
	unsigned int len;
	unsigned int nr;
	bool flush;
	struct stack_blk_range first;
	unsigned long others;
};

/**
 * struct stack_blk_clone - the state of a clone: per-bio data, where knob per_bio says
 * @dev: the device
 * @orig: the bio this is a piece of
 * @bio: the clone, the first leg
 * @start: when the original arrived here, in jiffies
 * @sectors: length of the piece, for the accounting
 * @acct: iostats were on at the start
 * @flush: see struct stack_blk_piece
 * @polled: the original is polled for, see stack_blk_poll.c; never on a mirror
 * @first: lower device of @bio
 * @ok: mirror: one leg wrote
 * @fatal: mirror: the last working leg did not
 * @status: first error that decides about the piece
 * @faults: bits of enum stack_blk_fault_kind; only if its bios end with stack_blk_fault_endio()
 * @liar: the lower device whose answer is the injected error, from 1; 0: any; only with @faults
 * @nr: legs
 * @pending: legs under way
 * @read: if stack_blk_dev.keep: what it takes to repeat a read on another leg of a mirror, or to
 *	hand over what was read
 * @read.iter: what of the original
 * @read.flags: bi_flags of the clone
 * @read.tried: bits of the lower devices that it was sent to
 * @poll: what it takes to be polled for
 * @poll.node: in stack_blk_dev.polled
 * @poll.saved: bi_private of the original
 * @poll.polling: somebody polls just now; under stack_blk_dev.lock
 * @poll.done: nobody but the poller holds it back any more
 * @late: all legs are done
 * @late.node: in a list of struct stack_blk_late or struct stack_blk_faults
 * @late.due: when it is to complete, in jiffies
 *
 * The further legs follow, see stack_blk_leg(), and what is tracked (stack_blk_track.c).
 */
struct stack_blk_clone {
	struct stack_blk_dev *dev;
	struct bio *orig;
	struct bio *bio;
	unsigned long start;
	unsigned int sectors;
	bool acct;
	bool flush;
	bool polled;
	bool ok;
	bool fatal;
	blk_status_t status;
	u8 first;
	u8 faults;
	u8 liar;
	u8 nr;
	atomic_t pending;
	union {
		struct {
			struct bvec_iter iter;
			unsigned short flags;
			u16 tried;
		} read;
		struct {
			struct list_head node;
			void *saved;
			bool polling;
			bool done;
		} poll;
		struct {
			struct list_head node;
			unsigned long due;
		} late;
	};
};

/**
 * struct stack_blk_leg - a further bio of a clone; they follow its state
 * @lower: index of the lower device
 * @bio: the bio
 */
struct stack_blk_leg {
	unsigned int lower;
	struct bio bio;
};

/* Leg @i of a clone but the first, from 0. */
static inline struct stack_blk_leg *stack_blk_leg(struct stack_blk_clone *clone, unsigned int i)
{
	return (struct stack_blk_leg *)(clone + 1) + i;
}

static inline bool stack_blk_has_data(const struct bio *orig)
{
	return bio_op(orig) == REQ_OP_READ || bio_op(orig) == REQ_OP_WRITE;
}

static inline bool stack_blk_wants_poll(const struct bio *orig)
{
	return unlikely(orig->bi_opf & REQ_POLLED);
}

/* How the clone of an original may be allocated. */
static inline gfp_t stack_blk_gfp(const struct stack_blk_dev *dev, const struct bio *orig)
{
	return orig->bi_opf & REQ_NOWAIT ? GFP_NOWAIT | __GFP_NOWARN : dev->gfp;
}

/* stack_blk_map.c */
void stack_blk_map(struct stack_blk_dev *dev, const struct bio *orig,
		   struct stack_blk_piece *piece);
void stack_blk_map_other(const struct stack_blk_dev *dev, const struct bio *orig,
			 const struct stack_blk_piece *piece, unsigned int lower,
			 struct stack_blk_range *range);
unsigned int stack_blk_map_len(struct stack_blk_dev *dev, const struct bio *orig);
int stack_blk_pick_leg(struct stack_blk_dev *dev, unsigned int tried);

/* stack_blk_clone.c */
int stack_blk_pool_init(struct stack_blk_dev *dev, const unsigned int *fail_nth);
void stack_blk_pool_exit(struct stack_blk_dev *dev);
struct stack_blk_clone *stack_blk_clone_alloc(struct stack_blk_dev *dev, struct bio *orig,
					      const struct stack_blk_piece *piece);
void stack_blk_strip(const struct stack_blk_dev *dev, struct bio *bio);
void stack_blk_trace_remap(struct stack_blk_clone *clone);
void stack_blk_clone_free(struct stack_blk_clone *clone);
bool stack_blk_kmalloc_fails(struct stack_blk_dev *dev);

/* stack_blk_bvecs.c */
int stack_blk_bvecs_init(struct stack_blk_dev *dev);
void stack_blk_bvecs_exit(struct stack_blk_dev *dev);
struct bio *stack_blk_pages_clone(struct stack_blk_dev *dev, struct block_device *bdev,
				  struct bio *orig, unsigned int len, gfp_t gfp);
void stack_blk_pages_free(struct stack_blk_dev *dev, struct bio *bio);
void stack_blk_pages_read(struct stack_blk_clone *clone);

/* stack_blk_io.c */
void stack_blk_submit_bio(struct bio *bio);
void stack_blk_process(struct stack_blk_dev *dev, struct bio *orig, bool nested);
void stack_blk_submit_batch(struct stack_blk_dev *dev, struct bio *orig);
void stack_blk_fail(struct stack_blk_dev *dev, struct bio *orig, blk_status_t status);
void stack_blk_leg_endio(struct bio *bio);
void stack_blk_fault_endio(struct bio *bio);
void stack_blk_clone_finish(struct stack_blk_clone *clone);
void stack_blk_clone_done(struct stack_blk_clone *clone);

/* stack_blk_plain.c */
bool stack_blk_is_plain(const struct stack_blk_dev *dev);
void stack_blk_plain_submit_bio(struct bio *orig);

/* stack_blk_split.c */
bool stack_blk_may_part(const struct bio *orig, bool flush);
void stack_blk_give_up(struct stack_blk_dev *dev, struct bio *orig, bool cut);
int stack_blk_split_init(struct stack_blk_dev *dev);
struct bio *stack_blk_received(const struct stack_blk_dev *dev, struct bio *bio);
void stack_blk_submit_split(struct stack_blk_dev *dev, struct bio *orig, bool nested);

/* stack_blk_defer.c */
int stack_blk_defer_init(struct stack_blk_dev *dev);
void stack_blk_defer_exit(struct stack_blk_dev *dev);
void stack_blk_defer(struct stack_blk_dev *dev, struct bio *orig);
void stack_blk_retry(struct stack_blk_clone *clone);

/* stack_blk_poll.c */
bool stack_blk_can_poll(const struct stack_blk_dev *dev, struct bio *orig,
			const struct stack_blk_piece *piece);
void stack_blk_poll_begin(struct stack_blk_clone *clone);
void stack_blk_poll_done(struct stack_blk_clone *clone);
int stack_blk_poll_bio(struct bio *bio, struct io_comp_batch *iob, unsigned int flags);

#endif /* STACK_BLK_CLONE_H */
