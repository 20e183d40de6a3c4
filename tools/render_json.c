// SPDX-License-Identifier: GPL-2.0
/*
 * JSON for programs. Times are in seconds, sizes in bytes, counts are of the reported time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>

#include <json-c/json.h>

#include "render.h"

static void add_u64(struct json_object *obj, const char *key, uint64_t value)
{
	json_object_object_add(obj, key, json_object_new_uint64(value));
}

static void add_str(struct json_object *obj, const char *key, const char *value)
{
	json_object_object_add(obj, key, value[0] ? json_object_new_string(value) : NULL);
}

static void add_bool(struct json_object *obj, const char *key, bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

/* Whole nanoseconds, without the digits that a double would add. */
static void add_seconds(struct json_object *obj, const char *key, uint64_t ns)
{
	char text[40];

	snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
	json_object_object_add(obj, key, json_object_new_double_s((double)ns / 1e9, text));
}

static void add_summary(struct json_object *obj, const char *key, const struct hist_summary *h)
{
	struct json_object *s = json_object_new_object();

	add_u64(s, "count", h->count);
	add_seconds(s, "p50_s", h->p50);
	add_seconds(s, "p99_s", h->p99);
	add_seconds(s, "max_s", h->max);
	json_object_object_add(obj, key, s);
}

static struct json_object *pool_object(const struct model_pool *p, bool addresses)
{
	struct json_object *obj = json_object_new_object(), *ways = json_object_new_object();
	char address[24];
	unsigned int way;

	add_str(obj, "name", p->name);
	add_str(obj, "device", p->device);
	add_str(obj, "pool", p->pool);
	add_str(obj, "module", p->module);
	if (addresses) {
		snprintf(address, sizeof(address), "0x%016" PRIx64, p->address);
		add_str(obj, "address", address);
	}
	add_u64(obj, "reserve", p->reserve);
	add_u64(obj, "level", p->level);
	add_u64(obj, "lowest", p->lowest);
	add_u64(obj, "front_pad_bytes", p->front_pad);
	add_bool(obj, "rescuer", p->flags & RECORD_POOL_RESCUER);
	add_bool(obj, "percpu_cache", p->flags & RECORD_POOL_PERCPU_CACHE);
	add_bool(obj, "gone", p->flags & RECORD_POOL_GONE);
	add_u64(obj, "allocations", p->allocs);
	for (way = 0; way < RECORD_WAYS; way++)
		add_u64(ways, model_way_name(way), p->way[way]);
	json_object_object_add(obj, "ways", ways);
	add_summary(obj, "allocation", &p->alloc);
	add_summary(obj, "wait", &p->wait);
	add_u64(obj, "punts", p->punts);
	add_u64(obj, "punted_bios", p->punted_bios);
	add_u64(obj, "rescuer_runs", p->rescuer_runs);
	add_u64(obj, "workqueue_rescuer_runs", p->wq_rescuer_runs);
	add_summary(obj, "rescuer_wakeup", &p->wakeup);
	add_summary(obj, "rescuer_run", &p->run);
	add_u64(obj, "waiting", p->waiting);
	add_seconds(obj, "waiting_longest_s", p->waiting_longest_ns);
	add_bool(obj, "stalled", p->stalled);
	return obj;
}

static struct json_object *stack_array(const struct model_waiter *w)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < w->nr_frames; i++)
		if (w->frames[i].name[0])
			json_object_array_add(array, json_object_new_string(w->frames[i].name));
	return array;
}

static struct json_object *waiter_object(const struct model_waiter *w)
{
	struct json_object *obj = json_object_new_object();

	add_str(obj, "pool", w->pool);
	add_str(obj, "comm", w->rec->comm);
	add_u64(obj, "tid", w->rec->tid);
	add_u64(obj, "pid", w->rec->tgid);
	add_seconds(obj, "waited_s", w->waited_ns);
	add_bool(obj, "stalled", w->waited_ns >= MODEL_STALL_NS);
	json_object_object_add(obj, "stack", stack_array(w));
	return obj;
}

static struct json_object *new_document(const char *command)
{
	struct json_object *obj = json_object_new_object();
	struct utsname uts;

	add_str(obj, "schema", RENDER_SCHEMA);
	add_str(obj, "command", command);
	if (!uname(&uts))
		add_str(obj, "kernel", uts.release);
	return obj;
}

struct json_object *render_json_report(const char *command, const struct model_report *r,
				       bool addresses)
{
	struct json_object *obj = new_document(command), *array, *lost = json_object_new_object();
	unsigned int what;
	size_t i;

	add_seconds(obj, "duration_s", r->duration_ns);
	array = json_object_new_array();
	for (i = 0; i < r->nr_pools; i++)
		json_object_array_add(array, pool_object(&r->pools[i], addresses));
	json_object_object_add(obj, "pools", array);
	array = json_object_new_array();
	for (i = 0; i < r->nr_waiters; i++)
		json_object_array_add(array, waiter_object(&r->waiters[i]));
	json_object_object_add(obj, "waiters", array);
	for (what = 0; what < RECORD_LOSTS; what++)
		add_u64(lost, model_lost_name(what), r->lost[what]);
	json_object_object_add(obj, "lost", lost);
	return obj;
}

struct json_object *render_json_pressure(const char *target, const struct pressure_stats *stats,
					 uint32_t ppm)
{
	struct json_object *obj = json_object_new_object();

	add_str(obj, "pool", target);
	add_u64(obj, "ppm", ppm);
	add_u64(obj, "seen", stats->seen);
	add_u64(obj, "refused", stats->refused);
	add_u64(obj, "missed", stats->missed);
	add_bool(obj, "armed", stats->armed);
	return obj;
}

struct json_object *render_json_doctor(const struct render_check *checks, size_t n)
{
	struct json_object *obj = new_document("doctor"), *array = json_object_new_array(), *c;
	size_t i;

	for (i = 0; i < n; i++) {
		c = json_object_new_object();
		add_str(c, "name", checks[i].name);
		add_bool(c, "ok", checks[i].ok);
		add_str(c, "state", checks[i].state);
		add_str(c, "detail", checks[i].detail);
		json_object_array_add(array, c);
	}
	json_object_object_add(obj, "checks", array);
	return obj;
}

void render_json_print(struct json_object *obj, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(obj, flags));
	fflush(stdout);
	json_object_put(obj);
}
