// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of the maps.
 */
#include "read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

#include "msg.h"

static void add_counts(struct record_counts *sum, const struct record_counts *row)
{
	int i;

	for (i = 0; i < RECORD_WAYS; i++)
		sum->way[i] += row->way[i];
	sum->wait_ns += row->wait_ns;
	sum->punts += row->punts;
	sum->punted_bios += row->punted_bios;
	sum->rescuer_runs += row->rescuer_runs;
	sum->wq_rescuer_runs += row->wq_rescuer_runs;
#define MAX_OF(field) (sum->field = row->field > sum->field ? row->field : sum->field)
	MAX_OF(wait_max_ns);
	MAX_OF(wakeup_max_ns);
	MAX_OF(run_max_ns);
	MAX_OF(deepest);
#undef MAX_OF
}

static void add_alloc(struct record_alloc_hist *sum, const struct record_alloc_hist *row)
{
	int i;

	for (i = 0; i < RECORD_HIST_BUCKETS; i++)
		sum->alloc[i] += row->alloc[i];
	if (row->max_ns > sum->max_ns)
		sum->max_ns = row->max_ns;
}

static void read_pool(const struct pools *pools, const struct trace *t, uint32_t slot,
		      struct read_pool *out)
{
	size_t row = (size_t)slot * (t ? t->nr_cpus : 0);
	unsigned int cpu;

	out->slot = slot;
	out->id = pools_table(pools)[slot];
	out->name = *pools_name_of(pools, slot);
	if (!t)
		return;
	for (cpu = 0; cpu < t->nr_cpus; cpu++) {
		add_counts(&out->counts, &t->counts[row + cpu]);
		if (t->alloc_hists)
			add_alloc(&out->alloc, &t->alloc_hists[row + cpu]);
	}
	out->hists = t->hists[slot];
}

static int read_pools(const struct pools *pools, const struct trace *t, struct read_snapshot *out)
{
	const struct record_pool *table = pools_table(pools);
	uint32_t slot;
	size_t n = 0;

	for (slot = 0; slot < RECORD_POOLS; slot++)
		n += table[slot].bs != 0;
	out->pools = calloc(n ? n : 1, sizeof(*out->pools));
	if (!out->pools)
		return -ENOMEM;
	for (slot = 0; slot < RECORD_POOLS && out->nr_pools < n; slot++)
		if (table[slot].bs)
			read_pool(pools, t, slot, &out->pools[out->nr_pools++]);
	return 0;
}

/*
 * Entries come and go while the map is walked; a walk whose place was deleted starts over, so the
 * number of steps is bounded.
 */
static int read_waiters(const struct trace *t, struct read_snapshot *out)
{
	uint32_t key, *prev = NULL;
	size_t room = 0;
	int steps;

	for (steps = 0; steps < 2 * RECORD_WAITERS; steps++) {
		struct read_waiter *w;

		if (bpf_map_get_next_key(t->waiters_fd, prev, &key))
			break;
		prev = &key;
		if (out->nr_waiters == room) {
			room = room ? 2 * room : 16;
			w = realloc(out->waiters, room * sizeof(*w));
			if (!w)
				return -ENOMEM;
			out->waiters = w;
		}
		w = &out->waiters[out->nr_waiters];
		memset(w, 0, sizeof(*w));
		if (bpf_map_lookup_elem(t->waiters_fd, &key, &w->rec))
			continue;
		out->nr_waiters++;
	}
	return 0;
}

int read_now(struct pools *pools, const struct trace *t, struct read_snapshot *out)
{
	struct timespec now;
	int err;

	memset(out, 0, sizeof(*out));
	err = pools_refresh(pools);
	pools_name_all(pools, t ? t->stacks_fd : -1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	out->time_ns = (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
	err = err ?: read_pools(pools, t, out);
	if (!err && t)
		err = read_waiters(t, out);
	memcpy(out->lost, pools_lost(pools), sizeof(out->lost));
	if (t)
		out->lost[RECORD_LOST_SKIPPED] = trace_skipped(t);
	if (err) {
		msg_error("cannot read the tracer's maps: %s", strerror(-err));
		read_free(out);
	}
	return err;
}

void read_stacks(const struct trace *t, struct read_snapshot *s)
{
	uint64_t ip[RECORD_STACK_DEPTH];
	size_t i, n;

	for (i = 0; i < s->nr_waiters; i++) {
		struct read_waiter *w = &s->waiters[i];

		memset(ip, 0, sizeof(ip));
		if (w->rec.stack < 0 || bpf_map_lookup_elem(t->stacks_fd, &w->rec.stack, ip))
			continue;
		for (n = 0; n < RECORD_STACK_DEPTH && ip[n]; n++)
			w->frames[n].addr = ip[n];
		if (!ksyms_by_addr(w->frames, n))
			w->nr_frames = n;
	}
}

void read_free(struct read_snapshot *s)
{
	free(s->pools);
	free(s->waiters);
	memset(s, 0, sizeof(*s));
}
