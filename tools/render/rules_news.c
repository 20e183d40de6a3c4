// SPDX-License-Identifier: GPL-2.0
/*
 * What the rule checker finds, as it does.
 */
#include "render/rules_news.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "util/msg.h"

#define LINE 512

/* Without memory for it, it is told each time. */
static bool is_new(struct rules_told *told, const char *line)
{
	char **more;
	size_t i;

	for (i = 0; i < told->nr_lines; i++)
		if (!strcmp(told->lines[i], line))
			return false;
	more = realloc(told->lines, (told->nr_lines + 1) * sizeof(*more));
	if (!more)
		return true;
	told->lines = more;
	more[told->nr_lines] = strdup(line);
	if (more[told->nr_lines])
		told->nr_lines++;
	return true;
}

void render_rules_news(const struct rules_report *r, struct rules_told *told)
{
	char line[LINE], name[MODEL_NAME];
	size_t i;

	for (i = 0; i < r->nr_findings; i++) {
		const struct rules_finding *f = &r->findings[i];

		model_name(&f->seen->name, name);
		snprintf(line, sizeof(line), "%s: %s%s%s (%s)", rules_grade_name(f->grade), name,
			 name[0] ? ": " : "", rules_title(f->rule),
			 f->site[0] ? f->site : f->first_site);
		if (is_new(told, line))
			msg_note("%s", line);
	}
}

void rules_told_free(struct rules_told *told)
{
	size_t i;

	for (i = 0; i < told->nr_lines; i++)
		free(told->lines[i]);
	free(told->lines);
	memset(told, 0, sizeof(*told));
}
