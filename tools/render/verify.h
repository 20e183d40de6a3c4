/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What verify has found, for people, programs and CI.
 */
#ifndef BIOSCOPE_RENDER_VERIFY_H
#define BIOSCOPE_RENDER_VERIFY_H

#include <stdio.h>

#include "model/verify.h"
#include "render/render.h"

#define RENDER_VERIFY_SCHEMA "bioscope.verify/1"

/* Of the table of trials. */
enum render_verify_column {
	RENDER_VERIFY_POOL,
	RENDER_VERIFY_RESERVE,
	RENDER_VERIFY_VERDICT,
	RENDER_VERIFY_REFUSED, /* this and what follows are not known of NOT TESTED, which says why instead */
	RENDER_VERIFY_RATE,
	RENDER_VERIFY_P99,
	RENDER_VERIFY_LONGEST,
	RENDER_VERIFY_COLUMNS
};

#define RENDER_VERIFY_NAME (4 * MODEL_NAME + 4) /* of a pool, as text_escape() makes it */
#define RENDER_VERIFY_CELL (2 * RENDER_VERIFY_NAME + 4)

/**
 * render_verify_head() - what is above a column
 * @column: which
 *
 * Return: static string.
 */
const char *render_verify_head(enum render_verify_column column);

/**
 * render_verify_cell() - what is in it
 * @t: the trial
 * @column: which
 * @out: at least RENDER_VERIFY_CELL bytes
 *
 * Return: @out, or a static string; whatever the name of a pool has, it can be shown.
 */
const char *render_verify_cell(const struct verify_trial *t, enum render_verify_column column,
			       char *out);

/**
 * render_verify_workload() - what drives the device, and how it does without pressure, as a part of a line
 * @r: the result
 * @out: where to
 */
void render_verify_workload(const struct verify_result *r, FILE *out);

/**
 * render_verify_text() - a line for each trial, and then what there is to say of those that do not pass
 * @r: the result
 */
void render_verify_text(const struct verify_result *r);

/**
 * render_verify_trial() - all there is to say of a trial that does not pass
 * @r: the result
 * @t: the trial
 * @out: where to
 */
void render_verify_trial(const struct verify_result *r, const struct verify_trial *t, FILE *out);

/**
 * render_verify_what() - of that, what was seen: a line
 * @r: the result
 * @t: the trial
 * @out: where to
 */
void render_verify_what(const struct verify_result *r, const struct verify_trial *t, FILE *out);

/**
 * render_verify_recovery() - of that, what became of it when the pressure was lifted: a line
 * @r: the result
 * @t: the trial
 * @out: where to
 */
void render_verify_recovery(const struct verify_result *r, const struct verify_trial *t, FILE *out);

/**
 * render_verify_circle() - who waits for whom
 * @c: from circle_find()
 * @out: where to; nothing is written if nobody waits
 */
void render_verify_circle(const struct circle *c, FILE *out);

/**
 * render_verify_others() - who of the driver that has the pools sleeps meanwhile, and not for a pool
 * @t: the trial
 * @out: where to; nothing is written if none does, or if the pools alone explain why nobody gets on
 *
 * Who holds a lock is not known. That a task waits for one, and that another has it who waits for the pool, shows in
 * their stacks; of these the kernel leaves out the functions of locks themselves (bpf_get_task_stack()).
 */
void render_verify_others(const struct verify_trial *t, FILE *out);

/**
 * render_verify_chain() - the same of a trial, without stacks
 * @r: the result
 * @t: the trial
 * @out: where to
 */
void render_verify_chain(const struct verify_result *r, const struct verify_trial *t, FILE *out);

/**
 * render_verify_blocked() - on stderr, that a device is stuck without any pressure, and where
 * @t: the trial that was to show how it is without
 * @device: its name
 */
void render_verify_blocked(const struct verify_trial *t, const char *device);

/**
 * render_verify_json() - the result for programs
 * @r: the result
 *
 * Return: object to put with json_object_put().
 */
struct json_object *render_verify_json(const struct verify_result *r);

/**
 * render_verify_junit() - the result for CI: a test case for each trial
 * @r: the result
 * @out: where to; who opened it looks for errors
 *
 * NOT TESTED is a skipped test case.
 */
void render_verify_junit(const struct verify_result *r, FILE *out);

/**
 * render_verify_html() - the result as a page for a browser, which is well-formed XML as well
 * @r: the result
 * @out: where to; who opened it looks for errors
 *
 * It takes nothing from anywhere else.
 */
void render_verify_html(const struct verify_result *r, FILE *out);

/**
 * render_verify_svg() - who waits for whom, as a picture within such a page
 * @r: the result
 * @t: the trial, in which somebody waits
 * @id: by which it is told from the other pictures of the page
 * @out: where to
 */
void render_verify_svg(const struct verify_result *r, const struct verify_trial *t, size_t id,
		       FILE *out);

/**
 * render_verify_xml() - what is text otherwise, within XML and HTML
 * @put: writes it
 * @r: the result
 * @t: the trial
 * @out: where to; without memory, nothing is written
 */
void render_verify_xml(void (*put)(const struct verify_result *r, const struct verify_trial *t,
				   FILE *out),
		       const struct verify_result *r, const struct verify_trial *t, FILE *out);

/**
 * render_verify_report() - what is wrong with how the pools are used, as a mail to who maintains the driver
 * @r: the result
 * @out: where to; who opened it looks for errors
 *
 * If there is nothing of that kind, see verify_breaks(), the text says so, and so does a note on stderr.
 */
void render_verify_report(const struct verify_result *r, FILE *out);

/**
 * render_verify_reproduce() - how to see it again
 * @r: the result
 * @t: the trial
 * @out: where to: commands for a shell, one a line
 */
void render_verify_reproduce(const struct verify_result *r, const struct verify_trial *t,
			     FILE *out);

#endif
