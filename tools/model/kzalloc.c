// SPDX-License-Identifier: GPL-2.0
/*
 * From a snapshot of zeroed allocations to a report.
 */
#include "model/kzalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/msg.h"

static bool is_in(uint64_t addr, uint64_t base, uint64_t size)
{
	return addr - base < size;
}

static bool is_there(const struct record_kzalloc_module *m, const struct kzalloc_site *site)
{
	if (!m->base || m->loaded_ns > site->id.since_ns ||
	    (m->gone_ns && m->gone_ns < site->id.since_ns))
		return false;
	if (site->name.symbol[0] && strcmp(m->name, site->name.module))
		return false;
	return is_in(site->id.addr, m->base, m->size) ||
	       is_in(site->id.addr, m->init_base, m->init_size);
}

/*
 * Of a module that was there before the tracer the size is that of code and data together, which
 * may be apart: the last one that begins before the address is meant.
 */
const struct record_kzalloc_module *kzalloc_module_of(const struct kzalloc_snapshot *s,
						      const struct kzalloc_site *site)
{
	const struct record_kzalloc_module *m, *best = NULL;
	size_t i;

	for (i = 0; i < s->nr_modules; i++) {
		m = &s->modules[i];
		if (!is_there(m, site))
			continue;
		if (!best || m->loaded_ns > best->loaded_ns ||
		    (m->loaded_ns == best->loaded_ns && m->base > best->base))
			best = m;
	}
	return best;
}

static void row_name(const struct kzalloc_site *site, const struct record_kzalloc_module *m,
		     struct kzalloc_row *row)
{
	const struct kzalloc_name *name = &site->name;
	uint64_t addr = site->id.addr;

	snprintf(row->module, sizeof(row->module), "%s",
		 name->symbol[0] || !m ? name->module : m->name);
	if (name->symbol[0]) {
		snprintf(row->site, sizeof(row->site), "%s+0x%" PRIx64, name->symbol, name->offset);
	} else if (m) {
		bool core = is_in(addr, m->base, m->size);

		addr -= core ? m->base : m->init_base;
		snprintf(row->site, sizeof(row->site), "%s+0x%" PRIx64, core ? "code" : "init code",
			 addr);
	} else {
		snprintf(row->site, sizeof(row->site), "0x%" PRIx64, addr);
	}
}

static void add_counts(struct kzalloc_row *to, const struct kzalloc_row *from)
{
	to->calls += from->calls;
	to->failed += from->failed;
	to->bytes_req += from->bytes_req;
	to->bytes_alloc += from->bytes_alloc;
	to->freed += from->freed;
	to->unseen += from->unseen;
}

static void add_live(struct kzalloc_live *to, const struct kzalloc_live *from)
{
	to->objects += from->objects;
	to->bytes_req += from->bytes_req;
	to->bytes_alloc += from->bytes_alloc;
	if (from->oldest_ns > to->oldest_ns)
		to->oldest_ns = from->oldest_ns;
}

static void add_row(struct kzalloc_row *to, const struct kzalloc_row *from)
{
	add_counts(to, from);
	add_live(&to->live, &from->live);
	add_live(&to->leaked, &from->leaked);
	if (from->gone_ns && (!to->gone_ns || from->gone_ns < to->gone_ns))
		to->gone_ns = from->gone_ns;
}

/* What lives of each slot; @live has as many as there are slots. */
static void sum_objects(const struct kzalloc_snapshot *s, struct kzalloc_live *live)
{
	size_t i;

	for (i = 0; i < s->nr_objects; i++) {
		const struct record_kzalloc_object *o = &s->objects[i];
		struct kzalloc_live one = { 1, o->bytes_req, o->bytes_alloc, 0 };

		if (o->slot >= s->nr_sites)
			continue;
		one.oldest_ns = s->time_ns > o->since_ns ? s->time_ns - o->since_ns : 0;
		add_live(&live[o->slot], &one);
	}
}

static void make_row(const struct kzalloc_snapshot *s, const struct kzalloc_site *site,
		     const struct kzalloc_live *live, struct kzalloc_row *row)
{
	const struct record_kzalloc_module *m = kzalloc_module_of(s, site);

	memset(row, 0, sizeof(*row));
	row_name(site, m, row);
	row->calls = site->counts.calls;
	row->failed = site->counts.failed;
	row->bytes_req = site->counts.bytes_req;
	row->bytes_alloc = site->counts.bytes_alloc;
	row->freed = site->counts.freed;
	row->unseen = site->counts.unseen;
	if (!m || !m->gone_ns) {
		row->live = *live;
	} else if (live->objects) {
		row->leaked = *live;
		row->gone_ns = s->time_ns > m->gone_ns ? s->time_ns - m->gone_ns : 1;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct kzalloc_row *x = a, *y = b;

	return strcmp(x->module, y->module) ?: strcmp(x->site, y->site);
}

static int compare(uint64_t x, uint64_t y)
{
	return x > y ? -1 : x < y;
}

static int by_size(const void *a, const void *b)
{
	const struct kzalloc_row *x = a, *y = b;

	return compare(x->leaked.bytes_alloc, y->leaked.bytes_alloc)	 ?:
		       compare(x->live.bytes_alloc, y->live.bytes_alloc) ?:
		       compare(x->calls, y->calls)			 ?:
									   by_name(a, b);
}

/* Makes one row of neighbours for which @same gives 0. */
static size_t merge(struct kzalloc_row *rows, size_t n, int (*same)(const void *, const void *))
{
	size_t i, out = 0;

	for (i = 0; i < n; i++) {
		if (out && !same(&rows[out - 1], &rows[i]))
			add_row(&rows[out - 1], &rows[i]);
		else
			rows[out++] = rows[i];
	}
	return out;
}

static int by_module(const void *a, const void *b)
{
	const struct kzalloc_row *x = a, *y = b;

	return strcmp(x->module, y->module);
}

/* Rows in the order of the modules that they are of. */
static void order_rows(struct kzalloc_report *r, struct kzalloc_row *sorted)
{
	size_t m, i, out = 0, first;

	for (m = 0; m < r->nr_modules; m++) {
		first = out;
		for (i = 0; i < r->nr_rows; i++)
			if (!by_module(&r->rows[i], &r->modules[m]))
				sorted[out++] = r->rows[i];
		qsort(&sorted[first], out - first, sizeof(*sorted), by_size);
	}
}

static void sum_rows(struct kzalloc_report *r)
{
	size_t i;

	qsort(r->rows, r->nr_rows, sizeof(*r->rows), by_name);
	r->nr_rows = merge(r->rows, r->nr_rows, by_name);
	memcpy(r->modules, r->rows, r->nr_rows * sizeof(*r->rows));
	for (i = 0; i < r->nr_rows; i++) {
		r->modules[i].site[0] = '\0';
		add_row(&r->total, &r->rows[i]);
	}
	r->nr_modules = merge(r->modules, r->nr_rows, by_module);
	qsort(r->modules, r->nr_modules, sizeof(*r->modules), by_size);
}

static void sum_lost(const struct kzalloc_snapshot *s, struct kzalloc_report *r)
{
	unsigned int i;

	memcpy(r->lost, s->lost, sizeof(r->lost));
	for (i = 0; i < RECORD_KZALLOC_LOSTS; i++)
		r->lost_total += r->lost[i];
}

int kzalloc_report(const struct kzalloc_snapshot *s, const char *module, struct kzalloc_report *r)
{
	size_t i, room = s->nr_sites ? s->nr_sites : 1;
	struct kzalloc_live *live = calloc(room, sizeof(*live));
	struct kzalloc_row *rows = calloc(room, sizeof(*rows));

	memset(r, 0, sizeof(*r));
	r->rows = calloc(room, sizeof(*r->rows));
	r->modules = calloc(room, sizeof(*r->modules));
	if (!live || !rows || !r->rows || !r->modules) {
		free(live);
		free(rows);
		kzalloc_report_free(r);
		return -ENOMEM;
	}
	r->duration_ns = s->time_ns - s->start_ns;
	sum_objects(s, live);
	for (i = 0; i < s->nr_sites; i++) {
		struct kzalloc_row *row = &r->rows[r->nr_rows];

		if (!s->sites[i].id.addr || !s->sites[i].counts.calls)
			continue;
		make_row(s, &s->sites[i], &live[i], row);
		if (!module || !strcmp(row->module, module))
			r->nr_rows++;
	}
	sum_rows(r);
	order_rows(r, rows);
	free(r->rows);
	r->rows = rows;
	sum_lost(s, r);
	free(live);
	return 0;
}

void kzalloc_report_free(struct kzalloc_report *r)
{
	free(r->rows);
	free(r->modules);
	memset(r, 0, sizeof(*r));
}

bool kzalloc_is_certain(const struct kzalloc_report *r, const struct kzalloc_row *row)
{
	return !row->unseen && !r->lost[RECORD_KZALLOC_LOST_FREES];
}

int kzalloc_report_status(const struct kzalloc_report *r)
{
	size_t i;

	for (i = 0; i < r->nr_rows; i++)
		if (r->rows[i].leaked.objects && kzalloc_is_certain(r, &r->rows[i]))
			return MSG_EXIT_FAILED;
	return r->lost_total || r->total.leaked.objects ? MSG_EXIT_LOST : MSG_EXIT_OK;
}

const char *kzalloc_lost_name(unsigned int what)
{
	static const char *const names[RECORD_KZALLOC_LOSTS] = {
		[RECORD_KZALLOC_LOST_SITES] = "call_sites",
		[RECORD_KZALLOC_LOST_OBJECTS] = "objects",
		[RECORD_KZALLOC_LOST_FREES] = "frees",
		[RECORD_KZALLOC_LOST_MODULES] = "modules",
	};

	return what < RECORD_KZALLOC_LOSTS ? names[what] : "unknown";
}
