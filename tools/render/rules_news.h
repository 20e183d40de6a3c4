/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rule checker finds, in a line each, as soon as it does.
 */
#ifndef BIOSCOPE_RENDER_RULES_NEWS_H
#define BIOSCOPE_RENDER_RULES_NEWS_H

#include <stddef.h>

#include "model/rules.h"

/* Lines that were printed. */
struct rules_told {
	char **lines;
	size_t nr_lines;
};

/**
 * render_rules_news() - on stderr, findings that were not told yet, or were better than they are now
 * @r: the report so far; what is suppressed in it is not told
 * @told: what was told; zero at first, rules_told_free() it
 */
void render_rules_news(const struct rules_report *r, struct rules_told *told);

/**
 * rules_told_free() - forget what was told
 * @told: from render_rules_news(); may be all zero
 */
void rules_told_free(struct rules_told *told);

#endif
