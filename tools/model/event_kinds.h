/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kinds of events there are.
 */
#ifndef BIOSCOPE_MODEL_EVENT_KINDS_H
#define BIOSCOPE_MODEL_EVENT_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "record.h"

#define EVENT_KINDS_TEXT (32 + RECORD_EVENT_KINDS * 16) /* for the names of all in a sentence */
#define EVENT_KINDS_ALL ((1u << RECORD_EVENT_KINDS) - 1)

/**
 * event_kind_name() - the name of a kind of event
 * @kind: enum record_event_kind
 *
 * Return: static string, usable as JSON value and on the command line.
 */
const char *event_kind_name(uint32_t kind);

/**
 * event_kind_is_time() - whether the value of an event is a time
 * @kind: enum record_event_kind
 *
 * Return: true if it is in ns.
 */
bool event_kind_is_time(uint32_t kind);

/**
 * event_kinds_parse() - which kinds a list names
 * @list: names, with commas between them
 * @out: bits by enum record_event_kind, untouched on error
 *
 * Return: 0 or -EINVAL.
 */
int event_kinds_parse(const char *list, uint32_t *out);

#endif
