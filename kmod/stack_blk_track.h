/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clones of a device that are in flight, and where each is: the truth for tracers that say who
 * holds a reserve. Only with knob track; others pay nothing for it.
 */
#ifndef STACK_BLK_TRACK_H
#define STACK_BLK_TRACK_H

#include <linux/blk_types.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/types.h>

struct dentry;
struct stack_blk_clone;
struct stack_blk_dev;
struct stack_blk_piece;

/**
 * enum stack_blk_place - where a clone is, as far as it is known without asking others
 * @STACK_BLK_AT_HELD: allocated, and nobody else knows of it
 * @STACK_BLK_AT_SUBMITTED: on current->bio_list, with the rescuer, or at the lower device
 * @STACK_BLK_AT_DELAYED: done, and delayed
 * @STACK_BLK_AT_LOST: done, and lost
 * @STACK_BLK_AT_COMPLETING: done, and on its way to where knob complete_in says
 */
enum stack_blk_place {
	STACK_BLK_AT_HELD,
	STACK_BLK_AT_SUBMITTED,
	STACK_BLK_AT_DELAYED,
	STACK_BLK_AT_LOST,
	STACK_BLK_AT_COMPLETING,
};

/**
 * struct stack_blk_track - the clones in flight; all but @round and @file under stack_blk_dev.lock
 * @clones: they, the oldest first: struct stack_blk_tracked
 * @submitters: tasks in stack_blk_submit_bio(): struct stack_blk_submitter
 * @reader: one reader at a time
 * @round: which time it is read; under @reader
 * @dir: the directory in debugfs
 */
struct stack_blk_track {
	struct list_head clones;
	struct list_head submitters;
	struct mutex reader; /* see above */
	unsigned int round;
	struct dentry *dir;
};

/* stack_blk_track.c */
size_t stack_blk_track_size(void);
void stack_blk_track_global_init(void);
void stack_blk_track_global_exit(void);
void stack_blk_track_init(struct stack_blk_dev *dev);
void stack_blk_track_start(struct stack_blk_dev *dev);
void stack_blk_track_stop(struct stack_blk_dev *dev);
void stack_blk_track_submit_bio(struct bio *bio);
void stack_blk_track_allocating(struct stack_blk_dev *dev, bool allocating);
void stack_blk_track_add(struct stack_blk_clone *clone, const struct stack_blk_piece *piece);
void stack_blk_track_move(struct stack_blk_clone *clone, enum stack_blk_place place);
void stack_blk_track_del(struct stack_blk_clone *clone);

#endif /* STACK_BLK_TRACK_H */
