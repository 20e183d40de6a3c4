// SPDX-License-Identifier: GPL-2.0
/*
 * The line in the log for whatever stack_blk refuses.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>

#include "stack_blk.h"

/* Enough for all that a user tries, and for the tests, but not for a loop gone wild. */
static DEFINE_RATELIMIT_STATE(stack_blk_refusals, 5 * HZ, 5000);

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

	if (!__ratelimit(&stack_blk_refusals))
		return;
	len = stack_blk_value_len(value, len);
	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	pr_warn("%*pE: %s: '%*pE'%s refused: %pV\n", (int)strlen(item), item, attr,
		(int)min_t(size_t, len, STACK_BLK_SHOWN), value, len > STACK_BLK_SHOWN ? "..." : "",
		&vaf);
	va_end(args);
}
