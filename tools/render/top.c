// SPDX-License-Identifier: GPL-2.0
/*
 * What `top' shows, and how keys change it.
 */
#include "render/top.h"

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ESCAPE 27
#define BACKSPACE 127
#define CTRL(c) ((c) & 0x1f)

const struct top_key top_keys[] = {
	{ "Up Down k j", "choose a pool, or scroll" },
	{ "PgUp PgDn", "by a page" },
	{ "Home End", "the first, the last" },
	{ "Enter", "this pool in depth: times, waiters, holders" },
	{ "Esc", "back; without a filter" },
	{ "< >", "sort by the column before, after" },
	{ "r", "the other way around" },
	{ "/", "filter by a part of the name; Enter ends it" },
	{ "i", "pools that are idle, too, or not" },
	{ "Space", "pause, go on" },
	{ "h ?", "these keys" },
	{ "q", "quit" },
	{ NULL, NULL },
};

void top_init(struct top *t)
{
	*t = (struct top){ .sort = COLUMN_WAITING };
}

void top_free(struct top *t)
{
	free(t->rows);
	t->rows = NULL;
	t->nr_rows = 0;
}

/* qsort() of one row against another takes what it needs of these. */
struct order {
	const struct top *t;
	const struct model_report *r;
};

static int by_number(const struct order *o, const struct model_pool *a, const struct model_pool *b,
		     enum column c)
{
	double x = columns_number(o->r, a, c), y = columns_number(o->r, b, c);

	return (x < y) - (x > y);
}

/* Most first. Of equals, those that come closest to running dry, and then those that do most. */
static int compare(const void *x, const void *y, void *arg)
{
	static const enum column then[] = { COLUMN_WAITING, COLUMN_WAIT, COLUMN_RESERVE,
					    COLUMN_ALLOC };
	const struct model_pool *a = *(const struct model_pool *const *)x,
				*b = *(const struct model_pool *const *)y;
	const struct order *o = arg;
	size_t i;
	int way = 0;

	if (o->t->sort < COLUMNS)
		way = by_number(o, a, b, o->t->sort);
	else
		way = strcmp(a->name, b->name);
	if (way)
		return o->t->ascending ? -way : way;
	for (i = 0; !way && i < sizeof(then) / sizeof(then[0]); i++)
		way = by_number(o, a, b, then[i]);
	return way ?: strcmp(a->name, b->name);
}

static bool is_shown(const struct top *t, const struct model_pool *p)
{
	return (t->idle || !columns_is_idle(p)) && strcasestr(p->name, t->filter);
}

bool top_is_chosen(const struct top *t, const struct model_pool *p)
{
	return p->mempool == t->chosen && p->since_ns == t->chosen_ns;
}

static void choose(struct top *t, size_t row)
{
	t->at = row;
	t->chosen = t->rows[row]->mempool;
	t->chosen_ns = t->rows[row]->since_ns;
}

int top_arrange(struct top *t, const struct model_report *r)
{
	struct order order = { .t = t, .r = r };
	size_t i;

	top_free(t);
	t->rows = calloc(r->nr_pools + 1, sizeof(void *));
	if (!t->rows)
		return -ENOMEM;
	for (i = 0; i < r->nr_pools; i++)
		if (is_shown(t, &r->pools[i]))
			t->rows[t->nr_rows++] = &r->pools[i];
	qsort_r(t->rows, t->nr_rows, sizeof(void *), compare, &order);
	for (i = 0; i < t->nr_rows && !top_is_chosen(t, t->rows[i]); i++)
		;
	if (t->chosen && i < t->nr_rows)
		t->at = i;
	else if (t->at >= t->nr_rows)
		t->at = t->nr_rows ? t->nr_rows - 1 : 0;
	return 0;
}

/* Where a key that moves leads to from @from, of @n; @n if it is no such key. */
static size_t moved(int key, size_t from, size_t n, size_t lines)
{
	switch (key) {
	case KEY_UP:
	case 'k':
		return from ? from - 1 : 0;
	case KEY_DOWN:
	case 'j':
		return from + 1 < n ? from + 1 : n - 1;
	case KEY_PPAGE:
	case CTRL('b'):
		return from > lines ? from - lines : 0;
	case KEY_NPAGE:
	case CTRL('f'):
		return lines < n - from ? from + lines : n - 1;
	case KEY_HOME:
	case 'g':
		return 0;
	case KEY_END:
	case 'G':
		return n - 1;
	default:
		return n;
	}
}

static void type(struct top *t, int key)
{
	size_t len = strlen(t->filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		t->typing = false;
	} else if (key == ESCAPE) {
		t->typing = false;
		t->filter[0] = '\0';
	} else if (key == KEY_BACKSPACE || key == BACKSPACE || key == CTRL('h')) {
		t->filter[len ? len - 1 : 0] = '\0';
	} else if (key >= ' ' && key < BACKSPACE && len + 1 < sizeof(t->filter)) {
		t->filter[len] = (char)key;
		t->filter[len + 1] = '\0';
	}
}

static void open_view(struct top *t, enum top_view view)
{
	t->view = view;
	t->scroll = 0;
}

static void press_in_pools(struct top *t, int key, size_t lines)
{
	size_t to = t->nr_rows ? moved(key, t->at, t->nr_rows, lines) : 0;

	if (to < t->nr_rows) {
		choose(t, to);
		return;
	}
	switch (key) {
	case '\n':
	case '\r':
	case KEY_ENTER:
		if (!t->nr_rows)
			return;
		choose(t, t->at);
		open_view(t, TOP_ONE);
		break;
	case ESCAPE:
		t->filter[0] = '\0';
		break;
	case '<':
	case KEY_LEFT:
		t->sort = t->sort ? t->sort - 1 : COLUMNS;
		break;
	case '>':
	case KEY_RIGHT:
		t->sort = t->sort < COLUMNS ? t->sort + 1 : 0;
		break;
	case 'r':
		t->ascending = !t->ascending;
		break;
	case 'i':
		t->idle = !t->idle;
		break;
	case '/':
		t->typing = true;
		break;
	default:
		break;
	}
}

/* In a view of lines, of which the screen knows how many there are. */
static void press_in_lines(struct top *t, int key, size_t lines)
{
	if (key == ESCAPE || key == KEY_LEFT || key == KEY_BACKSPACE || key == BACKSPACE)
		open_view(t, TOP_POOLS);
	else if (moved(key, t->scroll, SIZE_MAX, lines) != SIZE_MAX)
		t->scroll = moved(key, t->scroll, SIZE_MAX, lines);
}

void top_press(struct top *t, int key, size_t lines)
{
	if (t->typing)
		type(t, key);
	else if (key == 'q')
		t->done = true;
	else if (key == ' ')
		t->paused = !t->paused;
	else if (key == 'h' || key == '?' || key == KEY_F(1))
		open_view(t, t->view == TOP_HELP ? TOP_POOLS : TOP_HELP);
	else if (t->view == TOP_POOLS)
		press_in_pools(t, key, lines);
	else
		press_in_lines(t, key, lines);
}
