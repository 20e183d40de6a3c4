// SPDX-License-Identifier: GPL-2.0
/*
 * The configfs items of stack_blk: mkdir /sys/kernel/config/stack_blk/NAME, set attributes,
 * echo 1 > power. Whatever is refused leaves one line in the log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/configfs.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "stack_blk.h"
#include "stack_blk_config.h"

/* Locks @cfg for a change of @attr, which needs the device to be off. */
static int stack_blk_begin_change(struct stack_blk_config *cfg, const char *attr, const char *page,
				  size_t count)
{
	int err = mutex_lock_interruptible(&cfg->lock);

	if (err)
		return err;
	if (!cfg->dev)
		return 0;

	stack_blk_refuse(stack_blk_config_name(cfg), attr, page, count,
			 "only while power is 0; this is %s now", cfg->dev->disk->disk_name);
	mutex_unlock(&cfg->lock);
	return -EBUSY;
}

/* Read without the lock, so that it can be read while power on waits. */
static ssize_t stack_blk_config_show(struct config_item *item, const char *name, char *page)
{
	const struct stack_blk_knob *knob = stack_blk_knob_find(stack_blk_knobs, name);

	return stack_blk_knob_show(knob, stack_blk_knob_get(knob, &to_config(item)->par), page);
}

static ssize_t stack_blk_config_store(struct config_item *item, const char *name, const char *page,
				      size_t count)
{
	const struct stack_blk_knob *knob = stack_blk_knob_find(stack_blk_knobs, name);
	struct stack_blk_config *cfg = to_config(item);
	u64 val = 0;
	int err;

	err = stack_blk_knob_parse(knob, config_item_name(item), name, page, count, &val);
	if (err)
		return err;
	/* Without the lock: power on may hold it and wait for just this change. */
	if (knob->live) {
		stack_blk_knob_set(knob, &cfg->par, val);
		return count;
	}
	err = stack_blk_begin_change(cfg, name, page, count);
	if (err)
		return err;
	stack_blk_knob_set(knob, &cfg->par, val);
	mutex_unlock(&cfg->lock);
	return count;
}

#define STACK_BLK_KNOB(_name) \
	STACK_BLK_ATTR(_name, stack_blk_config_show, stack_blk_config_store)

STACK_BLK_KNOB(size_mb);
STACK_BLK_KNOB(layout);
STACK_BLK_KNOB(chunk_kb);
STACK_BLK_KNOB(pool_size);
STACK_BLK_KNOB(rescuer);
STACK_BLK_KNOB(percpu_cache);
STACK_BLK_KNOB(submit_order);
STACK_BLK_KNOB(split);
STACK_BLK_KNOB(per_bio);
STACK_BLK_KNOB(clone_source);
STACK_BLK_KNOB(bvecs);
STACK_BLK_KNOB(gfp);
STACK_BLK_KNOB(defer);
STACK_BLK_KNOB(complete_in);
STACK_BLK_KNOB(kmalloc_fail_nth);
STACK_BLK_KNOB(flush);
STACK_BLK_KNOB(fua);
STACK_BLK_KNOB(discard);
STACK_BLK_KNOB(write_zeroes);
STACK_BLK_KNOB(secure_erase);
STACK_BLK_KNOB(nowait);
STACK_BLK_KNOB(polled);
STACK_BLK_KNOB(atomic);
STACK_BLK_KNOB(ioprio);
STACK_BLK_KNOB(write_hint);
STACK_BLK_KNOB(blkcg);
STACK_BLK_KNOB(partitions);
STACK_BLK_KNOB(track);

static ssize_t stack_blk_scenario_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);
	int err = stack_blk_begin_change(cfg, "scenario", page, count);

	if (err)
		return err;
	err = stack_blk_scenario_apply(config_item_name(item), page, count, &cfg->par);
	mutex_unlock(&cfg->lock);
	return err ?: count;
}
CONFIGFS_ATTR_WO(stack_blk_, scenario);

/* The paths of the lower devices and the name of the disk come and go: read with the lock held. */
static ssize_t stack_blk_string_show(struct stack_blk_config *cfg, bool device, char *page)
{
	const char *str;
	ssize_t ret = mutex_lock_interruptible(&cfg->lock);

	if (ret)
		return ret;
	if (device)
		str = cfg->dev ? cfg->dev->disk->disk_name : "";
	else
		str = cfg->par.lower ?: "";
	ret = sysfs_emit(page, "%s\n", str);
	mutex_unlock(&cfg->lock);
	return ret;
}

static ssize_t stack_blk_lower_show(struct config_item *item, char *page)
{
	return stack_blk_string_show(to_config(item), false, page);
}

/* Refuses what is no block device now; whether it is free is found out at power 1. */
static int stack_blk_check_path(struct stack_blk_config *cfg, const char *path)
{
	const char *item = stack_blk_config_name(cfg);
	dev_t devt;
	int err;

	if (path[0] != '/' || strlen(path) >= PATH_MAX - 1) {
		stack_blk_refuse(item, "lower", path, strlen(path),
				 "must be absolute paths of block devices");
		return -EINVAL;
	}

	err = lookup_bdev(path, &devt);
	if (err) {
		stack_blk_refuse(item, "lower", path, strlen(path),
				 "must be an existing block device (error %d)", err);
		return err;
	}

	err = mutex_lock_interruptible(&cfg->lock);
	if (err)
		return err;
	/* Any change would be refused now, but this one deserves to be told why. */
	if (cfg->dev && devt == disk_devt(cfg->dev->disk)) {
		stack_blk_refuse(item, "lower", path, strlen(path), "is this device itself");
		err = -EINVAL;
	}
	mutex_unlock(&cfg->lock);
	return err;
}

/* All of the paths in what was written, which must be at least one and have no NUL in between. */
static int stack_blk_check_paths(struct stack_blk_config *cfg, const char *page, size_t count)
{
	char *copy = kstrdup(page, GFP_KERNEL);
	char *rest = copy;
	char *path;
	int err = 0, n = 0;

	if (!copy)
		return -ENOMEM;
	while (!err && strlen(page) == count && (path = strsep(&rest, " \t\n"))) {
		if (!*path)
			continue;
		err = stack_blk_check_path(cfg, path);
		n++;
	}
	if (!n) {
		stack_blk_refuse(stack_blk_config_name(cfg), "lower", page, count,
				 "must be absolute paths of block devices");
		err = -EINVAL;
	}
	kfree(copy);
	return err;
}

static ssize_t stack_blk_lower_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);
	char *paths;
	int err;

	err = stack_blk_check_paths(cfg, page, count);
	if (err)
		return err;
	paths = kmemdup_nul(page, stack_blk_value_len(page, count), GFP_KERNEL);
	if (!paths)
		return -ENOMEM;

	err = stack_blk_begin_change(cfg, "lower", page, count);
	if (!err) {
		swap(cfg->par.lower, paths);
		mutex_unlock(&cfg->lock);
	}
	kfree(paths);
	return err ?: count;
}
CONFIGFS_ATTR(stack_blk_, lower);

static ssize_t stack_blk_power_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_config(item)->dev) ? 1 : 0);
}

static const struct stack_blk_knob stack_blk_power_knob = { .name = "power", .max = 1 };

/* Setting power to what it is already does nothing. */
static ssize_t stack_blk_power_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);
	u64 on = 0;
	int err;

	err = stack_blk_knob_parse(&stack_blk_power_knob, config_item_name(item), "power", page,
				   count, &on);
	if (err)
		return err;
	err = on ? stack_blk_power_on(cfg) : stack_blk_power_off(cfg);
	return err ?: count;
}
CONFIGFS_ATTR(stack_blk_, power);

static ssize_t stack_blk_rescan_store(struct config_item *item, const char *page, size_t count)
{
	int err;

	if (stack_blk_value_len(page, count) != 1 || *page != '1') {
		stack_blk_refuse(config_item_name(item), "rescan", page, count, "must be 1");
		return -EINVAL;
	}
	err = stack_blk_power_rescan(to_config(item));
	return err ?: count;
}
CONFIGFS_ATTR_WO(stack_blk_, rescan);

static ssize_t stack_blk_device_show(struct config_item *item, char *page)
{
	return stack_blk_string_show(to_config(item), true, page);
}
CONFIGFS_ATTR_RO(stack_blk_, device);

static struct configfs_attribute *stack_blk_config_attrs[] = {
	&stack_blk_attr_lower,
	&stack_blk_attr_size_mb,
	&stack_blk_attr_layout,
	&stack_blk_attr_chunk_kb,
	&stack_blk_attr_pool_size,
	&stack_blk_attr_rescuer,
	&stack_blk_attr_percpu_cache,
	&stack_blk_attr_submit_order,
	&stack_blk_attr_split,
	&stack_blk_attr_per_bio,
	&stack_blk_attr_clone_source,
	&stack_blk_attr_bvecs,
	&stack_blk_attr_gfp,
	&stack_blk_attr_defer,
	&stack_blk_attr_complete_in,
	&stack_blk_attr_kmalloc_fail_nth,
	&stack_blk_attr_flush,
	&stack_blk_attr_fua,
	&stack_blk_attr_discard,
	&stack_blk_attr_write_zeroes,
	&stack_blk_attr_secure_erase,
	&stack_blk_attr_nowait,
	&stack_blk_attr_polled,
	&stack_blk_attr_atomic,
	&stack_blk_attr_ioprio,
	&stack_blk_attr_write_hint,
	&stack_blk_attr_blkcg,
	&stack_blk_attr_partitions,
	&stack_blk_attr_track,
	&stack_blk_attr_scenario,
	&stack_blk_attr_power,
	&stack_blk_attr_rescan,
	&stack_blk_attr_device,
	NULL,
};

static void stack_blk_config_release(struct config_item *item)
{
	struct stack_blk_config *cfg = to_config(item);

	kfree(cfg->par.lower);
	mutex_destroy(&cfg->lock);
	kfree(cfg);
}

static struct configfs_item_operations stack_blk_config_ops = {
	.release = stack_blk_config_release,
};

static const struct config_item_type stack_blk_config_type = {
	.ct_item_ops = &stack_blk_config_ops,
	.ct_attrs = stack_blk_config_attrs,
	.ct_owner = THIS_MODULE,
};

/**
 * stack_blk_config_new - an item that is not in configfs yet
 * @name: its name
 *
 * Context: may sleep.
 * Return: the item, powered off, or NULL without memory. config_item_put() frees it.
 */
struct stack_blk_config *stack_blk_config_new(const char *name)
{
	struct stack_blk_config *cfg = kzalloc_obj(*cfg);

	if (!cfg)
		return NULL;
	mutex_init(&cfg->lock);
	stack_blk_power_setup(cfg);
	cfg->par = stack_blk_defaults;
	config_group_init_type_name(&cfg->group, name, &stack_blk_config_type);
	stack_blk_faults_init(&cfg->faults, &cfg->group);
	return cfg;
}

/**
 * stack_blk_make_group - configfs_group_operations.make_group: mkdir NAME
 * @group: the top group
 * @name: name of the new item
 *
 * Return: the item, powered off, or an ERR_PTR().
 */
struct config_group *stack_blk_make_group(struct config_group *group, const char *name)
{
	struct stack_blk_config *cfg;

	/* As long as it can be that the module is not loaded after all, nobody may need it. */
	if (READ_ONCE(THIS_MODULE->state) != MODULE_STATE_LIVE)
		return ERR_PTR(-EBUSY);
	cfg = stack_blk_config_new(name);
	return cfg ? &cfg->group : ERR_PTR(-ENOMEM);
}

/**
 * stack_blk_drop_item - configfs_group_operations.drop_item: rmdir NAME, which powers off
 * @group: the top group
 * @item: the item
 */
void stack_blk_drop_item(struct config_group *group, struct config_item *item)
{
	stack_blk_power_drop(to_config(item));
	config_item_put(item);
}
