// SPDX-License-Identifier: GPL-2.0
/*
 * For whom workers work.
 */
#include "read/submitters.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIRST_PID_NAMESPACE 0xEFFFFFFCU /* PROC_PID_INIT_INO, include/linux/proc_ns.h */

/* What a waiter works on. */
struct work {
	uint64_t at; /* its address */
	struct read_waiter *waiter;
	uint64_t since_ns; /* of the bio that it was found in front of */
};

struct works {
	size_t n;
	struct work *all; /* by address */
};

static int by_tid(const void *a, const void *b)
{
	const struct record_blocked *const *x = a, *const *y = b;

	return ((*x)->tid > (*y)->tid) - ((*x)->tid < (*y)->tid);
}

static int by_address(const void *a, const void *b)
{
	const struct work *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
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

/* What those of the waiters work on that are workers. */
static void collect(const struct record_blocked *blocked, size_t n, struct read_snapshot *s,
		    struct works *out)
{
	const struct record_blocked **workers, **worker, *wanted;
	struct record_blocked key = { 0 };
	size_t nr, i;

	workers = find_workers(blocked, n, &nr);
	out->all = workers && nr ? calloc(s->nr_waiters + 1, sizeof(*out->all)) : NULL;
	for (i = 0; out->all && i < s->nr_waiters; i++) {
		key.tid = s->waiters[i].rec.tid;
		wanted = &key;
		worker = bsearch(&wanted, workers, nr, sizeof(struct record_blocked *), by_tid);
		if (worker)
			out->all[out->n++] =
				(struct work){ .at = (*worker)->work, .waiter = &s->waiters[i] };
	}
	free(workers);
	if (out->all)
		qsort(out->all, out->n, sizeof(*out->all), by_address);
}

/* The first that is at an address or behind it. */
static size_t first_from(const struct works *w, uint64_t address)
{
	size_t low = 0, high = w->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (w->all[mid].at < address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * Gives the works in front of a bio to who allocated it. Of one whose end was not seen the memory may be
 * another one's by now: that came later.
 */
static void match(const struct works *w, uint64_t bio, uint32_t front_pad, uint64_t since_ns,
		  uint32_t tid)
{
	size_t i;

	for (i = first_from(w, bio - front_pad); i < w->n && w->all[i].at < bio; i++) {
		if (since_ns < w->all[i].since_ns)
			continue;
		w->all[i].since_ns = since_ns;
		w->all[i].waiter->submitter = tid;
	}
}

static void match_all(const struct trace *t, const struct works *w)
{
	const struct record_pool *table = pools_table(t->pools);
	unsigned int set, way;

	for (set = 0; set < RECORD_BIO_SETS; set++) {
		const struct record_lives *l = &t->lives[set];

		for (way = 0; way < RECORD_BIO_WAYS; way++)
			if (l->key[way] && l->of[way].slot < RECORD_POOLS)
				match(w, l->key[way] + *t->rows_at,
				      table[l->of[way].slot].front_pad, l->since_ns[way],
				      l->of[way].tid);
	}
}

/* Numbers of tasks are those of the first namespace: elsewhere /proc has others by them. */
static bool proc_has_them(void)
{
	struct stat ns;

	return !stat("/proc/self/ns/pid", &ns) && ns.st_ino == FIRST_PID_NAMESPACE;
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

void submitters_find(const struct trace *t, const struct record_blocked *blocked, size_t n,
		     struct read_snapshot *s)
{
	struct works works = { 0 };
	bool named;
	size_t i;

	if (!t->lives || !*t->rows_at || !s->nr_waiters)
		return;
	collect(blocked, n, s, &works);
	if (works.n)
		match_all(t, &works);
	named = works.n && proc_has_them();
	for (i = 0; i < works.n; i++) {
		struct read_waiter *w = works.all[i].waiter;

		if (w->submitter && named)
			read_comm(w->submitter, w->submitter_comm, sizeof(w->submitter_comm));
	}
	free(works.all);
}
