// SPDX-License-Identifier: GPL-2.0
/*
 * The clones of a device in flight, in /sys/kernel/debug/stack_blk/stackbN/clones.
 *
 * Who is asked where a clone is that was submitted: the bio_set, whose rescuer has a list; then the
 * task that submitted it. As long as that is in stack_blk_submit_bio() the clone is on its
 * current->bio_list (__submit_bio_noacct() in block/blk-core.c), unless the rescuer took it, which
 * bio_alloc_bioset() has all clones given before it waits. Else it is at the lower device.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "stack_blk_clone.h"

/**
 * struct stack_blk_submitter - a task in stack_blk_submit_bio()
 * @node: in stack_blk_track.submitters
 * @task: the task
 * @allocating: it asks for a clone
 */
struct stack_blk_submitter {
	struct list_head node;
	struct task_struct *task;
	bool allocating;
};

/**
 * struct stack_blk_tracked - behind the state of a clone and its legs
 * @node: in stack_blk_track.clones
 * @submitter: the task, NULL if it has returned or is a worker
 * @place: where it is
 * @round: the last one in which it was seen with the rescuer
 * @since: when it was allocated
 * @opf: operation and flags of the original
 * @sector: of our disk
 * @sectors: how many
 * @pid: of who submitted it
 * @comm: its name
 */
struct stack_blk_tracked {
	struct list_head node;
	struct stack_blk_submitter *submitter;
	enum stack_blk_place place;
	unsigned int round;
	ktime_t since;
	blk_opf_t opf;
	sector_t sector;
	unsigned int sectors;
	pid_t pid;
	char comm[TASK_COMM_LEN];
};

static struct dentry *stack_blk_debugfs;

static struct stack_blk_tracked *stack_blk_tracked(struct stack_blk_clone *clone)
{
	return (void *)stack_blk_leg(clone, clone->dev->legs);
}

/** stack_blk_track_size - what the state of a clone is larger by if clones are tracked */
size_t stack_blk_track_size(void)
{
	return sizeof(struct stack_blk_tracked);
}

/* The current task as one, or NULL; under the lock. */
static struct stack_blk_submitter *stack_blk_submitter(struct stack_blk_dev *dev)
{
	struct stack_blk_submitter *submitter;

	list_for_each_entry(submitter, &dev->track.submitters, node)
		if (submitter->task == current)
			return submitter;
	return NULL;
}

/**
 * stack_blk_track_submit_bio - block_device_operations.submit_bio, with tracking
 * @bio: the original, new or what is left of it
 */
void stack_blk_track_submit_bio(struct bio *bio)
{
	struct stack_blk_dev *dev = bio->bi_bdev->bd_disk->private_data;
	struct stack_blk_submitter self = { .task = current };
	struct stack_blk_tracked *tracked;
	unsigned long flags;

	/* What is deferred here may complete, and take the device away, before we look again. */
	stack_blk_hold(dev);
	spin_lock_irqsave(&dev->lock, flags);
	list_add(&self.node, &dev->track.submitters);
	spin_unlock_irqrestore(&dev->lock, flags);
	stack_blk_submit_bio(bio);
	spin_lock_irqsave(&dev->lock, flags);
	list_del(&self.node);
	list_for_each_entry(tracked, &dev->track.clones, node)
		if (tracked->submitter == &self)
			tracked->submitter = NULL;
	spin_unlock_irqrestore(&dev->lock, flags);
	stack_blk_let_go(dev);
}

/**
 * stack_blk_track_allocating - the current task begins or ends to ask for a clone
 * @dev: the device
 * @allocating: it begins
 *
 * Context: any.
 */
void stack_blk_track_allocating(struct stack_blk_dev *dev, bool allocating)
{
	struct stack_blk_submitter *submitter;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	submitter = stack_blk_submitter(dev);
	if (submitter)
		submitter->allocating = allocating;
	spin_unlock_irqrestore(&dev->lock, flags);
}

/**
 * stack_blk_track_add - a clone was allocated
 * @clone: the clone, of a device that tracks
 * @piece: what of its original
 *
 * Context: any.
 */
void stack_blk_track_add(struct stack_blk_clone *clone, const struct stack_blk_piece *piece)
{
	struct stack_blk_tracked *tracked = stack_blk_tracked(clone);
	struct stack_blk_dev *dev = clone->dev;
	bool held = dev->par.submit_order == STACK_BLK_HOLD;
	unsigned long flags;

	tracked->place = held ? STACK_BLK_AT_HELD : STACK_BLK_AT_SUBMITTED;
	tracked->since = ktime_get();
	tracked->opf = clone->orig->bi_opf;
	tracked->sector = clone->orig->bi_iter.bi_sector;
	tracked->sectors = piece->len >> SECTOR_SHIFT;
	tracked->pid = task_pid_nr(current);
	get_task_comm(tracked->comm, current);
	spin_lock_irqsave(&dev->lock, flags);
	tracked->round = dev->track.round - 1;
	tracked->submitter = stack_blk_submitter(dev);
	list_add_tail(&tracked->node, &dev->track.clones);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/**
 * stack_blk_track_move - a clone is somewhere else now
 * @clone: the clone, of a device that tracks
 * @place: where
 *
 * Context: any.
 */
void stack_blk_track_move(struct stack_blk_clone *clone, enum stack_blk_place place)
{
	WRITE_ONCE(stack_blk_tracked(clone)->place, place);
}

/**
 * stack_blk_track_del - a clone completes
 * @clone: the clone, of a device that tracks
 *
 * Context: any.
 */
void stack_blk_track_del(struct stack_blk_clone *clone)
{
	struct stack_blk_dev *dev = clone->dev;
	unsigned long flags;

	spin_lock_irqsave(&dev->lock, flags);
	list_del(&stack_blk_tracked(clone)->node);
	spin_unlock_irqrestore(&dev->lock, flags);
}

/* Marks those that the rescuer has. Not under our lock, which interrupts take that stop it. */
static void stack_blk_track_rescuer(struct stack_blk_dev *dev)
{
	struct bio *bio;

	spin_lock(&dev->bs.rescue_lock);
	bio_list_for_each(bio, &dev->bs.rescue_list) {
		struct stack_blk_clone *clone = bio->bi_private;

		/* A lower device may have put its own there, until the bio is done. */
		if (bio->bi_end_io == stack_blk_fault_endio)
			WRITE_ONCE(stack_blk_tracked(clone)->round, dev->track.round);
	}
	spin_unlock(&dev->bs.rescue_lock);
}

static const char *stack_blk_track_where(struct stack_blk_dev *dev,
					 const struct stack_blk_tracked *tracked)
{
	static const char * const names[] = {
		[STACK_BLK_AT_HELD] = "held",
		[STACK_BLK_AT_SUBMITTED] = "lower",
		[STACK_BLK_AT_DELAYED] = "delayed",
		[STACK_BLK_AT_LOST] = "lost",
		[STACK_BLK_AT_COMPLETING] = "completing",
	};
	enum stack_blk_place place = READ_ONCE(tracked->place);
	bool asks = tracked->submitter && tracked->submitter->allocating;

	if (place != STACK_BLK_AT_SUBMITTED)
		return names[place];
	if (READ_ONCE(tracked->round) == dev->track.round)
		return "rescuer";
	if (tracked->submitter && !(asks && dev->bs.rescue_workqueue))
		return "bio_list";
	return names[place];
}

static void stack_blk_clone_print(struct seq_file *m, struct stack_blk_dev *dev,
				  const struct stack_blk_tracked *tracked)
{
	seq_printf(m, "where=%s op=%s sector=%llu sectors=%u age_us=%lld pid=%d comm=%s\n",
		   stack_blk_track_where(dev, tracked), blk_op_str(tracked->opf & REQ_OP_MASK),
		   (u64)tracked->sector, tracked->sectors,
		   ktime_us_delta(ktime_get(), tracked->since), tracked->pid, tracked->comm);
}

static int stack_blk_clones_show(struct seq_file *m, void *unused)
{
	struct stack_blk_dev *dev = m->private;
	struct stack_blk_tracked *tracked;

	mutex_lock(&dev->track.reader);
	spin_lock_irq(&dev->lock);
	dev->track.round++;
	spin_unlock_irq(&dev->lock);
	stack_blk_track_rescuer(dev);
	spin_lock_irq(&dev->lock);
	list_for_each_entry(tracked, &dev->track.clones, node)
		stack_blk_clone_print(m, dev, tracked);
	spin_unlock_irq(&dev->lock);
	mutex_unlock(&dev->track.reader);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stack_blk_clones);

/**
 * stack_blk_track_init - for a new device
 * @dev: the device
 */
void stack_blk_track_init(struct stack_blk_dev *dev)
{
	INIT_LIST_HEAD(&dev->track.clones);
	INIT_LIST_HEAD(&dev->track.submitters);
	mutex_init(&dev->track.reader);
}

/**
 * stack_blk_track_start - make the file, if clones are tracked
 * @dev: the device, with its disk
 *
 * Context: may sleep. Without debugfs there is no file, and nobody needs it.
 */
void stack_blk_track_start(struct stack_blk_dev *dev)
{
	if (!dev->par.track)
		return;
	dev->track.dir = debugfs_create_dir(dev->disk->disk_name, stack_blk_debugfs);
	debugfs_create_file("clones", 0400, dev->track.dir, dev, &stack_blk_clones_fops);
}

/**
 * stack_blk_track_stop - the file goes
 * @dev: the device
 *
 * Context: may sleep, as long as somebody reads.
 */
void stack_blk_track_stop(struct stack_blk_dev *dev)
{
	debugfs_remove(dev->track.dir);
}

/** stack_blk_track_global_init - the directory of all */
void stack_blk_track_global_init(void)
{
	stack_blk_debugfs = debugfs_create_dir(KBUILD_MODNAME, NULL);
}

/** stack_blk_track_global_exit - it goes */
void stack_blk_track_global_exit(void)
{
	debugfs_remove(stack_blk_debugfs);
}
