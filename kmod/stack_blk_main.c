// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk: module init and exit, and /sys/kernel/config/stack_blk. Its items are in
 * stack_blk_configfs.c and hold a reference on the module: it cannot be unloaded while one exists.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include "stack_blk.h"

/* A refused value is shown up to here, escaped. */
#define STACK_BLK_SHOWN	64

/**
 * stack_blk_refuse - say in the log what was refused and why
 * @item: name of the configfs item
 * @attr: name of its attribute
 * @value: what was written, need not be printable
 * @len: its length; a newline at its end is not shown
 * @fmt: what is allowed
 */
void stack_blk_refuse(const char *item, const char *attr, const char *value, size_t len,
		      const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	len = stack_blk_value_len(value, len);
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_warn("%*pE: %s: '%*pE'%s refused: %pV\n", (int)strlen(item), item, attr,
		(int)min_t(size_t, len, STACK_BLK_SHOWN), value, len > STACK_BLK_SHOWN ? "..." : "",
		&vaf);
	va_end(args);
}

static struct configfs_group_operations stack_blk_group_ops = {
	.make_item = stack_blk_make_item,
	.drop_item = stack_blk_drop_item,
};

/* The names of the attributes of an item, one per line: what this version of the module can do. */
static ssize_t stack_blk_features_show(struct config_item *item, char *page)
{
	struct configfs_attribute **attr;
	int len = 0;

	for (attr = stack_blk_config_attrs; *attr; attr++)
		len += sysfs_emit_at(page, len, "%s\n", (*attr)->ca_name);
	return len;
}
CONFIGFS_ATTR_RO(stack_blk_, features);

static struct configfs_attribute *stack_blk_group_attrs[] = {
	&stack_blk_attr_features,
	NULL,
};

static const struct config_item_type stack_blk_group_type = {
	.ct_group_ops = &stack_blk_group_ops,
	.ct_attrs = stack_blk_group_attrs,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem stack_blk_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "stack_blk",
			.ci_type = &stack_blk_group_type,
		},
	},
};

static int __init stack_blk_init(void)
{
	config_group_init(&stack_blk_subsys.su_group);
	mutex_init(&stack_blk_subsys.su_mutex);
	return configfs_register_subsystem(&stack_blk_subsys);
}

/* No item is left: each held the module. */
static void __exit stack_blk_exit(void)
{
	configfs_unregister_subsystem(&stack_blk_subsys);
	mutex_destroy(&stack_blk_subsys.su_mutex);
}

module_init(stack_blk_init);
module_exit(stack_blk_exit);

MODULE_DESCRIPTION("Stacking block device for exercising bio_sets");
MODULE_LICENSE("GPL");
