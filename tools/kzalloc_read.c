// SPDX-License-Identifier: GPL-2.0
/*
 * The accounting of zeroed allocations: names and snapshots.
 */
#include "kzalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "ksyms.h"
#include "kzalloc.skel.h"
#include "msg.h"

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

/* Whether the module that a symbol is in was there when the call site was first seen. */
static bool is_of_then(const struct kzalloc *k, uint32_t slot, const struct kzalloc_name *name)
{
	struct kzalloc_site site = { .id = k->skel->bss->sites[slot], .name = *name };
	struct kzalloc_snapshot s = { .modules = k->skel->bss->modules };
	const struct record_kzalloc_module *m;

	if (!name->module[0])
		return true;
	s.nr_modules = modules_used(k);
	m = kzalloc_module_of(&s, &site);
	return m && !m->gone_ns;
}

/* A call site is known by the address to return to, which may be in the next function. */
static int look_up(struct kzalloc *k, struct ksyms_at *at, const uint32_t *slots, size_t n)
{
	int err = ksyms_by_addr(at, n);
	size_t i;

	for (i = 0; i < n && !err; i++) {
		struct kzalloc_name name = { .offset = at[i].addr + 1 - at[i].start };

		k->tried[slots[i]] = true;
		if (!at[i].start)
			continue;
		strncpy(name.symbol, at[i].name, sizeof(name.symbol) - 1);
		strncpy(name.module, at[i].module, sizeof(name.module) - 1);
		if (is_of_then(k, slots[i], &name))
			k->names[slots[i]] = name;
	}
	return err;
}

int kzalloc_name_sites(struct kzalloc *k)
{
	const struct record_kzalloc_site *sites = k->skel->bss->sites;
	uint32_t slot, used = sites_used(k), *slots = calloc(used + 1, sizeof(*slots));
	struct ksyms_at *at = calloc(used + 1, sizeof(*at));
	int err = slots && at ? 0 : -ENOMEM;
	size_t n = 0;

	for (slot = 0; slot < used && !err; slot++) {
		if (!sites[slot].addr || k->names[slot].symbol[0] || k->tried[slot] ||
		    !kzalloc_parse_symbol(sites[slot].symbol, &k->names[slot]))
			continue;
		slots[n] = slot;
		at[n++].addr = sites[slot].addr - 1;
	}
	err = err ?: look_up(k, at, slots, n);
	free(slots);
	free(at);
	return err;
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
		out->sites[i].name = k->names[i];
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
	int fd = bpf_map__fd(k->skel->maps.objects), err = 0;
	uint64_t *keys = calloc(RECORD_KZALLOC_OBJECTS, sizeof(*keys));
	uint32_t batch, *prev = NULL, count;

	out->objects = calloc(RECORD_KZALLOC_OBJECTS, sizeof(*out->objects));
	if (!keys || !out->objects)
		err = -ENOMEM;
	while (!err && out->nr_objects < RECORD_KZALLOC_OBJECTS) {
		count = (uint32_t)(RECORD_KZALLOC_OBJECTS - out->nr_objects);
		err = bpf_map_lookup_batch(fd, prev, &batch, keys, out->objects + out->nr_objects,
					   &count, NULL);
		err = err ? -errno : 0;
		if (!err || err == -ENOENT)
			out->nr_objects += count;
		prev = &batch;
	}
	free(keys);
	return err == -ENOENT ? 0 : err; /* this is how the end is told */
}

int kzalloc_read(struct kzalloc *k, struct kzalloc_snapshot *out)
{
	struct timespec now;
	int err;

	memset(out, 0, sizeof(*out));
	err = kzalloc_name_sites(k);
	clock_gettime(CLOCK_MONOTONIC, &now);
	out->time_ns = (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
	out->start_ns = k->start_ns;
	err = err ?: read_sites(k, out);
	err = err ?: read_modules(k, out);
	err = err ?: read_objects(k, out);
	memcpy(out->lost, k->skel->bss->lost, sizeof(out->lost));
	if (err) {
		msg_error("cannot read what was counted: %s%s", strerror(-err),
			  err == -EPERM ? "; set kernel.kptr_restrict to 1" : "");
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
