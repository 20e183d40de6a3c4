// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk: module init and exit. Devices are made through configfs (stack_blk_configfs.c), whose
 * items hold a reference on the module: it cannot be unloaded while one exists.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

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

static int __init stack_blk_init(void)
{
	return stack_blk_configfs_init();
}

static void __exit stack_blk_exit(void)
{
	stack_blk_configfs_exit();
}

module_init(stack_blk_init);
module_exit(stack_blk_exit);

MODULE_DESCRIPTION("Stacking block device for exercising bio_sets");
MODULE_LICENSE("GPL");
