// SPDX-License-Identifier: GPL-2.0
/*
 * Names and addresses from /proc/kallsyms, each pass reading the file once.
 */
#include "ksyms.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KALLSYMS "/proc/kallsyms"

/* One line: "ffffffff81000000 T name\t[module]". */
struct line {
	uint64_t addr;
	const char *name;
	const char *module; /* "" if none */
};

typedef void (*line_fn)(const struct line *line, void *ctx);

static bool split(char *text, struct line *line)
{
	char *end, *name, *module;

	line->addr = strtoull(text, &end, 16);
	if (end == text || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	name = end + 3;
	module = name + strcspn(name, "\t\n");
	line->module = "";
	if (*module == '\t') {
		*module++ = '\0';
		if (*module == '[')
			module++;
		line->module = module;
		module += strcspn(module, "]\n");
	}
	*module = '\0';
	line->name = name;
	return true;
}

static int for_each_line(line_fn fn, void *ctx)
{
	FILE *f = fopen(KALLSYMS, "re");
	bool shown = false;
	char *text = NULL;
	size_t size = 0;
	struct line line;

	if (!f)
		return -errno;
	while (getline(&text, &size, f) > 0) {
		if (!split(text, &line))
			continue;
		shown |= line.addr != 0;
		fn(&line, ctx);
	}
	free(text);
	fclose(f);
	return shown ? 0 : -EPERM;
}

struct by_name {
	struct ksyms_want *want;
	size_t n;
};

static void match_name(const struct line *line, void *ctx)
{
	struct by_name *b = ctx;
	size_t i;

	for (i = 0; i < b->n; i++) {
		struct ksyms_want *w = &b->want[i];

		if (w->addr || w->name[0] != line->name[0] || strcmp(w->name, line->name))
			continue;
		w->addr = line->addr;
		snprintf(w->module, sizeof(w->module), "%s", line->module);
	}
}

int ksyms_by_name(struct ksyms_want *want, size_t n)
{
	struct by_name b = { want, n };
	size_t i;

	for (i = 0; i < n; i++) {
		want[i].addr = 0;
		want[i].module[0] = '\0';
	}
	return for_each_line(match_name, &b);
}

struct by_addr {
	struct ksyms_at *at;
	size_t n;
};

static void match_addr(const struct line *line, void *ctx)
{
	struct by_addr *b = ctx;
	size_t i;

	for (i = 0; i < b->n; i++) {
		struct ksyms_at *a = &b->at[i];

		if (line->addr > a->addr || line->addr <= a->start)
			continue;
		a->start = line->addr;
		snprintf(a->name, sizeof(a->name), "%s", line->name);
		snprintf(a->module, sizeof(a->module), "%s", line->module);
	}
}

int ksyms_by_addr(struct ksyms_at *at, size_t n)
{
	struct by_addr b = { at, n };
	size_t i;

	for (i = 0; i < n; i++) {
		at[i].start = 0;
		at[i].name[0] = '\0';
		at[i].module[0] = '\0';
	}
	return n ? for_each_line(match_addr, &b) : 0;
}
