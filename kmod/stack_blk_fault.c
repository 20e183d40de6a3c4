// SPDX-License-Identifier: GPL-2.0
/*
 * The faults of stack_blk: their attributes, and which clones they hit.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/limits.h>
#include <linux/module.h>
#include <linux/random.h>

#include "stack_blk_clone.h"
#include "stack_blk_config.h"

#define STACK_BLK_DELAY_MAX_MS	600000
#define STACK_BLK_ANY		0

static const char * const stack_blk_fault_groups[] = {
	[STACK_BLK_FAULT_ALLOC] = "alloc_inject",
	[STACK_BLK_FAULT_STATUS] = "status_inject",
	[STACK_BLK_FAULT_DELAY] = "delay_inject",
	[STACK_BLK_FAULT_LOSE] = "lose_inject",
};

static const char * const stack_blk_fault_ops[] = {
	"any", "read", "write", "flush", "discard", "secure_erase", "write_zeroes", NULL,
};

static const char * const stack_blk_fault_lowers[] = {
	"any", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15",
	NULL,
};

static_assert(ARRAY_SIZE(stack_blk_fault_lowers) == STACK_BLK_LOWERS_MAX + 2);

/* Under the names of blk_errors[] in block/blk-core.c. */
static const char * const stack_blk_fault_status_names[] = {
	"ioerr", "notsupp", "timeout", "nospc", "transport", "target", "medium", "protection",
	"resource", "again", NULL,
};

static const blk_status_t stack_blk_fault_status[] = {
	BLK_STS_IOERR, BLK_STS_NOTSUPP, BLK_STS_TIMEOUT, BLK_STS_NOSPC, BLK_STS_TRANSPORT,
	BLK_STS_TARGET, BLK_STS_MEDIUM, BLK_STS_PROTECTION, BLK_STS_RESOURCE, BLK_STS_AGAIN,
};

static_assert(ARRAY_SIZE(stack_blk_fault_status) + 1 == ARRAY_SIZE(stack_blk_fault_status_names));

#define NUMBER(_name, _max)	STACK_BLK_KNOB_NUMBER(struct stack_blk_fault, _name, 0, _max)
#define NAMES(_name, _names)	STACK_BLK_KNOB_NAMES(struct stack_blk_fault, _name, _names)

/* All can be changed at any time. Those of every kind, and those that only some have. */
static const struct stack_blk_knob stack_blk_common_knobs[] = {
	{ NUMBER(probability, 100) },
	{ NUMBER(interval, INT_MAX) },
	{ NUMBER(times, INT_MAX) },
	{ NAMES(op, stack_blk_fault_ops) },
	{ NUMBER(sector, S64_MAX), .wide = true },
	{ NUMBER(sectors, S64_MAX), .wide = true },
	{ }
};

static const struct stack_blk_knob stack_blk_no_knobs[] = { { } };

static const struct stack_blk_knob stack_blk_status_knobs[] = {
	{ NAMES(status, stack_blk_fault_status_names) },
	{ NAMES(lower, stack_blk_fault_lowers) },
	{ }
};

static const struct stack_blk_knob stack_blk_delay_knobs[] = {
	{ NUMBER(delay_ms, STACK_BLK_DELAY_MAX_MS) },
	{ NUMBER(random, 1) },
	{ }
};

static const struct stack_blk_knob * const stack_blk_special_knobs[] = {
	[STACK_BLK_FAULT_ALLOC] = stack_blk_no_knobs,
	[STACK_BLK_FAULT_STATUS] = stack_blk_status_knobs,
	[STACK_BLK_FAULT_DELAY] = stack_blk_delay_knobs,
	[STACK_BLK_FAULT_LOSE] = stack_blk_no_knobs,
};

/* --- which clones --------------------------------------------------------------------------- */

static unsigned int stack_blk_fault_op(const struct bio *orig, bool flush)
{
	if (flush || !orig->bi_iter.bi_size)
		return 3;
	switch (bio_op(orig)) {
	case REQ_OP_READ:
		return 1;
	case REQ_OP_WRITE:
		return 2;
	case REQ_OP_DISCARD:
		return 4;
	case REQ_OP_SECURE_ERASE:
		return 5;
	case REQ_OP_WRITE_ZEROES:
		return 6;
	default:
		return STACK_BLK_ANY;
	}
}

/* Is any sector of the piece one of those that are meant? A flush has none: all must be. */
static bool stack_blk_fault_covers(const struct stack_blk_fault *fault, const struct bio *orig,
				   const struct stack_blk_piece *piece)
{
	u64 first = READ_ONCE(fault->sector), nr = READ_ONCE(fault->sectors);
	u64 sector = orig->bi_iter.bi_sector;

	if (piece->flush || !orig->bi_iter.bi_size)
		return !first && !nr;
	return sector + (piece->len >> SECTOR_SHIFT) > first && (!nr || sector < first + nr);
}

/* Does the piece go to this lower device? */
static bool stack_blk_fault_aims(unsigned int lower, const struct stack_blk_piece *piece)
{
	return lower == STACK_BLK_ANY || lower - 1 == piece->first.lower ||
	       piece->others & BIT(lower - 1);
}

/* Draws, as should_fail_ex() in lib/fault-inject.c does. */
static bool stack_blk_fault_hits(struct stack_blk_fault *fault, unsigned int lower,
				 const struct bio *orig, const struct stack_blk_piece *piece)
{
	unsigned int op = READ_ONCE(fault->op), interval = READ_ONCE(fault->interval);

	if (op != STACK_BLK_ANY && op != stack_blk_fault_op(orig, piece->flush))
		return false;
	if (!stack_blk_fault_covers(fault, orig, piece) || !stack_blk_fault_aims(lower, piece))
		return false;
	if (interval > 1 && (unsigned int)atomic_inc_return(&fault->seen) % interval)
		return false;
	if (((u64)get_random_u32() * 100) >> 32 >= READ_ONCE(fault->probability))
		return false;
	if (READ_ONCE(fault->times) && atomic_dec_if_positive(&fault->left) < 0)
		return false;
	atomic64_inc(&fault->injected);
	return true;
}

static bool stack_blk_fault_draw(struct stack_blk_dev *dev, enum stack_blk_fault_kind kind,
				 unsigned int lower, const struct bio *orig,
				 const struct stack_blk_piece *piece)
{
	return READ_ONCE(dev->faults->armed) & BIT(kind) &&
	       stack_blk_fault_hits(&dev->faults->kind[kind], lower, orig, piece);
}

/**
 * stack_blk_fault_alloc - whether the allocation of a clone is to fail
 * @dev: the device
 * @orig: what is left of the original
 * @piece: the next piece of it
 *
 * Context: any.
 * Return: true if so.
 */
bool stack_blk_fault_alloc(struct stack_blk_dev *dev, const struct bio *orig,
			   const struct stack_blk_piece *piece)
{
	return stack_blk_fault_draw(dev, STACK_BLK_FAULT_ALLOC, STACK_BLK_ANY, orig, piece);
}

/**
 * stack_blk_faults_draw - decide what is to happen to a clone
 * @clone: the clone, of which nothing is moved on yet
 * @piece: the piece of the original that it is for
 *
 * Context: any.
 */
void stack_blk_faults_draw(struct stack_blk_clone *clone, const struct stack_blk_piece *piece)
{
	struct stack_blk_dev *dev = clone->dev;
	unsigned int kind;

	clone->faults = 0;
	clone->liar = READ_ONCE(dev->faults->kind[STACK_BLK_FAULT_STATUS].lower);
	for (kind = STACK_BLK_FAULT_STATUS; kind < STACK_BLK_NR_FAULTS; kind++) {
		bool status = kind == STACK_BLK_FAULT_STATUS;

		if (stack_blk_fault_draw(dev, kind, status ? clone->liar : STACK_BLK_ANY,
					 clone->orig, piece))
			clone->faults |= BIT(kind);
	}
}

/**
 * stack_blk_fault_answer - what a lower device is to have answered
 * @clone: the clone, with this fault
 * @lower: index of the lower device
 * @status: what it has answered
 *
 * Context: any.
 * Return: that, or the error that is injected.
 */
blk_status_t stack_blk_fault_answer(const struct stack_blk_clone *clone, unsigned int lower,
				    blk_status_t status)
{
	const struct stack_blk_fault *fault = &clone->dev->faults->kind[STACK_BLK_FAULT_STATUS];

	if (clone->liar != STACK_BLK_ANY && clone->liar - 1 != lower)
		return status;
	return stack_blk_fault_status[READ_ONCE(fault->status)];
}

/* --- attributes ------------------------------------------------------------------------------ */

static struct stack_blk_fault *to_fault(struct config_item *item)
{
	return container_of(to_config_group(item), struct stack_blk_fault, group);
}

static enum stack_blk_fault_kind stack_blk_fault_kind(struct stack_blk_fault *fault)
{
	const char *name = config_item_name(&fault->group.cg_item);
	enum stack_blk_fault_kind kind = 0;

	while (strcmp(name, stack_blk_fault_groups[kind]))
		kind++;
	return kind;
}

static struct stack_blk_faults *to_faults(struct stack_blk_fault *fault)
{
	return container_of(fault - stack_blk_fault_kind(fault), struct stack_blk_faults, kind[0]);
}

/* After a change of a probability. */
static void stack_blk_faults_arm(struct stack_blk_faults *faults)
{
	enum stack_blk_fault_kind kind;
	unsigned long armed = 0;

	spin_lock_irq(&faults->lock);
	for (kind = 0; kind < STACK_BLK_NR_FAULTS && !faults->over; kind++)
		if (READ_ONCE(faults->kind[kind].probability))
			armed |= BIT(kind);
	WRITE_ONCE(faults->armed, armed);
	spin_unlock_irq(&faults->lock);
}

static const struct stack_blk_knob *stack_blk_fault_knob(struct stack_blk_fault *fault,
							 const char *name)
{
	return stack_blk_knob_find(stack_blk_common_knobs, name) ?:
	       stack_blk_knob_find(stack_blk_special_knobs[stack_blk_fault_kind(fault)], name);
}

static ssize_t stack_blk_fault_show(struct config_item *item, const char *name, char *page)
{
	struct stack_blk_fault *fault = to_fault(item);
	const struct stack_blk_knob *knob = stack_blk_fault_knob(fault, name);

	return stack_blk_knob_show(knob, stack_blk_knob_get(knob, fault), page);
}

static ssize_t stack_blk_fault_store(struct config_item *item, const char *name, const char *page,
				     size_t count)
{
	struct stack_blk_fault *fault = to_fault(item);
	const struct stack_blk_knob *knob = stack_blk_fault_knob(fault, name);
	char path[48];
	u64 val = 0;
	int err;

	scnprintf(path, sizeof(path), "%s/%s", config_item_name(item), name);
	err = stack_blk_knob_parse(knob, config_item_name(item->ci_parent), path, page, count,
				   &val);
	if (err)
		return err;
	stack_blk_knob_set(knob, fault, val);
	if (!strcmp(name, "times"))
		atomic_set(&fault->left, val);
	stack_blk_faults_arm(to_faults(fault));
	return count;
}

#define STACK_BLK_FAULT(_name) \
	STACK_BLK_ATTR(_name, stack_blk_fault_show, stack_blk_fault_store)

STACK_BLK_FAULT(probability);
STACK_BLK_FAULT(interval);
STACK_BLK_FAULT(times);
STACK_BLK_FAULT(op);
STACK_BLK_FAULT(sector);
STACK_BLK_FAULT(sectors);
STACK_BLK_FAULT(status);
STACK_BLK_FAULT(lower);
STACK_BLK_FAULT(delay_ms);
STACK_BLK_FAULT(random);

static ssize_t stack_blk_injected_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%lld\n", (s64)atomic64_read(&to_fault(item)->injected));
}
CONFIGFS_ATTR_RO(stack_blk_, injected);

static ssize_t stack_blk_lost_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(to_faults(to_fault(item))->nr_lost));
}
CONFIGFS_ATTR_RO(stack_blk_, lost);

static const struct stack_blk_knob stack_blk_release_knob = {
	.name = "release", .min = 1, .max = UINT_MAX,
};

/* Completes so many, the longest lost first. */
static ssize_t stack_blk_release_store(struct config_item *item, const char *page, size_t count)
{
	u64 nr = 0;
	int err = stack_blk_knob_parse(&stack_blk_release_knob, config_item_name(item->ci_parent),
				       "lose_inject/release", page, count, &nr);

	if (err)
		return err;
	stack_blk_late_release(to_faults(to_fault(item)), nr);
	return count;
}
CONFIGFS_ATTR_WO(stack_blk_, release);

/* Those of every kind, those that only some have, and both with NULL behind the last. */
static struct configfs_attribute * const stack_blk_common_attrs[] = {
	&stack_blk_attr_probability,
	&stack_blk_attr_interval,
	&stack_blk_attr_times,
	&stack_blk_attr_op,
	&stack_blk_attr_sector,
	&stack_blk_attr_sectors,
	&stack_blk_attr_injected,
};

static struct configfs_attribute * const stack_blk_special_attrs[][2] = {
	[STACK_BLK_FAULT_ALLOC] = { },
	[STACK_BLK_FAULT_STATUS] = { &stack_blk_attr_status, &stack_blk_attr_lower },
	[STACK_BLK_FAULT_DELAY] = { &stack_blk_attr_delay_ms, &stack_blk_attr_random },
	[STACK_BLK_FAULT_LOSE] = { &stack_blk_attr_lost, &stack_blk_attr_release },
};

static struct configfs_attribute *
stack_blk_fault_attrs[STACK_BLK_NR_FAULTS][ARRAY_SIZE(stack_blk_common_attrs) + 2 + 1];

static struct config_item_type stack_blk_fault_types[STACK_BLK_NR_FAULTS];

/** stack_blk_faults_global_init - once, before any item is made */
void stack_blk_faults_global_init(void)
{
	enum stack_blk_fault_kind kind;

	for (kind = 0; kind < STACK_BLK_NR_FAULTS; kind++) {
		struct configfs_attribute **attrs = stack_blk_fault_attrs[kind];

		memcpy(attrs, stack_blk_common_attrs, sizeof(stack_blk_common_attrs));
		memcpy(attrs + ARRAY_SIZE(stack_blk_common_attrs), stack_blk_special_attrs[kind],
		       sizeof(stack_blk_special_attrs[kind]));
		stack_blk_fault_types[kind].ct_attrs = attrs;
		stack_blk_fault_types[kind].ct_owner = THIS_MODULE;
	}
}

/**
 * stack_blk_faults_init - the groups of a new item
 * @faults: all zero
 * @parent: the item
 */
void stack_blk_faults_init(struct stack_blk_faults *faults, struct config_group *parent)
{
	enum stack_blk_fault_kind kind;

	spin_lock_init(&faults->lock);
	INIT_LIST_HEAD(&faults->lost);
	for (kind = 0; kind < STACK_BLK_NR_FAULTS; kind++) {
		config_group_init_type_name(&faults->kind[kind].group, stack_blk_fault_groups[kind],
					    &stack_blk_fault_types[kind]);
		configfs_add_default_group(&faults->kind[kind].group, parent);
	}
}

/**
 * stack_blk_faults_end - no faults any more, and what was lost completes
 * @faults: of an item that is being removed
 *
 * Context: may sleep.
 */
void stack_blk_faults_end(struct stack_blk_faults *faults)
{
	spin_lock_irq(&faults->lock);
	faults->over = true;
	spin_unlock_irq(&faults->lock);
	stack_blk_faults_arm(faults);
	stack_blk_late_release(faults, UINT_MAX);
}

/**
 * stack_blk_faults_list - print the attributes and what each can be, one a line
 * @page: where to
 * @len: what is there already
 *
 * Return: bytes that are there then.
 */
int stack_blk_faults_list(char *page, int len)
{
	enum stack_blk_fault_kind kind;
	char group[24];

	for (kind = 0; kind < STACK_BLK_NR_FAULTS; kind++) {
		scnprintf(group, sizeof(group), "%s/", stack_blk_fault_groups[kind]);
		len = stack_blk_knobs_list(stack_blk_common_knobs, group, page, len);
		len = stack_blk_knobs_list(stack_blk_special_knobs[kind], group, page, len);
	}
	return len;
}

/**
 * stack_blk_faults_defaults - print the attributes and what each is of a new item, one a line
 * @page: where to
 * @len: what is there already
 *
 * Return: bytes that are there then.
 */
int stack_blk_faults_defaults(char *page, int len)
{
	static const struct stack_blk_fault fresh;
	enum stack_blk_fault_kind kind;
	char group[24];

	for (kind = 0; kind < STACK_BLK_NR_FAULTS; kind++) {
		scnprintf(group, sizeof(group), "%s/", stack_blk_fault_groups[kind]);
		len = stack_blk_knobs_values(stack_blk_common_knobs, group, &fresh, page, len);
		len = stack_blk_knobs_values(stack_blk_special_knobs[kind], group, &fresh, page,
					     len);
	}
	return len;
}
