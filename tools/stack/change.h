/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What creating and changing a stack_blk device have in common: they say what went wrong.
 */
#ifndef BIOSCOPE_STACK_CHANGE_H
#define BIOSCOPE_STACK_CHANGE_H

#include "stack/stack.h"

/* What is done to which device, for messages. */
struct stack_change {
	struct stack *s; /* from stack_begin() */
	const char *what; /* "create", as in "cannot create t: ..." */
	char name[STACK_NAME];
	char shown[STACK_SHOWN]; /* the name, for people */
	bool goes_on; /* the last change was interrupted, but the kernel goes on with it */
};

/**
 * stack_change_check() - whether a device has an attribute that can be written
 * @c: the device
 * @knob: name of the attribute
 *
 * Return: enum msg_exit, with a message on stderr, which names what there is, unless MSG_EXIT_OK.
 */
int stack_change_check(const struct stack_change *c, const char *knob);

/**
 * stack_change_set() - set an attribute
 * @c: the device
 * @knob: the attribute
 * @value: its value
 *
 * Return: 0 or -errno, with a message on stderr.
 */
int stack_change_set(struct stack_change *c, const char *knob, const char *value);

/**
 * stack_change_wait() - wait until there is the disk of a device that was powered on
 * @c: the device
 * @quiet: also until udev has looked at it, but not for longer than ten seconds
 * @node: path of the disk, at least STACK_NAME bytes
 *
 * Return: 0 or -errno, with a message on stderr.
 */
int stack_change_wait(const struct stack_change *c, bool quiet, char *node);

#endif
