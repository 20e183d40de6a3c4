// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope stack create: a device with its knobs set and its disk there, or nothing at all.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "stack/args.h"
#include "stack/change.h"
#include "util/text.h"

#define NAMES_MAX 100000

/* It may have no name yet. */
static int make(struct stack_change *c, const struct stack_args *a)
{
	int i, err = -EEXIST;

	for (i = 0; err == -EEXIST && i < (a->name ? 1 : NAMES_MAX); i++) {
		if (a->name)
			snprintf(c->name, sizeof(c->name), "%s", a->name);
		else
			snprintf(c->name, sizeof(c->name), "stack%d", i);
		err = stack_make(c->s, c->name);
	}
	text_escape(c->name, c->shown, sizeof(c->shown));
	if (err == -EEXIST)
		msg_error("cannot create %s: there is something of that name already; "
			  "`bioscope stack list' has all devices",
			  c->name);
	else if (err == -EACCES || err == -EPERM)
		msg_error("cannot create %s: %s; only root may", c->name, strerror(-err));
	else if (err)
		msg_error("cannot create %s: %s", c->name, strerror(-err));
	return stack_exit(err);
}

/* All settings of a phase, in their order. */
static int set_phase(struct stack_change *c, const struct stack_args *a, enum stack_phase phase)
{
	int status = MSG_EXIT_OK;
	size_t i;

	for (i = 0; !status && i < a->n; i++) {
		if (a->settings[i].phase != phase)
			continue;
		status = stack_change_check(c, a->settings[i].knob);
		if (!status)
			status = stack_exit(
				stack_change_set(c, a->settings[i].knob, a->settings[i].value));
	}
	return status;
}

static bool has_faults(const struct stack_args *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->settings[i].phase == STACK_FAULT)
			return true;
	return false;
}

/* A lone word is a name, and may have been meant as a lower device. */
static void hint_at_lower(const struct stack_args *a)
{
	char path[STACK_NAME + 8];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", a->name ?: "");
	if (a->name && !a->lower[0] && !stat(path, &st) && S_ISBLK(st.st_mode))
		msg_note("%s is taken for the device's name; the disk is %s", a->name, path);
}

/* Faults come last: they would hit the making of the disk, which would wait for a lost clone for good. */
static int set_up(const struct options *o, struct stack_change *c, const struct stack_args *a,
		  char *node)
{
	int status = set_phase(c, a, STACK_SCENARIO);

	status = status ?: set_phase(c, a, STACK_LOWER);
	status = status ?: set_phase(c, a, STACK_KNOB);
	if (!status && !o->no_power) {
		status = stack_exit(stack_change_set(c, "power", "1"));
		if (status)
			hint_at_lower(a);
		else
			status = stack_exit(stack_change_wait(c, has_faults(a), node));
	}
	return status ?: set_phase(c, a, STACK_FAULT);
}

static void undo(const struct stack_change *c)
{
	char said[STACK_WHY];
	int err;

	stack_said(c->s, c->name, said);
	err = stack_remove(c->s, c->name);
	if (err)
		msg_error("cannot remove %s again: %s", c->name, strerror(-err));
	stack_said(c->s, c->name, said);
	if (said[0])
		msg_note("%s: %s", c->name, said);
}

static int create(const struct options *o, struct stack *s, const struct stack_args *a)
{
	struct stack_change c = { .s = s, .what = "create" };
	char node[STACK_NAME] = "";
	int status = make(&c, a);

	if (status)
		return status;
	status = set_up(o, &c, a, node);
	if (status && c.goes_on)
		msg_note(
			"%s is left as it is; once that has ended `bioscope stack remove %s' removes it",
			c.shown, c.shown);
	else if (status)
		undo(&c);
	if (status)
		return status;
	/* What it can be addressed by. */
	puts(node[0] ? node : c.name);
	if (!a->name)
		msg_note("its name is %s", c.name);
	return MSG_EXIT_OK;
}

static int run(const struct options *o)
{
	struct stack s = { .root = "", .log_fd = -1 };
	struct stack_args a;
	int status = stack_args_create(o->words, o->nr_words, &a);

	if (!status) {
		stack_begin(&s);
		status = stack_load(&s) ?: create(o, &s, &a);
		stack_end(&s);
	}
	stack_args_free(&a);
	return status;
}

const struct options_command cmd_stack_create = {
	.name = "stack create",
	.summary = "make a device over others, and its disk",
	.doc = "Make a stack_blk device over the block devices LOWER, which are paths, and print the path of its "
	       "disk. With size_mb=N it is over none. If anything is refused, nothing is left of it."
	       "\v"
	       "A scenario is set first, faults (GROUP/KNOB) once the disk is there. Without NAME, a free one is "
	       "chosen. The module is loaded if need be. `bioscope stack knobs' has the knobs, "
	       "`bioscope stack scenarios' the scenarios, stack_blk(4) what they are.",
	.takes = OPTIONS_POWER,
	.words = "[NAME] [LOWER...] [KNOB=VALUE...]",
	.run = run,
};
