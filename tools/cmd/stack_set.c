// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope stack set: change knobs of a device, one after the other.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "stack/args.h"
#include "stack/change.h"
#include "stack/device.h"
#include "util/text.h"

/* The name of a device that may be named by its disk. */
static int find(struct stack_change *c, const char *name)
{
	const struct stack_device *d = NULL;
	struct stack_devices all;
	char shown[64];
	int err = stack_devices_read(c->s, &all);

	if (!err)
		d = stack_devices_find(&all, name);
	if (d) {
		memcpy(c->name, d->name, sizeof(c->name));
		memcpy(c->shown, d->shown, sizeof(c->shown));
	} else if (err) {
		msg_error("cannot read the devices: %s", strerror(-err));
	} else {
		msg_error("stack set: there is no device \"%s\"; `bioscope stack list' has all",
			  text_escape(name, shown, sizeof(shown)));
	}
	stack_devices_free(&all);
	return d ? MSG_EXIT_OK : err ? MSG_EXIT_FAILED : MSG_EXIT_USAGE;
}

/* What comes before a refusal stays, which should not be a surprise. */
static void note_done(const struct stack_change *c, const struct stack_args *a, size_t n)
{
	size_t i;

	if (!n)
		return;
	fprintf(stderr, "bioscope: set of %s before that, and so it stays:", c->shown);
	for (i = 0; i < n; i++)
		fprintf(stderr, " %s=%s", a->settings[i].knob, a->settings[i].value);
	fputc('\n', stderr);
}

/* As create does, tell the disk of who powers on. */
static int set_one(struct stack_change *c, const struct stack_setting *setting)
{
	char node[STACK_NAME];
	int err = stack_change_set(c, setting->knob, setting->value);

	if (err || strcmp(setting->knob, "power") != 0 || strcmp(setting->value, "1") != 0)
		return err;
	err = stack_change_wait(c, false, node);
	if (!err)
		puts(node);
	return err;
}

static int set(struct stack *s, const struct stack_args *a)
{
	struct stack_change c = { .s = s, .what = "change" };
	int status = find(&c, a->name), err = 0;
	size_t i;

	for (i = 0; !status && i < a->n; i++)
		status = stack_change_check(&c, a->settings[i].knob);
	if (status)
		return status;
	for (i = 0; i < a->n; i++) {
		err = set_one(&c, &a->settings[i]);
		if (err) {
			note_done(&c, a, i);
			break;
		}
	}
	return stack_exit(err);
}

static int run(const struct options *o)
{
	struct stack s = { .root = "", .log_fd = -1 };
	struct stack_args a;
	int status = stack_args_set(o->words, o->nr_words, &a);

	if (!status) {
		stack_begin(&s);
		status = set(&s, &a);
		stack_end(&s);
	}
	stack_args_free(&a);
	return status;
}

const struct options_command cmd_stack_set = {
	.name = "stack set",
	.summary = "change knobs of a device, power it on or off",
	.doc = "Change knobs of a stack_blk device, NAME or the path of its disk, in the order given. What is "
	       "refused ends it; what came before stays."
	       "\v"
	       "Faults (GROUP/KNOB) and kmalloc_fail_nth can be changed at any time, others while power=0, so that "
	       "`power=0 KNOB=VALUE power=1' does it. `bioscope stack knobs' has the knobs.",
	.takes = 0,
	.words = "NAME KNOB=VALUE...",
	.run = run,
};
