// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope stack: the commands of stack_blk devices, and those of them that only look: list, knobs,
 * scenarios.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "render/render.h"
#include "render/stack.h"
#include "stack/device.h"
#include "stack/knobs.h"
#include "util/text.h"

static const struct stack stack = { .root = "", .log_fd = -1 };

static int cannot_read(int err)
{
	msg_error("cannot read /sys/kernel/config/stack_blk: %s%s", strerror(-err),
		  err == -ENOENT ? "; load the module: modprobe stack_blk" : "");
	return err == -ENOENT || err == -EACCES ? MSG_EXIT_CANT : MSG_EXIT_FAILED;
}

/* Those that are named; what they are made of stays with all of them. */
static int choose(const struct options *o, const struct stack_devices *all,
		  struct stack_devices *chosen)
{
	const struct stack_device *d;
	char shown[64];
	size_t i;

	for (i = 0; i < o->nr_words; i++) {
		d = stack_devices_find(all, o->words[i]);
		if (!d) {
			msg_error(
				"stack list: there is no device \"%s\"; `bioscope stack list' has all",
				text_escape(o->words[i], shown, sizeof(shown)));
			return MSG_EXIT_USAGE;
		}
		chosen->device[chosen->n++] = *d;
	}
	return MSG_EXIT_OK;
}

static void render(const struct options *o, const struct stack_devices *all,
		   const struct stack_knobs *k)
{
	if (o->json)
		render_json_print(render_stack_json(all, k), true);
	else
		render_stack_text(all, k);
}

static int list(const struct options *o, const struct stack_devices *all,
		const struct stack_knobs *k)
{
	struct stack_devices chosen = { 0 };
	int status;

	if (!o->nr_words) {
		render(o, all, k);
		return MSG_EXIT_OK;
	}
	chosen.device = calloc(o->nr_words, sizeof(*chosen.device));
	if (!chosen.device) {
		msg_error("stack list: %s", strerror(ENOMEM));
		return MSG_EXIT_FAILED;
	}
	status = choose(o, all, &chosen);
	if (!status)
		render(o, &chosen, k);
	free(chosen.device);
	return status;
}

/* Without the module there are no devices, which is an answer, too. */
static int run_list(const struct options *o)
{
	struct stack_knobs k = { 0 };
	struct stack_devices all;
	int err = stack_devices_read(&stack, &all), status;

	if (!err && stack_is_there(&stack))
		err = stack_knobs_read(&stack, &k);
	else if (!err)
		msg_note("stack list: the module stack_blk is not loaded");
	status = err ? cannot_read(err) : list(o, &all, &k);
	stack_devices_free(&all);
	return status;
}

static int run_knobs(const struct options *o)
{
	struct stack_knobs k;
	int err = stack_knobs_read(&stack, &k);

	if (err)
		return cannot_read(err);
	if (o->json)
		render_json_print(render_stack_knobs_json(&k), true);
	else
		render_stack_knobs_text(&k);
	return MSG_EXIT_OK;
}

static int run_scenarios(const struct options *o)
{
	struct stack_scenarios sc;
	int err = stack_scenarios_read(&stack, &sc);

	if (err)
		return cannot_read(err);
	if (o->json)
		render_json_print(render_stack_scenarios_json(&sc), true);
	else
		render_stack_scenarios_text(&sc);
	return MSG_EXIT_OK;
}

static const struct options_command cmd_list_devices = {
	.name = "stack list",
	.summary = "every device: disk, layout, size, clones in flight, what it is made of",
	.doc = "List the stack_blk devices, also those that are powered off, or those named NAME. "
	       "KNOBS are those that are not as in a new device. With --json, every attribute and counter.",
	.takes = OPTIONS_JSON,
	.words = "[NAME...]",
	.run = run_list,
};

static const struct options_command cmd_knobs = {
	.name = "stack knobs",
	.summary = "every knob: its default, and what it can be",
	.doc = "List the knobs of stack_blk devices. stack_blk(4) says what they do.",
	.takes = OPTIONS_JSON,
	.run = run_knobs,
};

static const struct options_command cmd_scenarios = {
	.name = "stack scenarios",
	.summary = "every scenario: what comes of it, and what the contract says",
	.doc = "List the scenarios, each of which sets all knobs to act out a row of the contract of "
	       "bio_alloc_bioset(). The outcome is that of I/O of 16 KiB under pressure by bio_pressure: "
	       "all of it ends well (progress), some of it gets an error (failure), none of it ends (stall).",
	.takes = OPTIONS_JSON,
	.run = run_scenarios,
};

static const struct options_command *const commands[] = {
	&cmd_stack_create, &cmd_list_devices, &cmd_stack_set, &cmd_stack_remove,
	&cmd_knobs,	   &cmd_scenarios,    NULL,
};

const struct options_command cmd_stack = {
	.name = "stack",
	.summary = "create, list, change and remove stack_blk devices (needs the stack_blk module)",
	.doc = "Devices of stack_blk, whose bio_sets have a knob for everything; for test hosts, see stack_blk(4).",
	.commands = commands,
};
