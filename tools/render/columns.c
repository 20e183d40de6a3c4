// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of a pool in columns.
 */
#include "render/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define UNKNOWN (-1.0)

/* A name is shown in as many characters before a column that could do without makes room for it. */
#define NAME_SHOWN 18

const struct column_head column_heads[COLUMNS] = {
	[COLUMN_ALLOC] = { "alloc/s", 9 }, [COLUMN_CACHE] = { "cache/s", 9 },
	[COLUMN_SLAB] = { "slab/s", 9 },   [COLUMN_RESERVE] = { "resrv/s", 8 },
	[COLUMN_WAIT] = { "wait/s", 8 },   [COLUMN_FAILED] = { "fail/s", 7 },
	[COLUMN_P50] = { "p50", 8 },	   [COLUMN_P99] = { "p99", 8 },
	[COLUMN_PUNT] = { "punt/s", 7 },   [COLUMN_RESCUE] = { "resc/s", 7 },
	[COLUMN_LEVEL] = { "level", 6 },   [COLUMN_WAITING] = { "waiting", 10 },
};

static const unsigned int ways[COLUMNS] = {
	[COLUMN_CACHE] = RECORD_WAY_CACHE,     [COLUMN_SLAB] = RECORD_WAY_SLAB,
	[COLUMN_RESERVE] = RECORD_WAY_RESERVE, [COLUMN_WAIT] = RECORD_WAY_WAIT,
	[COLUMN_FAILED] = RECORD_WAY_FAILED,
};

/* Per second. */
static double rate(const struct model_report *r, bool seen, uint64_t n)
{
	return seen ? (double)n * 1e9 / (double)r->duration_ns : UNKNOWN;
}

double columns_number(const struct model_report *r, const struct model_pool *p, enum column c)
{
	switch (c) {
	case COLUMN_ALLOC:
		return rate(r, true, p->allocs);
	case COLUMN_P50:
		return p->wait.count ? (double)p->wait.p50 : UNKNOWN;
	case COLUMN_P99:
		return p->wait.count ? (double)p->wait.p99 : UNKNOWN;
	case COLUMN_PUNT:
		return rate(r, model_sees(r, TRACE_SEES_PUNTS), p->punts);
	case COLUMN_RESCUE:
		return rate(r, model_sees(r, TRACE_SEES_RESCUES), p->rescuer_runs);
	case COLUMN_LEVEL:
		return p->flags & RECORD_POOL_GONE ? UNKNOWN : (double)p->level;
	case COLUMN_WAITING:
		return model_sees(r, TRACE_SEES_WAITS) ? (double)p->waiting : UNKNOWN;
	default:
		return rate(r, model_has_way(r, ways[c]), p->way[ways[c]]);
	}
}

const char *columns_text(const struct model_report *r, const struct model_pool *p, enum column c,
			 char *out)
{
	double number = columns_number(r, p, c);

	if (number < 0)
		snprintf(out, TEXT_SIZE, "%s", c == COLUMN_LEVEL ? "gone" : "-");
	else if (c == COLUMN_P50 || c == COLUMN_P99)
		text_time((uint64_t)number, out);
	else
		snprintf(out, TEXT_SIZE, "%.0f%s", number,
			 c == COLUMN_WAITING && p->stalled ? " STALLED" : "");
	return out;
}

bool columns_is_idle(const struct model_pool *p)
{
	return !p->allocs && !p->waiting && !p->punts && !p->rescuer_runs && !p->wait.count &&
	       !p->lifetime.count;
}

int columns_fit(int width, int names, bool *shown)
{
	static const enum column order[] = {
		COLUMN_WAITING, COLUMN_LEVEL, COLUMN_ALLOC,  COLUMN_RESERVE,
		COLUMN_WAIT,	COLUMN_P99,   COLUMN_FAILED, COLUMN_PUNT,
		COLUMN_RESCUE,	COLUMN_P50,   COLUMN_SLAB,   COLUMN_CACHE,
	};
	int left = width, least = names < NAME_SHOWN ? names : NAME_SHOWN, room;
	size_t i;

	memset(shown, 0, COLUMNS * sizeof(*shown));
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		room = left - 1 - column_heads[order[i]].width;
		/* Of a very small screen names have what the first column leaves. */
		if (room < least && (i || room < 1))
			break;
		shown[order[i]] = true;
		left = room;
	}
	return left;
}
