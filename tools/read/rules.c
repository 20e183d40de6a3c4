// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of the rule checker.
 */
#include "read/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "load/pools.h"
#include "load/rules.h"
#include "record.h"
#include "util/clock.h"
#include "util/disk.h"
#include "util/msg.h"

/* What was written before that is there then. */
static bool is_ready(const struct record_violation *v)
{
	return __atomic_load_n(&v->ready, __ATOMIC_ACQUIRE);
}

/* A slot that was given out again is another pool's. */
static void note_pool(const struct pools *pools, uint32_t slot, struct rules_noted *n)
{
	const struct record_pool *pool = &pools_table(pools)[slot];

	if (n->known && n->generation != pools_generation(pools, slot))
		return;
	n->generation = pools_generation(pools, slot);
	n->name = *pools_name_of(pools, slot);
	n->owner = pool->dev;
	n->reserve = pool->reserve;
	n->rescuer = pool->flags & RECORD_POOL_RESCUER;
	n->known = true;
}

uint32_t rules_note(const struct rules *rules, const struct pools *pools, struct rules_notes *notes)
{
	uint32_t i, n = 0, used = rules_used(rules);

	for (i = 0; i < used; i++) {
		const struct record_violation *v = &rules->violations[i];
		struct rules_noted *noted = &notes->of[i];

		if (!is_ready(v))
			continue;
		n++;
		if (v->key.slot < RECORD_POOLS)
			note_pool(pools, v->key.slot, noted);
		if (v->dev && noted->dev != v->dev &&
		    !disk_name(v->dev, noted->device, sizeof(noted->device)))
			noted->dev = v->dev;
	}
	return n;
}

/* The addresses of a stack. Returns how many there are. */
static size_t read_stack(const struct rules *rules, int32_t id, struct ksyms_at *frames)
{
	uint64_t ip[RECORD_STACK_DEPTH] = { 0 };
	size_t n;

	if (id < 0 || bpf_map_lookup_elem(rules->stacks_fd, &id, ip))
		return 0;
	for (n = 0; n < RECORD_STACK_DEPTH && ip[n]; n++)
		frames[n].addr = ip[n];
	return n;
}

static void put_names(const struct rules_noted *n, struct rules_seen *s)
{
	if (n->known) {
		s->name = n->name;
		s->dev = n->owner;
		s->reserve = n->reserve;
		s->rescuer = n->rescuer;
	}
	if (n->dev)
		memcpy(s->device, n->device, sizeof(s->device));
}

static void put_stack(const struct rules *rules, int32_t id, struct ksyms_at *frames, size_t *n,
		      struct rules_stack *stack)
{
	stack->frames = &frames[*n];
	stack->nr_frames = read_stack(rules, id, &frames[*n]);
	*n += stack->nr_frames;
}

int rules_read(const struct rules *rules, const struct rules_notes *notes,
	       struct rules_snapshot *out)
{
	uint32_t i, used = rules_used(rules);
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	out->duration_ns = clock_ns(CLOCK_MONOTONIC) - rules->start_ns;
	out->seen = calloc(used + 1, sizeof(*out->seen));
	out->frames = calloc(used + 1, sizeof(*out->frames) * 2 * RECORD_STACK_DEPTH);
	if (!out->seen || !out->frames) {
		msg_error("no memory for %u violations", used);
		rules_free(out);
		return -ENOMEM;
	}
	for (i = 0; i < used; i++) {
		const struct record_violation *v = &rules->violations[i];
		struct rules_seen *s = &out->seen[out->nr_seen];

		if (!is_ready(v))
			continue;
		s->rec = *v;
		put_names(&notes->of[i], s);
		put_stack(rules, v->key.stack, out->frames, &n, &s->stack);
		put_stack(rules, v->key.first, out->frames, &n, &s->first);
		out->nr_seen++;
	}
	/* What has no name is told by its number. */
	if (ksyms_by_addr(out->frames, n))
		msg_note("stacks are told without names of functions");
	rules_lost(rules, out->lost);
	return 0;
}

void rules_free(struct rules_snapshot *s)
{
	free(s->seen);
	free(s->frames);
	memset(s, 0, sizeof(*s));
}
