/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The findings of the rule checker: as text, JSON, and JUnit's XML, which every CI reads.
 */
#ifndef BIOSCOPE_RENDER_RULES_H
#define BIOSCOPE_RENDER_RULES_H

#include <stdio.h>

#include "model/rules.h"

struct json_object;

/* Version of the JSON, raised when a field changes its meaning. */
#define RENDER_RULES_SCHEMA "bioscope.check/1"

/**
 * render_rules_text() - the findings on stdout, then how many there are
 * @r: the report
 */
void render_rules_text(const struct rules_report *r);

/**
 * render_rules_json() - the same for programs
 * @r: the report
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_rules_json(const struct rules_report *r);

/**
 * render_rules_junit() - the same for CI: a test case for each rule, and a failure for each finding
 * @r: the report
 * @out: where to; who opened it looks for errors
 *
 * A suppressed finding is a skipped test case; that something was not seen is an error.
 */
void render_rules_junit(const struct rules_report *r, FILE *out);

/**
 * render_rules_lost() - on stderr, what could not be told, if anything, and suppressions that were of no use
 * @r: the report
 * @suppress: the lines
 */
void render_rules_lost(const struct rules_report *r, const struct suppress *suppress);

#endif
