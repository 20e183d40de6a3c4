/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is told of a pool in columns, a line each: by `stat' as it goes, by `top' on a screen.
 */
#ifndef BIOSCOPE_RENDER_COLUMNS_H
#define BIOSCOPE_RENDER_COLUMNS_H

#include "model/model.h"
#include "util/text.h"

/* In the order of the page. */
enum column {
	COLUMN_ALLOC,
	COLUMN_CACHE,
	COLUMN_SLAB,
	COLUMN_RESERVE,
	COLUMN_WAIT,
	COLUMN_FAILED,
	COLUMN_P50,
	COLUMN_P99,
	COLUMN_PUNT,
	COLUMN_RESCUE,
	COLUMN_LEVEL,
	COLUMN_WAITING,
	COLUMNS,
};

struct column_head {
	const char *name; /* with its unit */
	int width; /* of what is below, in characters; the last one's may be more */
};

extern const struct column_head column_heads[COLUMNS];

/**
 * columns_number() - what a column says of a pool, as a number
 * @r: the report; rates are of its duration, which must not be 0
 * @p: the pool, of @r
 * @c: the column
 *
 * Return: events per second, ns, elements or tasks; below 0: that was not measured, or there was none.
 */
double columns_number(const struct model_report *r, const struct model_pool *p, enum column c);

/**
 * columns_text() - the same, for people
 * @r: the report
 * @p: the pool, of @r
 * @c: the column
 * @out: at least TEXT_SIZE bytes
 *
 * Return: @out, "-" for what was not measured.
 */
const char *columns_text(const struct model_report *r, const struct model_pool *p, enum column c,
			 char *out);

/**
 * columns_is_idle() - whether all that there is to say of a pool is that it is there
 * @p: the pool
 *
 * Return: true if nothing happened to it within the time of the report.
 */
bool columns_is_idle(const struct model_pool *p);

/**
 * columns_fit() - which columns have room beside the names
 * @width: of the screen, in characters
 * @names: of the longest name
 * @shown: filled in, by enum column
 *
 * What is said first of a pool in trouble goes last.
 *
 * Return: what is left for names; it may be less than @names.
 */
int columns_fit(int width, int names, bool *shown);

#endif
