// SPDX-License-Identifier: GPL-2.0
/*
 * The table of stack_blk's knobs, and how their values are read and shown.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/string.h>

#include "stack_blk.h"

static const char * const stack_blk_layout_names[] = { "linear", "mirror", "stripe", NULL };
static const char * const stack_blk_submit_order_names[] = { "each", "batch", "hold", NULL };
static const char * const stack_blk_split_names[] = {
	"trim", "chain", "chain_last", "limits", NULL
};

static const char * const stack_blk_per_bio_names[] = { "front_pad", "mempool", "kzalloc", NULL };
static const char * const stack_blk_clone_source_names[] = { "bioset", "kmalloc", NULL };
static const char * const stack_blk_bvecs_names[] = { "shared", "own", NULL };
static const char * const stack_blk_gfp_names[] = { "noio", "nowait", NULL };
static const char * const stack_blk_defer_names[] = { "inline", "workqueue", NULL };
static const char * const stack_blk_complete_in_names[] = {
	"lower", "irq", "softirq", "kworker", NULL
};

#define NUMBER(_name, _min, _max) \
	STACK_BLK_KNOB_NUMBER(struct stack_blk_params, _name, _min, _max)
#define NAMES(_name) \
	STACK_BLK_KNOB_NAMES(struct stack_blk_params, _name, stack_blk_##_name##_names)
#define PASS(_name) \
	.name = #_name, .offset = offsetof(struct stack_blk_params, pass._name), .max = 1

/* The knobs; ends with one without a name. */
const struct stack_blk_knob stack_blk_knobs[] = {
	{ NUMBER(size_mb, 0, STACK_BLK_SIZE_MB_MAX) },
	{ NAMES(layout) },
	{ NUMBER(chunk_kb, 0, STACK_BLK_CHUNK_KB_MAX) },
	{ NUMBER(pool_size, 1, STACK_BLK_POOL_SIZE_MAX) },
	{ NUMBER(rescuer, 0, 1) },
	{ NUMBER(percpu_cache, 0, 1) },
	{ NAMES(submit_order) },
	{ NAMES(split) },
	{ NAMES(per_bio) },
	{ NAMES(clone_source) },
	{ NAMES(bvecs) },
	{ NAMES(gfp) },
	{ NAMES(defer) },
	{ NAMES(complete_in) },
	{ NUMBER(kmalloc_fail_nth, 0, 1000000000), .live = true },
	{ PASS(flush) },
	{ PASS(fua) },
	{ PASS(discard) },
	{ PASS(write_zeroes) },
	{ PASS(secure_erase) },
	{ PASS(nowait) },
	{ PASS(polled) },
	{ PASS(atomic) },
	{ PASS(ioprio) },
	{ PASS(write_hint) },
	{ PASS(blkcg) },
	{ NUMBER(partitions, 0, 1) },
	{ NUMBER(track, 0, 1) },
	{ }
};

/* What a new item has; the module's parameters change it (stack_blk_preset.c). */
struct stack_blk_params stack_blk_defaults = {
	.pool_size = BIO_POOL_SIZE,
	.partitions = 1,
	.pass = {
		.flush = 1,
		.fua = 1,
		.discard = 1,
		.write_zeroes = 1,
		.secure_erase = 1,
		.nowait = 1,
		.polled = 1,
		.atomic = 1,
		.ioprio = 1,
		.write_hint = 1,
		.blkcg = 1,
	},
};

/**
 * stack_blk_knob_find - the knob of a name
 * @knobs: of these
 * @name: the name
 *
 * Return: the knob, or NULL if none has it.
 */
const struct stack_blk_knob *stack_blk_knob_find(const struct stack_blk_knob *knobs,
						 const char *name)
{
	while (knobs->name && strcmp(knobs->name, name))
		knobs++;
	return knobs->name ? knobs : NULL;
}

/**
 * stack_blk_knob_get - the value of a knob
 * @knob: the knob
 * @owner: the structure that it belongs to
 *
 * Return: the value; index of its name if it has names.
 */
u64 stack_blk_knob_get(const struct stack_blk_knob *knob, const void *owner)
{
	const void *place = owner + knob->offset;

	return knob->wide ? READ_ONCE(*(const u64 *)place) :
			    READ_ONCE(*(const unsigned int *)place);
}

/**
 * stack_blk_knob_set - set the value of a knob
 * @knob: the knob
 * @owner: the structure that it belongs to
 * @val: the value, in range
 */
void stack_blk_knob_set(const struct stack_blk_knob *knob, void *owner, u64 val)
{
	void *place = owner + knob->offset;

	if (knob->wide)
		WRITE_ONCE(*(u64 *)place, val);
	else
		WRITE_ONCE(*(unsigned int *)place, val);
}

/* The whole of what was written must be the number: no sign, no blanks, no NUL, no suffix. */
static int stack_blk_parse_number(const struct stack_blk_knob *knob, const char *item,
				  const char *attr, const char *page, size_t count, u64 *res)
{
	size_t len = stack_blk_value_len(page, count);
	int err = -EINVAL;
	u64 val = 0;

	if (len && strspn(page, "0123456789") == len)
		err = kstrtou64(page, 10, &val);
	if (!err && (val < knob->min || val > knob->max))
		err = -ERANGE;
	if (!err)
		*res = val;
	else
		stack_blk_refuse(item, attr, page, count,
				 "must be a whole number from %llu to %llu", knob->min, knob->max);
	return err;
}

static int stack_blk_parse_name(const struct stack_blk_knob *knob, const char *item,
				const char *attr, const char *page, size_t count, u64 *res)
{
	size_t len = stack_blk_value_len(page, count);
	char known[96];
	int i, n = 0;

	for (i = 0; knob->names[i]; i++) {
		if (strlen(knob->names[i]) == len && !memcmp(page, knob->names[i], len)) {
			*res = i;
			return 0;
		}
		n += scnprintf(known + n, sizeof(known) - n, "%s%s", i ? ", " : "",
			       knob->names[i]);
	}
	stack_blk_refuse(item, attr, page, count, "must be one of: %s", known);
	return -EINVAL;
}

/**
 * stack_blk_knob_parse - read the value of a knob
 * @knob: the knob
 * @item: name of the configfs item, for messages
 * @attr: path of the attribute in the item, likewise
 * @page: what was written; @page[@count] is 0
 * @count: its length
 * @res: the value
 *
 * Return: 0; -EINVAL if that is no value, -ERANGE if it is too large or small: the log says so.
 */
int stack_blk_knob_parse(const struct stack_blk_knob *knob, const char *item, const char *attr,
			 const char *page, size_t count, u64 *res)
{
	if (knob->names)
		return stack_blk_parse_name(knob, item, attr, page, count, res);
	return stack_blk_parse_number(knob, item, attr, page, count, res);
}

static int stack_blk_knob_emit(const struct stack_blk_knob *knob, u64 val, char *page, int len)
{
	if (knob->names)
		return sysfs_emit_at(page, len, "%s\n", knob->names[val]);
	return sysfs_emit_at(page, len, "%llu\n", val);
}

/**
 * stack_blk_knob_show - print the value of a knob
 * @knob: the knob
 * @val: its value
 * @page: where to
 *
 * Return: bytes printed.
 */
ssize_t stack_blk_knob_show(const struct stack_blk_knob *knob, u64 val, char *page)
{
	return stack_blk_knob_emit(knob, val, page, 0);
}

/**
 * stack_blk_knobs_list - print knobs and what each can be, one a line
 * @knobs: the knobs
 * @group: what they are in, with a slash at its end, or ""
 * @page: where to
 * @len: what is there already
 *
 * Return: bytes that are there then.
 */
int stack_blk_knobs_list(const struct stack_blk_knob *knobs, const char *group, char *page,
			 int len)
{
	const struct stack_blk_knob *knob;
	int i;

	for (knob = knobs; knob->name; knob++) {
		len += sysfs_emit_at(page, len, "%s%s", group, knob->name);
		for (i = 0; knob->names && knob->names[i]; i++)
			len += sysfs_emit_at(page, len, " %s", knob->names[i]);
		if (!knob->names)
			len += sysfs_emit_at(page, len, " %llu..%llu", knob->min, knob->max);
		len += sysfs_emit_at(page, len, "\n");
	}
	return len;
}

/**
 * stack_blk_knobs_values - print knobs and what each is, one a line
 * @knobs: the knobs
 * @group: what they are in, with a slash at its end, or ""
 * @owner: the structure that they belong to
 * @page: where to
 * @len: what is there already
 *
 * Return: bytes that are there then.
 */
int stack_blk_knobs_values(const struct stack_blk_knob *knobs, const char *group,
			   const void *owner, char *page, int len)
{
	const struct stack_blk_knob *knob;

	for (knob = knobs; knob->name; knob++) {
		len += sysfs_emit_at(page, len, "%s%s ", group, knob->name);
		len += stack_blk_knob_emit(knob, stack_blk_knob_get(knob, owner), page, len);
	}
	return len;
}
