// SPDX-License-Identifier: GPL-2.0
/*
 * Changing a stack_blk device, and saying what went wrong.
 */
#include "stack/change.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "util/msg.h"
#include "stack/knobs.h"
#include "util/text.h"

#define LOOK_MS 20
#define NODE_MS 10000 /* for who makes it */

static int no_such_knob(const struct stack_change *c, const char *knob)
{
	struct stack_knobs k;

	if (stack_knobs_read(c->s, &k))
		k.n = 0;
	msg_error("cannot %s %s: there is no knob \"%s\"%s", c->what, c->shown, knob,
		  k.n ? "; there is:" : "");
	stack_knobs_suggest(stderr, &k, knob);
	return MSG_EXIT_USAGE;
}

int stack_change_check(const struct stack_change *c, const char *knob)
{
	char path[PATH_MAX];
	struct stat st;

	if (stack_path(c->s, path, sizeof(path), "/sys/kernel/config/stack_blk/%s/%s", c->name,
		       knob) ||
	    stat(path, &st) || !S_ISREG(st.st_mode))
		return no_such_knob(c, knob);
	if (st.st_mode & 0222)
		return MSG_EXIT_OK;
	msg_error("cannot %s %s: %s is no knob, it can only be read", c->what, c->shown, knob);
	return MSG_EXIT_USAGE;
}

/* A change that needs power 0, told by what the kernel has refused and what power is. */
static bool needs_power_off(const struct stack_change *c, const char *knob, int err)
{
	char power[STACK_VALUE];

	return err == -EBUSY && strcmp(knob, "power") != 0 &&
	       !stack_get(c->s, c->name, "power", power) && !strcmp(power, "1");
}

int stack_change_set(struct stack_change *c, const char *knob, const char *value)
{
	char slow[STACK_WHY], why[STACK_WHY];
	bool off = !strcmp(knob, "power") && !strcmp(value, "0");
	int err;

	snprintf(slow, sizeof(slow), "%s: %s takes its time; an interrupt ends the waiting",
		 c->shown, off ? "the I/O that power off waits for" : knob);
	stack_said(c->s, c->name, why);
	err = stack_set(c->s, c->name, knob, value, slow);
	c->goes_on = err == -ETIMEDOUT;
	if (!err)
		return 0;
	if (c->goes_on)
		msg_error(
			"cannot %s %s: interrupted, but the kernel waits on: does a lower device answer?",
			c->what, c->shown);
	else if (err == -EINTR)
		msg_error("cannot %s %s: interrupted%s", c->what, c->shown,
			  off ? "; its disk goes when its I/O is done" : "");
	else if (needs_power_off(c, knob, err))
		msg_error("cannot %s %s: %s; `bioscope stack set %s power=0 %s=%s power=1' does it",
			  c->what, c->shown, stack_why(c->s, c->name, knob, err, why), c->shown,
			  knob, value);
	else
		msg_error("cannot %s %s: %s", c->what, c->shown,
			  stack_why(c->s, c->name, knob, err, why));
	return err;
}

/* The node is the disk's, and not left from another one. */
static bool is_node(const struct stack_change *c, const char *disk)
{
	char path[PATH_MAX], number[STACK_VALUE], want[32];
	struct stat st;

	if (stack_path(c->s, path, sizeof(path), "/dev/%s", disk) || stat(path, &st) ||
	    !S_ISBLK(st.st_mode) ||
	    stack_path(c->s, path, sizeof(path), "/sys/block/%s/dev", disk) ||
	    stack_read(path, number))
		return false;
	snprintf(want, sizeof(want), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return !strcmp(number, want);
}

/* Returns -EINTR if a signal came; where there is no udev there is nothing to wait for. */
static int settle(const struct stack_change *c)
{
	char name[] = "udevadm", settle[] = "settle", limit[] = "--timeout=10", path[PATH_MAX];

	if (stack_path(c->s, path, sizeof(path), "/run/udev/control") || access(path, F_OK))
		return 0;
	return stack_run((char *[]){ name, settle, limit, NULL }) < 0 ? -EINTR : 0;
}

int stack_change_wait(const struct stack_change *c, bool quiet, char *node)
{
	char disk[STACK_VALUE];
	int waited, err = stack_get(c->s, c->name, "device", disk);

	if (!err && !disk[0])
		err = -ENODEV;
	if (err) {
		msg_error("cannot %s %s: its disk is gone again: %s", c->what, c->shown,
			  strerror(-err));
		return err;
	}
	snprintf(node, STACK_NAME, "/dev/%.*s", STACK_NAME - 8, disk);
	for (waited = 0; !err && !is_node(c, disk) && waited < NODE_MS; waited += LOOK_MS)
		err = stack_sleep(LOOK_MS) ? -EINTR : 0;
	if (!err && quiet)
		err = settle(c);
	if (err) {
		msg_error("cannot %s %s: interrupted", c->what, c->shown);
		return err;
	}
	if (is_node(c, disk))
		return 0;
	msg_error(
		"cannot %s %s: the disk is there, but %s did not appear within %d s: is /dev a devtmpfs?",
		c->what, c->shown, node, NODE_MS / 1000);
	return -ETIMEDOUT;
}
