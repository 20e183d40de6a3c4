// SPDX-License-Identifier: GPL-2.0
/*
 * What tasks that are blocked wait for.
 */
#include "model/blocked.h"

#include <stdio.h>
#include <string.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static bool begins(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

static bool is_submission(const char *name)
{
	return !strcmp(name, "submit_bio") || begins(name, "submit_bio_noacct") ||
	       begins(name, "__submit_bio");
}

unsigned int blocked_kind_of(const struct read_blocked *b)
{
	unsigned int kind = BLOCKED_KINDS;
	size_t i;

	for (i = 0; i < b->nr_frames; i++) {
		const char *name = b->frames[i].name;

		if (begins(name, "mempool_alloc"))
			return BLOCKED_POOL;
		if (is_submission(name))
			kind = BLOCKED_SUBMIT;
		else if (kind == BLOCKED_KINDS &&
			 (begins(name, "io_schedule") || begins(name, "submit_bio_wait")))
			kind = BLOCKED_IO;
	}
	return kind;
}

/* Functions by which everybody sleeps, which do not say for what. */
static bool is_scheduler(const char *name)
{
	static const char *const prefixes[] = {
		"__schedule",	       "schedule",	    "io_schedule",   "bit_wait",
		"wait_for_completion", "__wait_for_common", "__wait_on_bit", "out_of_line_wait",
	};
	size_t i;

	for (i = 0; i < LEN(prefixes); i++)
		if (begins(name, prefixes[i]))
			return true;
	return false;
}

static const char *where(const struct read_blocked *b)
{
	size_t i;

	for (i = 0; i < b->nr_frames; i++)
		if (b->frames[i].name[0] && !is_scheduler(b->frames[i].name))
			return b->frames[i].name;
	return "";
}

void blocked_count(const struct read_snapshot *s, struct blocked_tasks out[BLOCKED_KINDS])
{
	size_t i;

	memset(out, 0, BLOCKED_KINDS * sizeof(*out));
	for (i = 0; i < s->nr_blocked; i++) {
		const struct read_blocked *b = &s->blocked[i];
		unsigned int kind = blocked_kind_of(b);

		if (kind == BLOCKED_KINDS)
			continue;
		if (!out[kind].tasks++ || b->blocked_ns > out[kind].longest_ns) {
			out[kind].longest_ns = b->blocked_ns;
			snprintf(out[kind].where, sizeof(out[kind].where), "%s", where(b));
		}
	}
}

const char *blocked_kind_name(unsigned int kind)
{
	static const char *const names[BLOCKED_KINDS] = {
		[BLOCKED_POOL] = "pool",
		[BLOCKED_SUBMIT] = "submit",
		[BLOCKED_IO] = "io",
	};

	return kind < BLOCKED_KINDS ? names[kind] : "other";
}
