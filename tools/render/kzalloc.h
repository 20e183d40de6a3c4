/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The report of zeroed allocations: text for people, JSON for programs.
 */
#ifndef BIOSCOPE_RENDER_KZALLOC_H
#define BIOSCOPE_RENDER_KZALLOC_H

#include "model/kzalloc.h"

struct json_object;

/* Version of the JSON, raised when a field changes its meaning. */
#define RENDER_KZALLOC_SCHEMA "bioscope.kzalloc/1"

/**
 * render_kzalloc_text() - modules, their call sites, leaks
 * @r: the report
 */
void render_kzalloc_text(const struct kzalloc_report *r);

/**
 * render_kzalloc_lost() - say on stderr what could not be counted, and what follows from it
 * @r: the report
 */
void render_kzalloc_lost(const struct kzalloc_report *r);

/**
 * render_kzalloc_json() - the whole report
 * @r: the report
 *
 * Return: the object; render_json_print() it.
 */
struct json_object *render_kzalloc_json(const struct kzalloc_report *r);

#endif
