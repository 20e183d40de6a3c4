// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk devices as text for people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/stack.h"
#include "util/text.h"
#include "util/text_file.h"

/* The paths, with a comma between, and those that are out of use marked. */
static void print_lowers(FILE *f, const struct stack_device *d)
{
	const char *path = stack_texts_get(&d->attributes, "lower") ?: "";
	char shown[STACK_VALUE], one[STACK_VALUE];
	struct stack_lower l;
	size_t i, len;

	if (!path[strspn(path, " \t\n")])
		fputc('-', f);
	for (i = 0;; i++) {
		path += strspn(path, " \t\n");
		len = strcspn(path, " \t\n");
		if (!len)
			break;
		snprintf(one, sizeof(one), "%.*s", (int)len, path);
		fprintf(f, "%s%s", i ? "," : "", text_escape(one, shown, sizeof(shown)));
		if (stack_device_lower(d, i, &l) && strcmp(l.state, "ok") != 0)
			fprintf(f, " (%s)", text_escape(l.state, shown, sizeof(shown)));
		path += len;
	}
}

static void print_changed(FILE *f, const struct stack_device *d, const struct stack_knobs *k)
{
	char shown[STACK_VALUE];
	const char *blank = "";
	size_t i;

	for (i = 0; i < k->n; i++) {
		const struct stack_knob *knob = &k->knob[i];
		const char *value = stack_texts_get(&d->attributes, knob->name);

		/* It has a column. */
		if (!strcmp(knob->name, "layout") || !stack_knob_is_changed(knob, value))
			continue;
		fprintf(f, "%s%s=%s", blank, knob->name, text_escape(value, shown, sizeof(shown)));
		blank = " ";
	}
	if (!blank[0])
		fputc('-', f);
}

enum column {
	NAME,
	DISK,
	LAYOUT,
	SIZE,
	INFLIGHT,
	LOWER,
	KNOBS,
	COLUMNS
};

static const char *const heads[COLUMNS] = { "NAME",	"DISK",	 "LAYOUT", "SIZE",
					    "INFLIGHT", "LOWER", "KNOBS" };

static void print_cell(FILE *f, enum column column, const struct stack_device *d,
		       const struct stack_knobs *k)
{
	char size[TEXT_SIZE];

	switch (column) {
	case NAME:
		fputs(d->shown, f);
		break;
	case DISK:
		if (d->state == STACK_COMING)
			fputs("(coming)", f);
		else if (d->disk[0])
			fprintf(f, "/dev/%s%s", d->disk, d->state == STACK_GOING ? " (going)" : "");
		else
			fputc('-', f);
		break;
	case LAYOUT:
		fputs(stack_texts_get(&d->attributes, "layout") ?: "-", f);
		break;
	case SIZE:
		fputs(text_bytes(d->size_bytes, size), f);
		break;
	case INFLIGHT:
		fputs(stack_texts_get(&d->counters, "inflight") ?: "-", f);
		break;
	case LOWER:
		print_lowers(f, d);
		break;
	default:
		print_changed(f, d, k);
	}
}

/* The text of a cell, to be freed; NULL without memory. */
static char *cell(enum column column, const struct stack_device *d, const struct stack_knobs *k)
{
	struct text_file file;

	if (text_file_open(&file))
		print_cell(file.out, column, d, k);
	return text_file_close(&file);
}

static int width_of(enum column column, const struct stack_devices *all,
		    const struct stack_knobs *k)
{
	size_t i, len, width = strlen(heads[column]);

	for (i = 0; i < all->n; i++) {
		char *text = cell(column, &all->device[i], k);

		len = strlen(text ?: "");
		width = len > width ? len : width;
		free(text);
	}
	return (int)width;
}

void render_stack_text(const struct stack_devices *all, const struct stack_knobs *k)
{
	int width[COLUMNS], column;
	size_t i;

	for (column = NAME; column < COLUMNS; column++)
		width[column] = column == KNOBS ? 0 : width_of((enum column)column, all, k);
	for (column = NAME; column < COLUMNS; column++)
		printf("%-*s%s", width[column], heads[column], column == KNOBS ? "\n" : "  ");
	for (i = 0; i < all->n; i++) {
		for (column = NAME; column < COLUMNS; column++) {
			char *text = cell((enum column)column, &all->device[i], k);

			printf("%-*s%s", width[column], text ?: "", column == KNOBS ? "\n" : "  ");
			free(text);
		}
	}
}

void render_stack_knobs_text(const struct stack_knobs *k)
{
	size_t i;

	printf("%-26s %-12s %s\n", "KNOB", "DEFAULT", "VALUES");
	for (i = 0; i < k->n; i++)
		printf("%-26s %-12s %s\n", k->knob[i].name,
		       k->knob[i].standard[0] ? k->knob[i].standard : "-", k->knob[i].values);
}

void render_stack_scenarios_text(const struct stack_scenarios *sc)
{
	size_t i;

	printf("%-14s %-9s %s\n", "SCENARIO", "OUTCOME", "CONTRACT");
	for (i = 0; i < sc->n; i++)
		printf("%-14s %-9s %s\n", sc->scenario[i].name, sc->scenario[i].outcome,
		       sc->scenario[i].contract);
}
