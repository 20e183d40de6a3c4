// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope stack remove: devices go, those on top of others first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "util/msg.h"
#include "stack/device.h"
#include "stack/use.h"
#include "util/text.h"

#define USERS_TEXT 1024

struct removal {
	struct stack *s;
	const struct options *o;
	struct stack_devices all;
	bool *left; /* of all, which are still to be removed */
};

static int choose(const struct removal *r)
{
	const struct stack_device *d;
	char shown[64];
	size_t i;

	for (i = 0; i < r->all.n; i++)
		r->left[i] = r->o->all;
	for (i = 0; i < r->o->nr_words; i++) {
		d = stack_devices_find(&r->all, r->o->words[i]);
		if (!d) {
			msg_error(
				"stack remove: there is no device \"%s\"; `bioscope stack list' has all",
				text_escape(r->o->words[i], shown, sizeof(shown)));
			return MSG_EXIT_USAGE;
		}
		r->left[d - r->all.device] = true;
	}
	return MSG_EXIT_OK;
}

static bool is_used(const struct removal *r, const struct stack_device *d, char *by)
{
	struct stack_users users = { 0 };

	if (d->state == STACK_ON)
		stack_use(r->s, d->disk, &users);
	stack_users_text(&users, by, USERS_TEXT);
	return users.n;
}

/*
 * What removal ends anyway, so that power off does not wait for it: lost clones, and allocations that
 * are made to fail. A module without such a knob has nothing to end.
 */
static int end_faults(const struct removal *r, const char *name)
{
	static const char *const ends[][2] = { { "lose_inject/probability", "0" },
					       { "lose_inject/release", "4294967295" },
					       { "kmalloc_fail_nth", "0" } };
	int err = 0;
	size_t i;

	for (i = 0; err != -EINTR && i < sizeof(ends) / sizeof(ends[0]); i++)
		err = stack_set(r->s, name, ends[i][0], ends[i][1], NULL);
	return err == -EINTR ? err : 0;
}

static int power_off(const struct removal *r, const struct stack_device *d)
{
	char slow[STACK_WHY], why[STACK_WHY];
	int err = end_faults(r, d->name);

	if (err) {
		msg_error("cannot remove %s: interrupted", d->shown);
		return err;
	}
	snprintf(slow, sizeof(slow),
		 "%s: waiting for the I/O of /dev/%s to end; an interrupt ends the waiting only",
		 d->shown, d->disk);
	stack_said(r->s, d->name, why);
	err = stack_set(r->s, d->name, "power", "0", slow);
	if (err == -EINTR || err == -ETIMEDOUT)
		msg_error(
			"interrupted: the disk of %s goes when its I/O is done; `bioscope stack remove "
			"%s' then removes what is left, with --force it does so now",
			d->shown, d->shown);
	else if (err && err != -ENOENT)
		msg_error("cannot remove %s: %s", d->shown,
			  stack_why(r->s, d->name, "power", err, why));
	return err;
}

/* With --force, the kernel is left alone with what may never end. */
static int remove_device(const struct removal *r, const struct stack_device *d)
{
	char said[STACK_WHY];
	int err;

	if (stack_is_preset(r->s, d->name)) {
		msg_error(
			"cannot remove %s: the module made it when it was loaded, and it goes with that: "
			"modprobe -r stack_blk; `bioscope stack set %s power=0' takes its disk away",
			d->shown, d->shown);
		return -EBUSY;
	}
	/* Removal would wait, and with it who makes or removes any other. */
	if (r->o->force && d->state == STACK_COMING) {
		msg_error(
			"cannot remove %s: the kernel still makes its disk, and waits for a lower device",
			d->shown);
		return -EBUSY;
	}
	err = r->o->force ? 0 : power_off(r, d);
	if (err)
		return err;
	stack_said(r->s, d->name, said);
	err = stack_remove(r->s, d->name);
	if (err)
		msg_error("cannot remove %s: %s%s", d->shown, strerror(-err),
			  err == -EACCES || err == -EPERM ? "; only root may" : "");
	/* That its disk goes when its I/O is done. */
	stack_said(r->s, d->name, said);
	if (said[0])
		msg_note("%s: %s", d->shown, said);
	return err;
}

/* The next one: the first that nobody uses; with --force else the first. */
static size_t next(const struct removal *r)
{
	size_t i, first = r->all.n;
	char by[USERS_TEXT];

	for (i = 0; i < r->all.n; i++) {
		if (!r->left[i])
			continue;
		if (!is_used(r, &r->all.device[i], by))
			return i;
		if (r->o->force && first == r->all.n)
			first = i;
	}
	return first;
}

static int refuse_used(const struct removal *r)
{
	int status = MSG_EXIT_OK;
	char by[USERS_TEXT];
	size_t i;

	for (i = 0; i < r->all.n; i++) {
		const struct stack_device *d = &r->all.device[i];

		if (!r->left[i])
			continue;
		is_used(r, d, by);
		msg_error(
			"cannot remove %s: /dev/%s is in use: %s; end that first, or take it away from "
			"under it by --force",
			d->shown, d->disk, by);
		status = MSG_EXIT_FAILED;
	}
	return status;
}

static int remove_all(const struct removal *r)
{
	int err, status = MSG_EXIT_OK;
	size_t i;

	while ((i = next(r)) < r->all.n) {
		err = remove_device(r, &r->all.device[i]);
		if (err == -EINTR || err == -ETIMEDOUT)
			return MSG_EXIT_FAILED;
		status = status ?: stack_exit(err);
		r->left[i] = false;
	}
	return refuse_used(r) ?: status;
}

static int run(const struct options *o)
{
	struct stack s = { .root = "", .log_fd = -1 };
	struct removal r = { .s = &s, .o = o };
	int err, status;

	if (o->all == (o->nr_words != 0)) {
		msg_error("stack remove: name devices, or give --all, which removes all");
		return MSG_EXIT_USAGE;
	}
	stack_begin(&s);
	err = stack_devices_read(&s, &r.all);
	r.left = err ? NULL : calloc(r.all.n + 1, sizeof(*r.left));
	if (!r.left) {
		msg_error("cannot read the devices: %s", strerror(err ? -err : ENOMEM));
		status = MSG_EXIT_FAILED;
	} else {
		status = choose(&r) ?: remove_all(&r);
	}
	free(r.left);
	stack_devices_free(&r.all);
	stack_end(&s);
	return status;
}

const struct options_command cmd_stack_remove = {
	.name = "stack remove",
	.summary = "take devices and their disks away",
	.doc = "Remove stack_blk devices, NAME or the path of a disk, those that are on others first. One that is "
	       "mounted, or held by another device, is refused."
	       "\v"
	       "Its faults end first, and then its I/O is waited for. An interrupt ends the waiting: the disk goes "
	       "when its I/O is done. With --force, it is taken away from under who uses it, and its I/O is "
	       "waited for for ten seconds at the most.",
	.takes = OPTIONS_FORCE | OPTIONS_ALL,
	.words = "[NAME...]",
	.run = run,
};
