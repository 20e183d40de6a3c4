/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Findings that are known: lines of a file that say which. RULE POOL FUNCTION, each a pattern as of the shell
 * (fnmatch(3)); "#" begins a comment.
 */
#ifndef BIOSCOPE_MODEL_SUPPRESS_H
#define BIOSCOPE_MODEL_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>

#define SUPPRESS_WORD 128

/* One line. */
struct suppress_rule {
	unsigned int line; /* its number, from 1 */
	char rule[SUPPRESS_WORD]; /* pattern of rules_name() */
	char pool[SUPPRESS_WORD]; /* of the pool's name, as in reports */
	char function[SUPPRESS_WORD]; /* of any function of either stack */
	bool used; /* it has suppressed something */
};

struct suppress {
	size_t nr_rules;
	struct suppress_rule *rules;
};

/**
 * suppress_parse() - understand the lines of a file
 * @text: its contents, which are not changed
 * @s: filled in; suppress_free() it, also after an error
 * @line: result, number of the first line that is not understood
 * @why: result, what is wrong with it, static string
 *
 * A rule that matches no name of a rule at all is an error, too: it would never suppress anything.
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int suppress_parse(const char *text, struct suppress *s, unsigned int *line, const char **why);

/**
 * suppress_find() - the first line that is about something
 * @s: the lines
 * @rule: name of the rule that is violated
 * @pool: name of the pool, "" if it is about none
 * @functions: the functions of the stacks
 * @nr_functions: how many
 *
 * Return: the line, which is marked as used; NULL if there is none.
 */
const struct suppress_rule *suppress_find(const struct suppress *s, const char *rule,
					  const char *pool, const char *const *functions,
					  size_t nr_functions);

/**
 * suppress_free() - free what was understood
 * @s: from suppress_parse(); may be all zero
 */
void suppress_free(struct suppress *s);

#endif
