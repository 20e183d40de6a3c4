/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of `bioscope stack create' and `set'. Pure functions.
 */
#ifndef BIOSCOPE_STACK_ARGS_H
#define BIOSCOPE_STACK_ARGS_H

#include <stddef.h>

#include "stack/stack.h"

/* When a new device gets a value: a scenario sets all knobs, and faults would hit its own making. */
enum stack_phase {
	STACK_SCENARIO,
	STACK_LOWER,
	STACK_KNOB,
	STACK_FAULT, /* in a group */
};

struct stack_setting {
	char knob[48];
	const char *value;
	enum stack_phase phase;
};

struct stack_args {
	const char *name; /* NULL: none is given */
	char lower[STACK_VALUE]; /* paths with blanks between; "": none */
	size_t n;
	struct stack_setting *settings; /* in their order; the lower devices are among them */
};

/**
 * stack_args_create() - [NAME] [LOWER...] [KNOB=VALUE...], in any order
 * @words: the words; must outlive @a
 * @n: how many
 * @a: filled in; stack_args_free() it, also after an error
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int stack_args_create(char **words, size_t n, struct stack_args *a);

/**
 * stack_args_set() - NAME KNOB=VALUE...
 * @words: the words; must outlive @a
 * @n: how many
 * @a: filled in; stack_args_free() it, also after an error
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int stack_args_set(char **words, size_t n, struct stack_args *a);

/**
 * stack_args_free() - free what they are made of
 * @a: the arguments
 */
void stack_args_free(struct stack_args *a);

#endif
