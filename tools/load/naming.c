// SPDX-License-Identifier: GPL-2.0
/*
 * Which name each pool has by now.
 */
#include "load/naming.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WALK_AFTER_NS 200000000ULL /* and twice that, and so on, up to: */
#define WALK_EVERY_NS 8000000000ULL
#define SUFFIX 8 /* bytes for " #1023" */

/* What a pool is named after; a better one replaces a worse one. */
enum named_after {
	AFTER_NOTHING,
	AFTER_FUNCTION,
	AFTER_SYMBOL, /* the last word; so is: */
	AFTER_OWNER,
};

struct naming {
	struct pools_name names[RECORD_POOLS];
	uint8_t after[RECORD_POOLS]; /* enum named_after */
	bool tried[RECORD_POOLS]; /* to name it after a function, which is in vain */
	uint16_t number[RECORD_POOLS]; /* among those of the same name, 0 and 1: not shown */
	uint64_t walk_ns; /* when the next walk may be */
	uint64_t wait_ns; /* for the one after it */
};

struct naming *naming_open(void)
{
	return calloc(1, sizeof(struct naming));
}

void naming_close(struct naming *n)
{
	free(n);
}

const struct pools_name *naming_of(const struct naming *n, uint32_t slot)
{
	return &n->names[slot];
}

void naming_forget(struct naming *n, uint32_t slot)
{
	memset(&n->names[slot], 0, sizeof(n->names[slot]));
	n->after[slot] = AFTER_NOTHING;
	n->tried[slot] = false;
	n->number[slot] = 0;
}

/* --- names that differ ----------------------------------------------------------------------- */

static bool is_live(const struct record_pool *pool)
{
	return pool->mempool && !(pool->flags & RECORD_POOL_GONE);
}

/* Of the name without its number. */
static size_t base_length(const struct naming *n, uint32_t slot)
{
	size_t length = strlen(n->names[slot].pool);
	char suffix[SUFFIX];

	if (n->number[slot] < 2)
		return length;
	return length - (size_t)snprintf(suffix, sizeof(suffix), " #%u", n->number[slot]);
}

static bool is_namesake(const struct naming *n, uint32_t a, uint32_t b)
{
	size_t length = base_length(n, a);

	return length == base_length(n, b) && !memcmp(n->names[a].pool, n->names[b].pool, length) &&
	       !strcmp(n->names[a].device, n->names[b].device);
}

static bool is_taken(const struct naming *n, const struct record_pool *table, uint32_t slot,
		     unsigned int number)
{
	uint32_t i;

	for (i = 0; i < RECORD_POOLS; i++)
		if (i != slot && n->number[i] == number && is_live(&table[i]) &&
		    is_namesake(n, i, slot))
			return true;
	return false;
}

/* The lowest number that none of its namesakes has. */
static void give_number(struct naming *n, const struct record_pool *table, uint32_t slot)
{
	size_t length = base_length(n, slot);
	char *pool = n->names[slot].pool;
	uint16_t number = 1;

	if (length > sizeof(n->names[slot].pool) - SUFFIX)
		length = sizeof(n->names[slot].pool) - SUFFIX;
	pool[length] = '\0';
	n->number[slot] = 0;
	while (is_taken(n, table, slot, number))
		number++;
	n->number[slot] = number;
	if (number > 1)
		snprintf(pool + length, SUFFIX, " #%u", number);
}

static void name_as(struct naming *n, const struct record_pool *table, uint32_t slot,
		    const struct pools_name *name, enum named_after after)
{
	n->names[slot] = *name;
	n->after[slot] = (uint8_t)after;
	n->number[slot] = 0;
	give_number(n, table, slot);
}

/* --- one way after the other ------------------------------------------------------------------ */

/* Also gives a pool of a device its own name when the one that had it before is gone. */
static void name_owned(struct naming *n, const struct record_pool *table)
{
	struct pools_name name;
	uint32_t i;

	for (i = 0; i < RECORD_POOLS; i++) {
		if (!table[i].mempool)
			continue;
		if (n->after[i] == AFTER_OWNER && n->number[i] > 1 && is_live(&table[i]))
			give_number(n, table, i);
		if (n->after[i] >= AFTER_SYMBOL)
			continue;
		memset(&name, 0, sizeof(name));
		if (names_by_owner(table, i, &name))
			name_as(n, table, i, &name, AFTER_OWNER);
	}
}

/* Those without any name. Returns how many. */
static uint32_t nameless(const struct naming *n, const struct record_pool *table, uint32_t *slots)
{
	uint32_t i, count = 0;

	for (i = 0; i < RECORD_POOLS; i++)
		if (table[i].mempool && n->after[i] == AFTER_NOTHING && !n->names[i].pool[0])
			slots[count++] = i;
	return count;
}

static void name_variables(struct naming *n, const struct record_pool *table, const uint32_t *slots,
			   uint32_t count)
{
	struct pools_name *names = calloc(count, sizeof(*names));
	uint32_t i;

	if (!names)
		return;
	names_by_symbol(table, slots, count, names);
	for (i = 0; i < count; i++)
		if (names[i].pool[0])
			name_as(n, table, slots[i], &names[i], AFTER_SYMBOL);
	free(names);
}

/* Whether a walk may find something. */
static bool may_be_owned(const struct naming *n, const struct record_pool *table)
{
	uint32_t i;

	for (i = 0; i < RECORD_POOLS; i++)
		if (is_live(&table[i]) && n->after[i] < AFTER_SYMBOL)
			return true;
	return false;
}

static void look_for_owners(struct naming *n, const struct record_pool *table, bool at_once,
			    uint64_t now_ns, naming_walk *walk, void *arg)
{
	if (at_once)
		n->wait_ns = WALK_AFTER_NS;
	else if (now_ns < n->walk_ns)
		return;
	if (!may_be_owned(n, table))
		return;
	walk(arg);
	name_owned(n, table);
	n->walk_ns = now_ns + n->wait_ns;
	n->wait_ns = n->wait_ns > WALK_EVERY_NS / 2 ? WALK_EVERY_NS : 2 * n->wait_ns;
}

void naming_expect(struct naming *n)
{
	n->walk_ns = 0;
	n->wait_ns = WALK_AFTER_NS;
}

static void name_after_functions(struct naming *n, const struct record_pool *table, int stacks_fd)
{
	struct pools_name name;
	uint32_t i;

	for (i = 0; i < RECORD_POOLS; i++) {
		if (!table[i].mempool || n->after[i] != AFTER_NOTHING || n->tried[i])
			continue;
		n->tried[i] = stacks_fd >= 0 && table[i].stack >= 0;
		memset(&name, 0, sizeof(name));
		if (names_by_stack(&table[i], stacks_fd, &name))
			name_as(n, table, i, &name, AFTER_FUNCTION);
		else if (!n->names[i].pool[0])
			name_as(n, table, i, &name, AFTER_NOTHING);
	}
}

void naming_update(struct naming *n, const struct record_pool *table, int stacks_fd,
		   uint64_t now_ns, naming_walk *walk, void *arg)
{
	uint32_t slots[RECORD_POOLS], count;

	name_owned(n, table);
	count = nameless(n, table, slots);
	if (count)
		name_variables(n, table, slots, count);
	count = nameless(n, table, slots);
	look_for_owners(n, table, count, now_ns, walk, arg);
	name_after_functions(n, table, stacks_fd);
}
