/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module says about itself: its knobs, what each can be and is by default, and its
 * scenarios.
 */
#ifndef BIOSCOPE_STACK_KNOBS_H
#define BIOSCOPE_STACK_KNOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "stack/stack.h"

#define STACK_KNOBS 96
#define STACK_KNOBS_SHOWN 10 /* candidates that are named */
#define STACK_SCENARIOS 48

struct stack_knob {
	char name[48]; /* with its group: "delay_inject/delay_ms" */
	char values[128]; /* "linear mirror stripe", or "0..100" */
	char standard[32]; /* the default; "": not known */
};

struct stack_knobs {
	size_t n;
	struct stack_knob knob[STACK_KNOBS];
};

struct stack_scenario {
	char name[24];
	char outcome[16]; /* progress, failure, stall */
	char contract[96];
};

struct stack_scenarios {
	size_t n;
	struct stack_scenario scenario[STACK_SCENARIOS];
};

/**
 * stack_knobs_parse() - what the files features and defaults say
 * @features: lines of a name, and of names of values or a range of numbers
 * @defaults: lines of a name and a value; "": not known
 * @k: filled in, in the order of @features
 */
void stack_knobs_parse(const char *features, const char *defaults, struct stack_knobs *k);

/**
 * stack_knobs_read() - ask the module
 * @s: the root
 * @k: filled in
 *
 * Return: 0 or -errno.
 */
int stack_knobs_read(const struct stack *s, struct stack_knobs *k);

/**
 * stack_knobs_find() - a knob by name
 * @k: all
 * @name: of one
 *
 * Return: the knob, or NULL.
 */
const struct stack_knob *stack_knobs_find(const struct stack_knobs *k, const char *name);

/**
 * stack_knob_is_number() - whether the values of a knob are numbers
 * @knob: the knob
 *
 * Return: false if they are names, though these may have digits only.
 */
bool stack_knob_is_number(const struct stack_knob *knob);

/**
 * stack_knob_is_changed() - whether a value is another one than in a new device
 * @knob: the knob
 * @value: its value, NULL: the device has no such knob
 *
 * Return: true if so, or if the default is not known.
 */
bool stack_knob_is_changed(const struct stack_knob *knob, const char *value);

/**
 * stack_knobs_suggest() - what could have been meant by a knob that is not there
 * @to: where to
 * @k: all
 * @name: what was asked for
 */
void stack_knobs_suggest(FILE *to, const struct stack_knobs *k, const char *name);

/**
 * stack_scenarios_parse() - what the file scenarios says
 * @text: lines of a name, an outcome, and what the contract says
 * @sc: filled in
 */
void stack_scenarios_parse(const char *text, struct stack_scenarios *sc);

/**
 * stack_scenarios_read() - ask the module
 * @s: the root
 * @sc: filled in
 *
 * Return: 0 or -errno.
 */
int stack_scenarios_read(const struct stack *s, struct stack_scenarios *sc);

#endif
