// SPDX-License-Identifier: GPL-2.0
/*
 * Where tasks were, with symbols.
 */
#include "read/stacks.h"

#include <stdlib.h>

#include <bpf/bpf.h>

/* The addresses of a stack. Returns how many there are. */
static size_t read_addresses(const struct trace *t, int32_t id, struct ksyms_at *frames)
{
	uint64_t ip[RECORD_STACK_DEPTH] = { 0 };
	size_t n;

	if (id < 0 || bpf_map_lookup_elem(t->stacks_fd, &id, ip))
		return 0;
	for (n = 0; n < RECORD_STACK_DEPTH && ip[n]; n++)
		frames[n].addr = ip[n];
	return n;
}

size_t stacks_read_one(const struct trace *t, int32_t id, struct ksyms_at *frames)
{
	size_t n = read_addresses(t, id, frames);

	return ksyms_by_addr(frames, n) ? 0 : n;
}

static int by_id(const void *a, const void *b)
{
	const struct read_stack *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* The ids of all stacks of a snapshot, each once. */
static void collect(struct read_snapshot *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->nr_waiters; i++)
		s->stacks[n++].id = s->waiters[i].rec.stack;
	for (i = 0; i < s->nr_holders; i++)
		s->stacks[n++].id = s->holders[i].rec.stack;
	qsort(s->stacks, n, sizeof(*s->stacks), by_id);
	for (i = 0; i < n; i++)
		if (s->stacks[i].id >= 0 &&
		    (!s->nr_stacks || s->stacks[s->nr_stacks - 1].id != s->stacks[i].id))
			s->stacks[s->nr_stacks++] = s->stacks[i];
}

static const struct read_stack *find(const struct read_snapshot *s, int32_t id)
{
	const struct read_stack wanted = { .id = id };

	return bsearch(&wanted, s->stacks, s->nr_stacks, sizeof(*s->stacks), by_id);
}

static void read_stacks(const struct trace *t, struct read_snapshot *s)
{
	size_t i, n = 0, all = s->nr_waiters + s->nr_holders;

	s->stacks = all ? calloc(all, sizeof(*s->stacks)) : NULL;
	if (!s->stacks)
		return;
	collect(s);
	s->frames = calloc(s->nr_stacks + 1, RECORD_STACK_DEPTH * sizeof(*s->frames));
	for (i = 0; s->frames && i < s->nr_stacks; i++) {
		s->stacks[i].frames = &s->frames[n];
		s->stacks[i].nr_frames = read_addresses(t, s->stacks[i].id, &s->frames[n]);
		n += s->stacks[i].nr_frames;
	}
	if (!n || ksyms_by_addr(s->frames, n))
		return;
	for (i = 0; i < s->nr_waiters; i++)
		s->waiters[i].stack = find(s, s->waiters[i].rec.stack);
	for (i = 0; i < s->nr_holders; i++)
		s->holders[i].stack = find(s, s->holders[i].rec.stack);
}

void stacks_read(const struct trace *t, struct read_snapshot *s)
{
	read_stacks(t, s);
	/* By what they are in it is told what tasks are blocked by. */
	if (s->has_causes && ksyms_by_addr(s->blocked_frames, s->nr_blocked_frames))
		s->has_causes = false;
}
