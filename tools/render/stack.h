/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_blk devices as text for people and JSON for programs.
 */
#ifndef BIOSCOPE_RENDER_STACK_H
#define BIOSCOPE_RENDER_STACK_H

#include "stack/device.h"
#include "stack/knobs.h"

struct json_object;

#define RENDER_STACK_SCHEMA "bioscope.stack/1"

/**
 * render_stack_text() - a line for each device
 * @all: the devices
 * @k: all knobs, with their defaults
 */
void render_stack_text(const struct stack_devices *all, const struct stack_knobs *k);

/**
 * render_stack_json() - all that is known of devices
 * @all: the devices
 * @k: all knobs, with their defaults
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_stack_json(const struct stack_devices *all, const struct stack_knobs *k);

/**
 * render_stack_knobs_text() - a line for each knob
 * @k: all knobs
 */
void render_stack_knobs_text(const struct stack_knobs *k);

/**
 * render_stack_knobs_json() - what each knob can be
 * @k: all knobs
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_stack_knobs_json(const struct stack_knobs *k);

/**
 * render_stack_scenarios_text() - a line for each scenario
 * @sc: all scenarios
 */
void render_stack_scenarios_text(const struct stack_scenarios *sc);

/**
 * render_stack_scenarios_json() - what each scenario is
 * @sc: all scenarios
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_stack_scenarios_json(const struct stack_scenarios *sc);

#endif
