/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A configfs item of stack_blk, and its device coming and going.
 */
#ifndef STACK_BLK_CONFIG_H
#define STACK_BLK_CONFIG_H

#include <linux/completion.h>
#include <linux/configfs.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "stack_blk_fault.h"
#include "stack_blk_params.h"

struct stack_blk_dev;

/**
 * struct stack_blk_config - a configfs item
 * @group: the item; a group, because those of the faults are in it
 * @faults: the faults, which have a lock of their own
 * @lock: protects all below; see the lock order in stack_blk.h
 * @par: the attributes; while @dev exists only those change whose knobs are live
 * @dev: the device, NULL while power is 0
 * @stopping: @dev is on its way out, with @stop_work
 * @stop_work: takes @dev away, however long its I/O takes
 * @stopped: @stop_work is done
 */
struct stack_blk_config {
	struct config_group group;
	struct stack_blk_faults faults;
	struct mutex lock; /* see above */
	struct stack_blk_params par;
	struct stack_blk_dev *dev;
	bool stopping;
	struct work_struct stop_work;
	struct completion stopped;
};

/*
 * An attribute that is a knob: configfs does not tell which one is shown or stored, so each has
 * functions of its own, which give its name to _get() and _set().
 */
#define STACK_BLK_ATTR(_name, _get, _set)						\
static ssize_t stack_blk_##_name##_show(struct config_item *item, char *page)		\
{											\
	return _get(item, #_name, page);						\
}											\
											\
static ssize_t stack_blk_##_name##_store(struct config_item *item, const char *page,	\
					 size_t count)					\
{											\
	return _set(item, #_name, page, count);						\
}											\
CONFIGFS_ATTR(stack_blk_, _name)

static inline struct stack_blk_config *to_config(struct config_item *item)
{
	return container_of(to_config_group(item), struct stack_blk_config, group);
}

static inline const char *stack_blk_config_name(struct stack_blk_config *cfg)
{
	return config_item_name(&cfg->group.cg_item);
}

/* stack_blk_configfs.c */
struct stack_blk_config *stack_blk_config_new(const char *name);

/* stack_blk_preset.c */
int stack_blk_preset_init(struct config_group *parent);
void stack_blk_preset_exit(void);

/* stack_blk_power.c */
int stack_blk_power_init(void);
void stack_blk_power_exit(void);
void stack_blk_power_setup(struct stack_blk_config *cfg);
int stack_blk_power_on(struct stack_blk_config *cfg);
int stack_blk_power_off(struct stack_blk_config *cfg);
void stack_blk_power_drop(struct stack_blk_config *cfg);
void stack_blk_power_end(struct stack_blk_config *cfg);
int stack_blk_power_rescan(struct stack_blk_config *cfg);

#endif /* STACK_BLK_CONFIG_H */
