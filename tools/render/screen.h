/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal, while `top' has it to itself.
 */
#ifndef BIOSCOPE_RENDER_SCREEN_H
#define BIOSCOPE_RENDER_SCREEN_H

#include "render/top.h"

struct screen;

/* What is on it besides the pools. */
struct screen_text {
	const char *lines; /* of a view but TOP_POOLS */
	uint64_t running_ns; /* since the tracer started */
};

/**
 * screen_open() - take the terminal
 * @out: set; screen_close() it
 *
 * What is said on stderr meanwhile is shown, a line of it at a time, and printed at the end. Colours are used
 * unless NO_COLOR is in the environment.
 *
 * Return: 0 or -errno, with a message on stderr.
 */
int screen_open(struct screen **out);

/**
 * screen_key() - what was pressed
 * @s: the screen
 *
 * Return: as getch() does, which of a new size is KEY_RESIZE; below 0: nothing, which may be because
 * screen_is_there() no longer.
 */
int screen_key(struct screen *s);

/**
 * screen_is_there() - whether there still is a terminal
 * @s: the screen
 *
 * Return: false if it was hung up.
 */
bool screen_is_there(struct screen *s);

/**
 * screen_page() - how many pools or lines are shown at once
 * @s: the screen
 *
 * Return: 1 or more.
 */
size_t screen_page(const struct screen *s);

/**
 * screen_draw() - show it
 * @s: the screen
 * @t: what is shown; @t->scroll is brought to where there is something
 * @r: the report that it was arranged from
 * @text: what else there is
 */
void screen_draw(struct screen *s, struct top *t, const struct model_report *r,
		 const struct screen_text *text);

/**
 * screen_close() - give the terminal back, as it was
 * @s: the screen, or NULL
 */
void screen_close(struct screen *s);

#endif
