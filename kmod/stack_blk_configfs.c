// SPDX-License-Identifier: GPL-2.0
/*
 * The configfs items of stack_blk: mkdir /sys/kernel/config/stack_blk/NAME, set attributes,
 * echo 1 > power. Whatever is refused leaves one line in the log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "stack_blk.h"

/**
 * struct stack_blk_config - a configfs item
 * @item: the item
 * @lock: see the lock order in stack_blk.h
 * @par: the attributes; do not change while @dev exists
 * @dev: the device, NULL while power is 0
 */
struct stack_blk_config {
	struct config_item item;
	struct mutex lock; /* protects all below */
	struct stack_blk_params par;
	struct stack_blk_dev *dev;
};

static struct stack_blk_config *to_config(struct config_item *item)
{
	return container_of(item, struct stack_blk_config, item);
}

#define stack_blk_config_refuse(cfg, attr, page, count, fmt, ...)			\
	stack_blk_refuse(config_item_name(&(cfg)->item), attr, page, count, fmt, ##__VA_ARGS__)

/* The whole of what was written must be the number: no sign, no blanks, no NUL, no suffix. */
static int stack_blk_parse_uint(struct stack_blk_config *cfg, const char *attr, const char *page,
				size_t count, unsigned int min, unsigned int max, unsigned int *res)
{
	size_t len = stack_blk_value_len(page, count);
	unsigned int val = 0;
	int err = -EINVAL;

	if (len && strspn(page, "0123456789") == len)
		err = kstrtouint(page, 10, &val);
	if (!err && (val < min || val > max))
		err = -ERANGE;
	if (err)
		stack_blk_config_refuse(cfg, attr, page, count,
					"must be a whole number from %u to %u", min, max);
	else
		*res = val;
	return err;
}

/* Locks @cfg for a change of @attr, which needs the device to be off. */
static int stack_blk_begin_change(struct stack_blk_config *cfg, const char *attr, const char *page,
				  size_t count)
{
	int err = mutex_lock_interruptible(&cfg->lock);

	if (err)
		return err;
	if (!cfg->dev)
		return 0;

	stack_blk_config_refuse(cfg, attr, page, count, "only while power is 0; this is %s now",
				cfg->dev->disk->disk_name);
	mutex_unlock(&cfg->lock);
	return -EBUSY;
}

/* Numbers are read without the lock, so that they can be read while power off waits. */
static ssize_t stack_blk_uint_show(const unsigned int *val, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(*val));
}

static ssize_t stack_blk_uint_store(struct stack_blk_config *cfg, const char *attr,
				    unsigned int *res, const char *page, size_t count,
				    unsigned int min, unsigned int max)
{
	unsigned int val;
	int err;

	err = stack_blk_parse_uint(cfg, attr, page, count, min, max, &val);
	if (err)
		return err;
	err = stack_blk_begin_change(cfg, attr, page, count);
	if (err)
		return err;
	WRITE_ONCE(*res, val);
	mutex_unlock(&cfg->lock);
	return count;
}

static ssize_t stack_blk_pool_size_show(struct config_item *item, char *page)
{
	return stack_blk_uint_show(&to_config(item)->par.pool_size, page);
}

static ssize_t stack_blk_pool_size_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);

	return stack_blk_uint_store(cfg, "pool_size", &cfg->par.pool_size, page, count,
				    1, STACK_BLK_POOL_SIZE_MAX);
}
CONFIGFS_ATTR(stack_blk_, pool_size);

static ssize_t stack_blk_chunk_kb_show(struct config_item *item, char *page)
{
	return stack_blk_uint_show(&to_config(item)->par.chunk_kb, page);
}

static ssize_t stack_blk_chunk_kb_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);

	return stack_blk_uint_store(cfg, "chunk_kb", &cfg->par.chunk_kb, page, count,
				    0, STACK_BLK_CHUNK_KB_MAX);
}
CONFIGFS_ATTR(stack_blk_, chunk_kb);

static ssize_t stack_blk_rescuer_show(struct config_item *item, char *page)
{
	return stack_blk_uint_show(&to_config(item)->par.rescuer, page);
}

static ssize_t stack_blk_rescuer_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);

	return stack_blk_uint_store(cfg, "rescuer", &cfg->par.rescuer, page, count,
				    0, 1);
}
CONFIGFS_ATTR(stack_blk_, rescuer);

static ssize_t stack_blk_submit_order_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%s\n", READ_ONCE(to_config(item)->par.batch) ? "batch" : "each");
}

static ssize_t stack_blk_submit_order_store(struct config_item *item, const char *page,
					    size_t count)
{
	struct stack_blk_config *cfg = to_config(item);
	size_t len = stack_blk_value_len(page, count);
	bool batch = len == 5 && !memcmp(page, "batch", 5);
	int err;

	if (!batch && !(len == 4 && !memcmp(page, "each", 4))) {
		stack_blk_config_refuse(cfg, "submit_order", page, count,
					"must be each or batch");
		return -EINVAL;
	}
	err = stack_blk_begin_change(cfg, "submit_order", page, count);
	if (err)
		return err;
	WRITE_ONCE(cfg->par.batch, batch);
	mutex_unlock(&cfg->lock);
	return count;
}
CONFIGFS_ATTR(stack_blk_, submit_order);

/* The path of the lower device and the name of the disk come and go: read with the lock held. */
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
static int stack_blk_check_path(struct stack_blk_config *cfg, const char *page, size_t count,
				const char *path)
{
	size_t len = strlen(path);
	dev_t devt;
	int err;

	if (path[0] != '/' || len >= PATH_MAX - 1 || len != stack_blk_value_len(page, count)) {
		stack_blk_config_refuse(cfg, "lower", page, count,
					"must be the absolute path of a block device");
		return -EINVAL;
	}

	err = lookup_bdev(path, &devt);
	if (err) {
		stack_blk_config_refuse(cfg, "lower", page, count,
					"must be an existing block device (error %d)", err);
		return err;
	}

	err = mutex_lock_interruptible(&cfg->lock);
	if (err)
		return err;
	/* Any change would be refused now, but this one deserves to be told why. */
	if (cfg->dev && devt == disk_devt(cfg->dev->disk)) {
		stack_blk_config_refuse(cfg, "lower", page, count, "is this device itself");
		err = -EINVAL;
	}
	mutex_unlock(&cfg->lock);
	return err;
}

static ssize_t stack_blk_lower_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);
	char *path;
	int err;

	path = kmemdup_nul(page, stack_blk_value_len(page, count), GFP_KERNEL);
	if (!path)
		return -ENOMEM;

	err = stack_blk_check_path(cfg, page, count, path);
	if (err)
		goto out;
	err = stack_blk_begin_change(cfg, "lower", page, count);
	if (err)
		goto out;
	swap(cfg->par.lower, path);
	mutex_unlock(&cfg->lock);
out:
	kfree(path);
	return err ?: count;
}
CONFIGFS_ATTR(stack_blk_, lower);

static ssize_t stack_blk_power_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(to_config(item)->dev) ? 1 : 0);
}

static void stack_blk_power_off(struct stack_blk_config *cfg)
{
	stack_blk_dev_destroy(cfg->dev);
	WRITE_ONCE(cfg->dev, NULL);
}

static int stack_blk_power_on(struct stack_blk_config *cfg)
{
	struct stack_blk_dev *dev;

	if (!cfg->par.lower) {
		stack_blk_config_refuse(cfg, "power", "1", 1, "lower must be set first");
		return -ENODEV;
	}
	dev = stack_blk_dev_create(config_item_name(&cfg->item), &cfg->par);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	WRITE_ONCE(cfg->dev, dev);
	return 0;
}

/* Setting power to what it is already does nothing. */
static ssize_t stack_blk_power_store(struct config_item *item, const char *page, size_t count)
{
	struct stack_blk_config *cfg = to_config(item);
	unsigned int on;
	int err;

	err = stack_blk_parse_uint(cfg, "power", page, count, 0, 1, &on);
	if (err)
		return err;
	err = mutex_lock_interruptible(&cfg->lock);
	if (err)
		return err;
	if (on && !cfg->dev)
		err = stack_blk_power_on(cfg);
	else if (!on && cfg->dev)
		stack_blk_power_off(cfg);
	mutex_unlock(&cfg->lock);
	return err ?: count;
}
CONFIGFS_ATTR(stack_blk_, power);

static ssize_t stack_blk_device_show(struct config_item *item, char *page)
{
	return stack_blk_string_show(to_config(item), true, page);
}
CONFIGFS_ATTR_RO(stack_blk_, device);

struct configfs_attribute *stack_blk_config_attrs[] = {
	&stack_blk_attr_lower,
	&stack_blk_attr_pool_size,
	&stack_blk_attr_rescuer,
	&stack_blk_attr_chunk_kb,
	&stack_blk_attr_submit_order,
	&stack_blk_attr_power,
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
 * stack_blk_make_item - configfs_group_operations.make_item: mkdir NAME
 * @group: the top group
 * @name: name of the new item
 *
 * Return: the item, powered off, or an ERR_PTR().
 */
struct config_item *stack_blk_make_item(struct config_group *group, const char *name)
{
	struct stack_blk_config *cfg = kzalloc_obj(*cfg);

	if (!cfg)
		return ERR_PTR(-ENOMEM);
	mutex_init(&cfg->lock);
	cfg->par.pool_size = BIO_POOL_SIZE;
	config_item_init_type_name(&cfg->item, name, &stack_blk_config_type);
	return &cfg->item;
}

/**
 * stack_blk_drop_item - configfs_group_operations.drop_item: rmdir NAME, which powers off
 * @group: the top group
 * @item: the item
 */
void stack_blk_drop_item(struct config_group *group, struct config_item *item)
{
	struct stack_blk_config *cfg = to_config(item);

	mutex_lock(&cfg->lock);
	if (cfg->dev)
		stack_blk_power_off(cfg);
	mutex_unlock(&cfg->lock);
	config_item_put(item);
}
