// SPDX-License-Identifier: GPL-2.0
/*
 * The report of zeroed allocations.
 */
#include "render/kzalloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "render/json_add.h"
#include "util/msg.h"
#include "util/text.h"

#define NAME_MIN 24
#define KERNEL "kernel" /* what is in no module */

static const char *module_name(const struct kzalloc_row *row)
{
	return row->module[0] ? row->module : KERNEL;
}

static int name_width(const struct kzalloc_report *r)
{
	size_t i, width = NAME_MIN;

	for (i = 0; i < r->nr_rows; i++)
		if (strlen(r->rows[i].site) + 2 > width)
			width = strlen(r->rows[i].site) + 2;
	return (int)width;
}

static void print_row(const char *indent, const char *name, int width,
		      const struct kzalloc_row *row)
{
	char age[TEXT_SIZE];

	width -= (int)strlen(indent);
	printf("%s%-*s %10" PRIu64 " %7" PRIu64 " %12" PRIu64 " %12" PRIu64 " %10" PRIu64
	       " %8" PRIu64 " %12" PRIu64 " %7s",
	       indent, width, name, row->calls, row->failed, row->bytes_req, row->bytes_alloc,
	       row->freed, row->live.objects, row->live.bytes_alloc,
	       text_time(row->live.objects ? row->live.oldest_ns : UINT64_MAX, age));
	if (row->leaked.objects)
		printf("  LEAKED %" PRIu64, row->leaked.objects);
	putchar('\n');
}

static void print_leaks(const struct kzalloc_report *r)
{
	char age[TEXT_SIZE], gone[TEXT_SIZE];
	size_t i;

	for (i = 0; i < r->nr_rows; i++) {
		const struct kzalloc_row *row = &r->rows[i];
		const struct kzalloc_live *l = &row->leaked;

		if (l->objects)
			printf("%s: %s, unloaded %s ago, left %" PRIu64
			       " object(s) of %s behind: %" PRIu64 " bytes asked for, %" PRIu64
			       " given, the oldest %s old\n",
			       kzalloc_is_certain(r, row) ? "LEAK" : "leak, perhaps", row->module,
			       text_time(row->gone_ns, gone), l->objects, row->site, l->bytes_req,
			       l->bytes_alloc, text_time(l->oldest_ns, age));
	}
}

void render_kzalloc_text(const struct kzalloc_report *r)
{
	int width = name_width(r);
	size_t m, i;

	printf("%-*s %10s %7s %12s %12s %10s %8s %12s %7s\n", width, "MODULE, CALL SITE", "CALLS",
	       "FAILED", "BYTES ASKED", "BYTES GIVEN", "FREED", "LIVE", "LIVE BYTES", "OLDEST");
	for (m = 0; m < r->nr_modules; m++) {
		print_row("", module_name(&r->modules[m]), width, &r->modules[m]);
		for (i = 0; i < r->nr_rows; i++)
			if (!strcmp(r->rows[i].module, r->modules[m].module))
				print_row("  ", r->rows[i].site, width, &r->rows[i]);
	}
	print_leaks(r);
}

void render_kzalloc_lost(const struct kzalloc_report *r)
{
	size_t i;

	for (i = 0; i < RECORD_KZALLOC_LOSTS; i++)
		if (r->lost[i])
			msg_note("not counted: %s %" PRIu64, kzalloc_lost_name((unsigned int)i),
				 r->lost[i]);
	for (i = 0; i < r->nr_rows; i++)
		if (r->rows[i].unseen)
			msg_note("%" PRIu64
				 " free(s) of %s were not seen when they happened, so some that it "
				 "has live or leaked may be free",
				 r->rows[i].unseen, r->rows[i].site);
}

static void add_live(struct json_object *obj, const char *key, const struct kzalloc_live *l)
{
	struct json_object *o = json_object_new_object();

	json_add_u64(o, "objects", l->objects);
	json_add_u64(o, "bytes_requested", l->bytes_req);
	json_add_u64(o, "bytes_allocated", l->bytes_alloc);
	json_add_seconds(o, "oldest_s", l->oldest_ns);
	json_object_object_add(obj, key, o);
}

/* One call site, one module, or all. */
static struct json_object *row_object(const struct kzalloc_row *row, bool module, bool site)
{
	struct json_object *obj = json_object_new_object();

	if (module)
		json_add_str(obj, "module", row->module);
	if (site)
		json_add_str(obj, "site", row->site);
	json_add_u64(obj, "calls", row->calls);
	json_add_u64(obj, "failed", row->failed);
	json_add_u64(obj, "bytes_requested", row->bytes_req);
	json_add_u64(obj, "bytes_allocated", row->bytes_alloc);
	json_add_u64(obj, "freed", row->freed);
	json_add_u64(obj, "freed_unseen", row->unseen);
	add_live(obj, "live", &row->live);
	add_live(obj, "leaked", &row->leaked);
	return obj;
}

static struct json_object *leak_object(const struct kzalloc_report *r,
				       const struct kzalloc_row *row)
{
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "module", row->module);
	json_add_str(obj, "site", row->site);
	json_add_u64(obj, "objects", row->leaked.objects);
	json_add_u64(obj, "bytes_requested", row->leaked.bytes_req);
	json_add_u64(obj, "bytes_allocated", row->leaked.bytes_alloc);
	json_add_seconds(obj, "oldest_s", row->leaked.oldest_ns);
	json_add_seconds(obj, "unloaded_s", row->gone_ns);
	json_add_bool(obj, "certain", kzalloc_is_certain(r, row));
	return obj;
}

struct json_object *render_kzalloc_json(const struct kzalloc_report *r)
{
	struct json_object *obj = json_add_document(RENDER_KZALLOC_SCHEMA, "kzalloc"), *lost;
	struct json_object *sites = json_object_new_array(), *modules = json_object_new_array();
	struct json_object *leaks = json_object_new_array();
	unsigned int what;
	size_t i;

	json_add_seconds(obj, "duration_s", r->duration_ns);
	for (i = 0; i < r->nr_modules; i++)
		json_object_array_add(modules, row_object(&r->modules[i], true, false));
	for (i = 0; i < r->nr_rows; i++) {
		json_object_array_add(sites, row_object(&r->rows[i], true, true));
		if (r->rows[i].leaked.objects)
			json_object_array_add(leaks, leak_object(r, &r->rows[i]));
	}
	json_object_object_add(obj, "total", row_object(&r->total, false, false));
	json_object_object_add(obj, "modules", modules);
	json_object_object_add(obj, "sites", sites);
	json_object_object_add(obj, "leaks", leaks);
	lost = json_object_new_object();
	for (what = 0; what < RECORD_KZALLOC_LOSTS; what++)
		json_add_u64(lost, kzalloc_lost_name(what), r->lost[what]);
	json_object_object_add(obj, "lost", lost);
	return obj;
}
