/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of `bioscope trace': text for people, JSON for programs. None of this flushes stdout.
 */
#ifndef BIOSCOPE_RENDER_EVENT_H
#define BIOSCOPE_RENDER_EVENT_H

#include <stdbool.h>

#include "run/events.h"

struct json_object;

/**
 * render_event_head() - print the column heads of render_event_text()
 */
void render_event_head(void);

/**
 * render_event_text() - print a line for an event, and its stack if it has one
 * @e: the event, or that some were lost
 * @relative: with the seconds since the start, not the time of day
 */
void render_event_text(const struct event *e, bool relative);

/**
 * render_event_json() - an event for programs
 * @e: the event
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_event_json(const struct event *e);

/**
 * render_event_lost_json() - that some were lost, for programs
 * @e: which says how many
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_event_lost_json(const struct event *e);

#endif
