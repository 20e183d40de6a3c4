// SPDX-License-Identifier: GPL-2.0
/*
 * The table of stack_blk's knobs, and how their values are read and shown.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/string.h>

#include "stack_blk.h"

static const char * const stack_blk_layout_names[] = { "linear", "mirror", "stripe" };
static const char * const stack_blk_submit_order_names[] = { "each", "batch", "hold" };
static const char * const stack_blk_per_bio_names[] = { "front_pad", "mempool", "kzalloc" };
static const char * const stack_blk_clone_source_names[] = { "bioset", "kmalloc" };
static const char * const stack_blk_gfp_names[] = { "noio", "nowait" };
static const char * const stack_blk_defer_names[] = { "inline", "workqueue" };

#define KNOB_NUMBER(_name, _min, _max, _live) {						\
	.name = #_name, .offset = offsetof(struct stack_blk_params, _name),		\
	.min = _min, .max = _max, .live = _live,					\
}

#define KNOB_NAMES(_name) {								\
	.name = #_name, .offset = offsetof(struct stack_blk_params, _name),		\
	.max = ARRAY_SIZE(stack_blk_##_name##_names) - 1,				\
	.names = stack_blk_##_name##_names,						\
}

/* The knobs; ends with one without a name. */
const struct stack_blk_knob stack_blk_knobs[] = {
	KNOB_NAMES(layout),
	KNOB_NUMBER(chunk_kb, 0, STACK_BLK_CHUNK_KB_MAX, false),
	KNOB_NUMBER(pool_size, 1, STACK_BLK_POOL_SIZE_MAX, false),
	KNOB_NUMBER(rescuer, 0, 1, false),
	KNOB_NUMBER(percpu_cache, 0, 1, false),
	KNOB_NAMES(submit_order),
	KNOB_NAMES(per_bio),
	KNOB_NAMES(clone_source),
	KNOB_NAMES(gfp),
	KNOB_NAMES(defer),
	KNOB_NUMBER(kmalloc_fail_nth, 0, 1000000000, true),
	{ }
};

/**
 * stack_blk_knob_value - where the value of a knob is
 * @knob: the knob
 * @par: the parameters
 *
 * Return: its place in @par.
 */
unsigned int *stack_blk_knob_value(const struct stack_blk_knob *knob, struct stack_blk_params *par)
{
	return (unsigned int *)((char *)par + knob->offset);
}

/* The whole of what was written must be the number: no sign, no blanks, no NUL, no suffix. */
static int stack_blk_parse_number(const struct stack_blk_knob *knob, const char *item,
				  const char *page, size_t count, unsigned int *res)
{
	size_t len = stack_blk_value_len(page, count);
	unsigned int val = 0;
	int err = -EINVAL;

	if (len && strspn(page, "0123456789") == len)
		err = kstrtouint(page, 10, &val);
	if (!err && (val < knob->min || val > knob->max))
		err = -ERANGE;
	if (!err)
		*res = val;
	else
		stack_blk_refuse(item, knob->name, page, count,
				 "must be a whole number from %u to %u", knob->min, knob->max);
	return err;
}

static int stack_blk_parse_name(const struct stack_blk_knob *knob, const char *item,
				const char *page, size_t count, unsigned int *res)
{
	size_t len = stack_blk_value_len(page, count);
	char known[64];
	int i, n = 0;

	for (i = 0; i <= knob->max; i++) {
		if (strlen(knob->names[i]) == len && !memcmp(page, knob->names[i], len)) {
			*res = i;
			return 0;
		}
		n += scnprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "",
			       knob->names[i]);
	}
	stack_blk_refuse(item, knob->name, page, count, "must be one of: %s", known);
	return -EINVAL;
}

/**
 * stack_blk_knob_parse - read the value of a knob
 * @knob: the knob
 * @item: name of the configfs item, for messages
 * @page: what was written; @page[@count] is 0
 * @count: its length
 * @res: the value
 *
 * Return: 0; -EINVAL if that is no value, -ERANGE if it is too large or small: the log says so.
 */
int stack_blk_knob_parse(const struct stack_blk_knob *knob, const char *item, const char *page,
			 size_t count, unsigned int *res)
{
	if (knob->names)
		return stack_blk_parse_name(knob, item, page, count, res);
	return stack_blk_parse_number(knob, item, page, count, res);
}

/**
 * stack_blk_knob_show - print the value of a knob
 * @knob: the knob
 * @val: its value
 * @page: where to
 *
 * Return: bytes printed.
 */
ssize_t stack_blk_knob_show(const struct stack_blk_knob *knob, unsigned int val, char *page)
{
	if (knob->names)
		return sysfs_emit(page, "%s\n", knob->names[val]);
	return sysfs_emit(page, "%u\n", val);
}

/**
 * stack_blk_features - print the knobs and what each can be, one a line
 * @page: where to
 *
 * Return: bytes printed.
 */
ssize_t stack_blk_features(char *page)
{
	const struct stack_blk_knob *knob;
	int i, len = 0;

	for (knob = stack_blk_knobs; knob->name; knob++) {
		len += sysfs_emit_at(page, len, "%s", knob->name);
		for (i = 0; knob->names && i <= knob->max; i++)
			len += sysfs_emit_at(page, len, " %s", knob->names[i]);
		if (!knob->names)
			len += sysfs_emit_at(page, len, " %u..%u", knob->min, knob->max);
		len += sysfs_emit_at(page, len, "\n");
	}
	return len;
}

/**
 * stack_blk_params_init - the values of a new item
 * @par: where to
 */
void stack_blk_params_init(struct stack_blk_params *par)
{
	*par = (struct stack_blk_params){ .pool_size = BIO_POOL_SIZE };
}
