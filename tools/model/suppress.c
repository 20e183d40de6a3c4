// SPDX-License-Identifier: GPL-2.0
/*
 * Findings that are known: the lines that say which, and whether one is about something.
 */
#include "model/suppress.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "model/frames.h"
#include "model/rules.h"

#define WORDS 3

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where a line ends, before "\n", "\r\n", or the end of the text. */
static const char *end_of(const char *line)
{
	const char *end = line + strcspn(line, "\n");

	return end > line && end[-1] == '\r' ? end - 1 : end;
}

/*
 * A word without its quotes, which as in the shell may begin and end anywhere in it; moves on behind
 * it. Return: NULL, or what is wrong.
 */
static const char *take_word(const char **at, const char *end, char *out)
{
	bool quoted = false;
	size_t len = 0;

	for (; *at < end && (quoted || !is_blank(**at)); (*at)++) {
		if (**at == '"') {
			quoted = !quoted;
			continue;
		}
		if (len == SUPPRESS_WORD - 1)
			return "a word has more than 127 bytes";
		out[len++] = **at;
	}
	out[len] = '\0';
	return quoted ? "a double quote has no other one that ends it" : NULL;
}

static bool is_of_a_rule(const char *pattern)
{
	unsigned int rule;

	for (rule = 0; rule < RECORD_RULES; rule++)
		if (!fnmatch(pattern, rules_name(rule), 0))
			return true;
	return false;
}

/* Return: NULL, or what is wrong; *@words is 0 of a line without any. */
static const char *parse_line(const char *at, const char *end, struct suppress_rule *r,
			      unsigned int *words)
{
	char *const to[WORDS] = { r->rule, r->pool, r->function };
	const char *wrong;

	_Static_assert(SUPPRESS_WORD == 128, "take_word() tells how long a word may be");
	for (*words = 0;; (*words)++) {
		while (at < end && is_blank(*at))
			at++;
		if (at == end || *at == '#')
			break;
		if (*words == WORDS)
			return "it has more than the three words RULE POOL FUNCTION; one that has "
			       "a blank goes between double quotes";
		wrong = take_word(&at, end, to[*words]);
		if (wrong)
			return wrong;
	}
	if (*words && *words < WORDS)
		return "it has fewer than the three words RULE POOL FUNCTION";
	if (*words && !is_of_a_rule(r->rule))
		return "RULE matches none of unsubmitted, mempool, rescuer, leak, wait";
	return NULL;
}

/* Room for one more, which is all zero; NULL: there is no memory. */
static struct suppress_rule *next_rule(struct suppress *s)
{
	struct suppress_rule *rules;

	rules = reallocarray(s->rules, s->nr_rules + 1, sizeof(*rules));
	if (!rules)
		return NULL;
	s->rules = rules;
	memset(&rules[s->nr_rules], 0, sizeof(*rules));
	return &rules[s->nr_rules];
}

int suppress_parse(const char *text, struct suppress *s, unsigned int *line, const char **why)
{
	struct suppress_rule *r;
	unsigned int words = 0;

	memset(s, 0, sizeof(*s));
	*why = NULL;
	for (*line = 1; *text; (*line)++) {
		const char *end = end_of(text);

		r = next_rule(s);
		*why = r ? parse_line(text, end, r, &words) : "there is no memory for it";
		if (*why)
			return r ? -EINVAL : -ENOMEM;
		r->line = *line;
		s->nr_rules += words != 0;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return 0;
}

/* By its name in the kernel, or in the source. */
static bool is_function(const char *pattern, const char *name)
{
	char bare[KSYMS_NAME];
	size_t n = frames_bare(name);

	if (!fnmatch(pattern, name, 0))
		return true;
	if (!name[n] || n >= sizeof(bare))
		return false;
	memcpy(bare, name, n);
	bare[n] = '\0';
	return !fnmatch(pattern, bare, 0);
}

/* Where no function is known, what stands for all of them is meant, too. */
static bool is_any_function(const char *pattern, const char *const *functions, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_function(pattern, functions[i]))
			return true;
	return !n && !fnmatch(pattern, "", 0);
}

const struct suppress_rule *suppress_find(const struct suppress *s, const char *rule,
					  const char *pool, const char *const *functions,
					  size_t nr_functions)
{
	size_t i;

	for (i = 0; i < s->nr_rules; i++) {
		struct suppress_rule *r = &s->rules[i];

		if (fnmatch(r->rule, rule, 0) || fnmatch(r->pool, pool, 0) ||
		    !is_any_function(r->function, functions, nr_functions))
			continue;
		r->used = true;
		return r;
	}
	return NULL;
}

void suppress_free(struct suppress *s)
{
	free(s->rules);
	memset(s, 0, sizeof(*s));
}
