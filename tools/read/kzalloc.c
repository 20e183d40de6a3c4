// SPDX-License-Identifier: GPL-2.0
/*
 * The accounting of zeroed allocations: snapshots.
 */
#include "read/kzalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "kzalloc.skel.h"
#include "load/kzalloc.h"
#include "read/batch.h"
#include "util/clock.h"
#include "util/msg.h"

static uint32_t sites_used(const struct kzalloc *k)
{
	uint32_t used = k->skel->bss->sites_used;

	return used < RECORD_KZALLOC_SITES ? used : RECORD_KZALLOC_SITES;
}

static uint32_t modules_used(const struct kzalloc *k)
{
	uint32_t used = k->skel->bss->modules_used;

	return used < RECORD_KZALLOC_MODULES ? used : RECORD_KZALLOC_MODULES;
}

static int read_sites(struct kzalloc *k, struct kzalloc_snapshot *out)
{
	unsigned int cpu;
	size_t i;

	out->nr_sites = sites_used(k);
	out->sites = calloc(out->nr_sites + 1, sizeof(*out->sites));
	if (!out->sites)
		return -ENOMEM;
	for (i = 0; i < out->nr_sites; i++) {
		struct record_kzalloc_counts *sum = &out->sites[i].counts;

		out->sites[i].id = k->skel->bss->sites[i];
		kzalloc_parse_symbol(out->sites[i].id.symbol, &out->sites[i].name);
		for (cpu = 0; cpu < k->nr_cpus; cpu++) {
			const struct record_kzalloc_counts *row = &k->counts[i * k->nr_cpus + cpu];

			sum->calls += row->calls;
			sum->failed += row->failed;
			sum->bytes_req += row->bytes_req;
			sum->bytes_alloc += row->bytes_alloc;
			sum->freed += row->freed;
			sum->unseen += row->unseen;
		}
	}
	return 0;
}

static int read_modules(struct kzalloc *k, struct kzalloc_snapshot *out)
{
	out->nr_modules = modules_used(k);
	out->modules = calloc(out->nr_modules + 1, sizeof(*out->modules));
	if (!out->modules)
		return -ENOMEM;
	memcpy(out->modules, k->skel->bss->modules, out->nr_modules * sizeof(*out->modules));
	return 0;
}

/* Nothing is attached any more, so the map holds still. */
static int read_objects(struct kzalloc *k, struct kzalloc_snapshot *out)
{
	uint64_t *keys = calloc(RECORD_KZALLOC_OBJECTS, sizeof(*keys));
	ssize_t n = -ENOMEM;

	out->objects = calloc(RECORD_KZALLOC_OBJECTS, sizeof(*out->objects));
	if (keys && out->objects)
		n = batch_read(bpf_map__fd(k->skel->maps.objects), keys, sizeof(*keys),
			       out->objects, sizeof(*out->objects), RECORD_KZALLOC_OBJECTS);
	free(keys);
	out->nr_objects = n > 0 ? (size_t)n : 0;
	return n < 0 ? (int)n : 0;
}

int kzalloc_read(struct kzalloc *k, struct kzalloc_snapshot *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	out->time_ns = clock_ns(CLOCK_MONOTONIC);
	out->start_ns = k->start_ns;
	err = read_sites(k, out);
	err = err ?: read_modules(k, out);
	err = err ?: read_objects(k, out);
	memcpy(out->lost, k->skel->bss->lost, sizeof(out->lost));
	if (err) {
		msg_error("cannot read what was counted: %s", strerror(-err));
		kzalloc_free_snapshot(out);
	}
	return err;
}

void kzalloc_free_snapshot(struct kzalloc_snapshot *s)
{
	free(s->sites);
	free(s->objects);
	free(s->modules);
	memset(s, 0, sizeof(*s));
}
