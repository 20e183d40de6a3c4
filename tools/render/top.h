/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `top' shows, and how keys change it. Draws nothing, see screen.h.
 */
#ifndef BIOSCOPE_RENDER_TOP_H
#define BIOSCOPE_RENDER_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/columns.h"

enum top_view {
	TOP_POOLS,
	TOP_ONE, /* pool in depth */
	TOP_HELP,
};

struct top {
	enum top_view view;
	unsigned int sort; /* enum column, COLUMNS: by name */
	bool ascending;
	bool idle; /* also pools to which nothing happens */
	bool paused;
	bool typing; /* what is typed is added to the filter */
	bool done;
	char filter[32]; /* what names are to have in them */
	uint64_t
		chosen; /* address of its mempool, 0: the first one; another one may have it later, */
	uint64_t chosen_ns; /* and this tells them apart: when it was first met */
	size_t scroll; /* first line that is shown, of a view but TOP_POOLS */
	/* What is shown, in that order; top_arrange() finds it. */
	const struct model_pool **rows;
	size_t nr_rows;
	size_t at; /* the chosen one */
};

/* A key and what it does, as help has it. */
struct top_key {
	const char *key, *does;
};

extern const struct top_key top_keys[]; /* NULL-terminated */

/**
 * top_init() - begin with the pools for which most tasks wait
 * @t: filled in
 */
void top_init(struct top *t);

/**
 * top_arrange() - which pools of a report are shown, in which order
 * @t: what is shown
 * @r: the report; must outlive the use of @t->rows
 *
 * The chosen pool stays chosen as long as it is among them.
 *
 * Return: 0 or -ENOMEM, when nothing is shown.
 */
int top_arrange(struct top *t, const struct model_report *r);

/**
 * top_is_chosen() - whether a pool is the chosen one
 * @t: what is shown
 * @p: the pool, of any report
 *
 * Return: true if so.
 */
bool top_is_chosen(const struct top *t, const struct model_pool *p);

/**
 * top_press() - do what a key does
 * @t: what is shown; top_arrange() it afterwards
 * @key: as of getch()
 * @lines: how many fit on a page, 1 or more
 */
void top_press(struct top *t, int key, size_t lines);

/**
 * top_free() - free what top_arrange() has allocated
 * @t: what was shown
 */
void top_free(struct top *t);

#endif
