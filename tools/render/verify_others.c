// SPDX-License-Identifier: GPL-2.0
/*
 * Who else sleeps while nobody gets on, as text.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "model/blocked.h"
#include "render/verify.h"
#include "util/text.h"

#define MOST 4 /* different places that are told */

static bool is_in_module(const struct read_blocked *b, const char *module)
{
	size_t i;

	for (i = 0; i < b->nr_frames; i++)
		if (!strcmp(b->frames[i].module, module))
			return true;
	return false;
}

/* In the driver that has the pools, and neither for one of these nor for the end of an I/O, so mostly for a lock. */
static bool is_told(const struct verify_trial *t, const struct read_blocked *b)
{
	unsigned int kind = blocked_kind_of(b);
	size_t i;

	if (kind == BLOCKED_POOL || kind == BLOCKED_IO)
		return false;
	for (i = 0; i < t->nr_pools; i++)
		if (t->parts[i].module[0] && is_in_module(b, t->parts[i].module))
			return true;
	return false;
}

static bool same_place(const struct read_blocked *a, const struct read_blocked *b)
{
	size_t i;

	for (i = 0; i < a->nr_frames && i < b->nr_frames; i++)
		if (a->frames[i].addr != b->frames[i].addr)
			return false;
	return a->nr_frames == b->nr_frames;
}

/* How many of those before, or behind, one sleep in the same place. */
static uint64_t alike(const struct read_snapshot *s, size_t which, bool before)
{
	size_t i = before ? 0 : which + 1, end = before ? which : s->nr_blocked;
	uint64_t n = 0;

	for (; i < end; i++)
		n += same_place(&s->blocked[i], &s->blocked[which]);
	return n;
}

static void put_place(const struct read_snapshot *s, size_t which, FILE *out)
{
	const struct read_blocked *b = &s->blocked[which];
	const struct read_stack stack = { .frames = b->frames, .nr_frames = b->nr_frames };
	char comm[TEXT_ESCAPED], time[TEXT_SIZE];
	uint64_t more = alike(s, which, false);

	fprintf(out, "  meanwhile %s (task %" PRIu32 ")", text_escape(b->comm, comm, sizeof(comm)),
		b->tid);
	if (more)
		fprintf(out, ", and %" PRIu64 " more,", more);
	fputs(more ? " sleep" : " sleeps", out);
	if (b->blocked_ns)
		fprintf(out, " for %s", text_time(b->blocked_ns, time));
	fputs(", and for no pool, at\n", out);
	render_text_stack(&stack, out);
}

void render_verify_others(const struct verify_trial *t, FILE *out)
{
	const struct read_snapshot *s = &t->snapshot;
	size_t i, told = 0;

	if (!t->has_report || !s->has_causes || t->circle.end == CIRCLE_CLOSED)
		return;
	for (i = 0; i < s->nr_blocked && told < MOST; i++) {
		if (!is_told(t, &s->blocked[i]) || alike(s, i, true))
			continue;
		put_place(s, i, out);
		told++;
	}
}
