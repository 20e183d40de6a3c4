/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goes wrong on purpose in stack_blk: a group of attributes in the configfs item for each kind
 * of fault, in the words of the kernel's fault injection (Documentation/fault-injection/), which
 * few kernels are configured with.
 *
 * A fault is decided on when a clone is allocated: what it is to be is known then, and in which
 * order. What is drawn stays in the clone until it happens; which error it is, or which delay, is
 * looked up only then.
 */
#ifndef STACK_BLK_FAULT_H
#define STACK_BLK_FAULT_H

#include <linux/atomic.h>
#include <linux/blk_types.h>
#include <linux/configfs.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct stack_blk_clone;
struct stack_blk_dev;
struct stack_blk_piece;

/**
 * enum stack_blk_fault_kind - the kinds, in the order of their groups
 * @STACK_BLK_FAULT_ALLOC: a clone cannot be allocated
 * @STACK_BLK_FAULT_STATUS: a lower device answers with an error, whatever it has done
 * @STACK_BLK_FAULT_DELAY: a clone completes later than it is done
 * @STACK_BLK_FAULT_LOSE: a clone does not complete until it is released
 * @STACK_BLK_NR_FAULTS: number of kinds
 */
enum stack_blk_fault_kind {
	STACK_BLK_FAULT_ALLOC,
	STACK_BLK_FAULT_STATUS,
	STACK_BLK_FAULT_DELAY,
	STACK_BLK_FAULT_LOSE,
	STACK_BLK_NR_FAULTS,
};

/**
 * struct stack_blk_fault - a kind of fault, and its group in the configfs item
 * @group: the group
 * @probability: in percent; 0: never
 * @interval: consider each such clone only, 0 and 1: each
 * @times: so many at the most since that was set, 0: no limit
 * @op: index of the operation that is meant, 0: any
 * @sector: first sector of the disk that is meant
 * @sectors: how many; 0: all from there
 * @status: status: index of the error
 * @lower: status: of which lower device, from 1; 0: of any
 * @delay_ms: delay: how long
 * @random: delay: up to that long, so that clones overtake each other
 * @seen: clones that were considered
 * @left: what is left of @times
 * @injected: faults
 */
struct stack_blk_fault {
	struct config_group group;
	unsigned int probability;
	unsigned int interval;
	unsigned int times;
	unsigned int op;
	u64 sector;
	u64 sectors;
	unsigned int status;
	unsigned int lower;
	unsigned int delay_ms;
	unsigned int random;
	atomic_t seen;
	atomic_t left;
	atomic64_t injected;
};

/**
 * struct stack_blk_faults - the faults of a configfs item, which outlives its device
 * @kind: each kind
 * @armed: bits of the kinds whose probability is not 0
 * @lock: protects all below
 * @lost: clones that do not complete
 * @nr_lost: how many
 * @over: nothing is lost any more, the item is being removed
 */
struct stack_blk_faults {
	struct stack_blk_fault kind[STACK_BLK_NR_FAULTS];
	unsigned long armed;
	spinlock_t lock; /* see above */
	struct list_head lost;
	unsigned int nr_lost;
	bool over;
};

/**
 * struct stack_blk_late - clones that are done and do not complete at once
 * @delayed: until a time, in the order of these times; under stack_blk_dev.lock
 * @elsewhere: where knob complete_in says; likewise
 * @timer: completes @delayed
 * @irq: completes @elsewhere
 * @tasklet: likewise
 * @work: likewise
 */
struct stack_blk_late {
	struct list_head delayed;
	struct list_head elsewhere;
	struct delayed_work timer;
	struct irq_work irq;
	struct tasklet_struct tasklet;
	struct work_struct work;
};

/* stack_blk_fault.c */
void stack_blk_faults_global_init(void);
void stack_blk_faults_init(struct stack_blk_faults *faults, struct config_group *parent);
void stack_blk_faults_end(struct stack_blk_faults *faults);
int stack_blk_faults_list(char *page, int len);
int stack_blk_faults_defaults(char *page, int len);
bool stack_blk_fault_alloc(struct stack_blk_dev *dev, const struct bio *orig,
			   const struct stack_blk_piece *piece);
void stack_blk_faults_draw(struct stack_blk_clone *clone, const struct stack_blk_piece *piece);
blk_status_t stack_blk_fault_answer(const struct stack_blk_clone *clone, unsigned int lower,
				    blk_status_t status);

/* stack_blk_late.c */
int stack_blk_late_global_init(void);
void stack_blk_late_global_exit(void);
void stack_blk_late_init(struct stack_blk_dev *dev);
void stack_blk_late_exit(struct stack_blk_dev *dev);
void stack_blk_late(struct stack_blk_clone *clone);
void stack_blk_late_release(struct stack_blk_faults *faults, unsigned int nr);

#endif /* STACK_BLK_FAULT_H */
