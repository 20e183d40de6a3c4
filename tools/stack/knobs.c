// SPDX-License-Identifier: GPL-2.0
/*
 * What the module says about itself.
 */
#include "stack/knobs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

/* The next line of @text, without its newline; advances @text. NULL at the end. */
static const char *next_line(const char **text, size_t *len)
{
	const char *line = *text;

	if (!*line)
		return NULL;
	*len = strcspn(line, "\n");
	*text = line + *len + (line[*len] == '\n');
	return line;
}

/* The first word of a line; returns what follows it and blanks. */
static const char *take_word(const char *line, size_t len, char *out, size_t size)
{
	size_t n = 0;

	while (n < len && line[n] != ' ')
		n++;
	snprintf(out, size, "%.*s", (int)n, line);
	while (n < len && line[n] == ' ')
		n++;
	return line + n;
}

void stack_knobs_parse(const char *features, const char *defaults, struct stack_knobs *k)
{
	const char *line, *rest;
	char name[sizeof(k->knob[0].name)];
	size_t len, i;

	k->n = 0;
	while (k->n < STACK_KNOBS && (line = next_line(&features, &len))) {
		struct stack_knob *knob = &k->knob[k->n];

		rest = take_word(line, len, knob->name, sizeof(knob->name));
		snprintf(knob->values, sizeof(knob->values), "%.*s", (int)(line + len - rest),
			 rest);
		knob->standard[0] = '\0';
		k->n += knob->name[0] != '\0';
	}
	while ((line = next_line(&defaults, &len))) {
		rest = take_word(line, len, name, sizeof(name));
		for (i = 0; i < k->n; i++)
			if (!strcmp(k->knob[i].name, name))
				snprintf(k->knob[i].standard, sizeof(k->knob[i].standard), "%.*s",
					 (int)(line + len - rest), rest);
	}
}

static int read_own(const struct stack *s, const char *file, char *out)
{
	char path[PATH_MAX];
	int err = stack_path(s, path, sizeof(path), "/sys/kernel/config/stack_blk/%s", file);

	return err ?: stack_read(path, out);
}

int stack_knobs_read(const struct stack *s, struct stack_knobs *k)
{
	char features[STACK_VALUE], defaults[STACK_VALUE];
	int err = read_own(s, "features", features);

	if (err)
		return err;
	/* A module without the file does not tell. */
	if (read_own(s, "defaults", defaults))
		defaults[0] = '\0';
	stack_knobs_parse(features, defaults, k);
	return 0;
}

const struct stack_knob *stack_knobs_find(const struct stack_knobs *k, const char *name)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (!strcmp(k->knob[i].name, name))
			return &k->knob[i];
	return NULL;
}

bool stack_knob_is_number(const struct stack_knob *knob)
{
	return strstr(knob->values, "..") && !strchr(knob->values, ' ');
}

bool stack_knob_is_changed(const struct stack_knob *knob, const char *value)
{
	return value && strcmp(value, knob->standard) != 0;
}

struct candidate {
	const struct stack_knob *knob;
	size_t likeness;
	size_t place; /* among all */
};

/* With its group, or without, which is easily forgotten. */
static size_t likeness(const char *asked, const char *name)
{
	const char *slash = strchr(name, '/');
	size_t whole = text_common_prefix(asked, name);
	size_t part = slash ? text_common_prefix(asked, slash + 1) : 0;

	return whole > part ? whole : part;
}

static int by_likeness(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->likeness != y->likeness)
		return x->likeness > y->likeness ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

void stack_knobs_suggest(FILE *to, const struct stack_knobs *k, const char *name)
{
	struct candidate all[STACK_KNOBS];
	char values[sizeof(all[0].knob->values)], *c;
	size_t i;

	for (i = 0; i < k->n; i++)
		all[i] = (struct candidate){ &k->knob[i], likeness(name, k->knob[i].name), i };
	qsort(all, k->n, sizeof(all[0]), by_likeness);
	for (i = 0; i < k->n && i < STACK_KNOBS_SHOWN; i++) {
		snprintf(values, sizeof(values), "%s", all[i].knob->values);
		for (c = values; *c; c++)
			if (*c == ' ')
				*c = '|';
		fprintf(to, "  %s=%s\n", all[i].knob->name, values);
	}
	if (k->n > STACK_KNOBS_SHOWN)
		fprintf(to, "  and %zu more: `bioscope stack knobs' has them\n",
			k->n - STACK_KNOBS_SHOWN);
}

void stack_scenarios_parse(const char *text, struct stack_scenarios *sc)
{
	const char *line, *rest;
	size_t len;

	sc->n = 0;
	while (sc->n < STACK_SCENARIOS && (line = next_line(&text, &len))) {
		struct stack_scenario *one = &sc->scenario[sc->n];
		const char *end = line + len;

		rest = take_word(line, len, one->name, sizeof(one->name));
		rest = take_word(rest, (size_t)(end - rest), one->outcome, sizeof(one->outcome));
		snprintf(one->contract, sizeof(one->contract), "%.*s", (int)(end - rest), rest);
		sc->n += one->name[0] != '\0';
	}
}

int stack_scenarios_read(const struct stack *s, struct stack_scenarios *sc)
{
	char text[STACK_VALUE];
	int err = read_own(s, "scenarios", text);

	if (!err)
		stack_scenarios_parse(text, sc);
	return err;
}
