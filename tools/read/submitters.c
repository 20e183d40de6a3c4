// SPDX-License-Identifier: GPL-2.0
/*
 * For whom workers work.
 */
#include "read/submitters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/batch.h"

/* A bio, and what is in front of it. */
struct life {
	uint64_t from, bio;
	uint32_t tid;
};

struct lives {
	size_t n;
	struct life *all; /* by address */
};

static int by_bio(const void *a, const void *b)
{
	const struct life *x = a, *y = b;

	return (x->bio > y->bio) - (x->bio < y->bio);
}

static void add(struct lives *out, const struct trace *t, const struct record_lives *set)
{
	const struct record_pool *table = pools_table(t->pools);
	unsigned int way;

	for (way = 0; way < RECORD_BIO_WAYS; way++) {
		const struct record_life *l = &set->of[way];
		uint64_t bio = set->key[way] + *t->rows_at;

		if (set->key[way] && l->slot < RECORD_POOLS)
			out->all[out->n++] = (struct life){ .bio = bio,
							    .from = bio - table[l->slot].front_pad,
							    .tid = l->tid };
	}
}

static void read_lives(const struct trace *t, struct lives *out)
{
	struct record_lives *sets = calloc(RECORD_BIO_SETS, sizeof(*sets));
	uint32_t *keys = calloc(RECORD_BIO_SETS, sizeof(*keys));
	ssize_t n = -1, i;

	*out = (struct lives){ 0 };
	if (sets && keys)
		n = batch_read(t->lives_fd, keys, sizeof(*keys), sets, sizeof(*sets),
			       RECORD_BIO_SETS);
	if (n > 0)
		out->all = calloc((size_t)n * RECORD_BIO_WAYS, sizeof(*out->all));
	for (i = 0; out->all && i < n; i++)
		add(out, t, &sets[i]);
	free(keys);
	free(sets);
	if (out->all)
		qsort(out->all, out->n, sizeof(*out->all), by_bio);
}

/* The bio that an address is in front of. */
static const struct life *life_at(const struct lives *l, uint64_t addr)
{
	size_t low = 0, high = l->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (l->all[mid].bio <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->n && l->all[low].from <= addr ? &l->all[low] : NULL;
}

static void read_comm(uint32_t tid, char *comm, size_t size)
{
	char path[sizeof("/proc/4294967295/comm")];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", tid);
	f = fopen(path, "re");
	if (f && fgets(comm, (int)size, f))
		comm[strcspn(comm, "\n")] = '\0';
	if (f)
		fclose(f);
}

static int by_tid(const void *a, const void *b)
{
	const struct record_blocked *const *x = a, *const *y = b;

	return ((*x)->tid > (*y)->tid) - ((*x)->tid < (*y)->tid);
}

/* The workers, by number. */
static const struct record_blocked **find_workers(const struct record_blocked *blocked, size_t n,
						  size_t *nr)
{
	const struct record_blocked **workers = calloc(n + 1, sizeof(struct record_blocked *));
	size_t i;

	for (i = *nr = 0; workers && i < n; i++)
		if (blocked[i].work)
			workers[(*nr)++] = &blocked[i];
	if (workers)
		qsort(workers, *nr, sizeof(struct record_blocked *), by_tid);
	return workers;
}

void submitters_find(const struct trace *t, const struct record_blocked *blocked, size_t n,
		     struct read_snapshot *s)
{
	const struct record_blocked **workers, **worker, *wanted;
	struct record_blocked key = { 0 };
	const struct life *life;
	struct lives lives;
	size_t nr, i;

	if (t->lives_fd < 0 || !*t->rows_at)
		return;
	workers = find_workers(blocked, n, &nr);
	if (nr)
		read_lives(t, &lives);
	for (i = 0; nr && i < s->nr_waiters; i++) {
		struct read_waiter *w = &s->waiters[i];

		key.tid = w->rec.tid;
		wanted = &key;
		worker = bsearch(&wanted, workers, nr, sizeof(struct record_blocked *), by_tid);
		life = worker ? life_at(&lives, (*worker)->work) : NULL;
		if (!life)
			continue;
		w->submitter = life->tid;
		read_comm(life->tid, w->submitter_comm, sizeof(w->submitter_comm));
	}
	if (nr)
		free(lives.all);
	free(workers);
}
