// SPDX-License-Identifier: GPL-2.0
/*
 * JSON for programs. Times are in seconds, sizes in bytes, counts are of the reported time.
 */
#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

#include "util/cgroup.h"
#include "render/json_add.h"
#include "render/render.h"
#include "util/out.h"

/* Of none there is no median, and what was not measured is null. */
static void add_summary(struct json_object *obj, const char *key, bool measured,
			const struct hist_summary *h)
{
	const struct {
		const char *key;
		uint64_t ns;
	} times[] = { { "p50_s", h->p50 }, { "p99_s", h->p99 }, { "max_s", h->max } };
	struct json_object *s = measured ? json_object_new_object() : NULL;
	size_t i;

	if (s)
		json_add_u64(s, "count", h->count);
	for (i = 0; s && i < sizeof(times) / sizeof(times[0]); i++) {
		if (h->count)
			json_add_seconds(s, times[i].key, times[i].ns);
		else
			json_object_object_add(s, times[i].key, NULL);
	}
	json_object_object_add(obj, key, s);
}

static void add_seen(struct json_object *obj, const char *key, bool seen, uint64_t value)
{
	if (seen)
		json_add_u64(obj, key, value);
	else
		json_object_object_add(obj, key, NULL);
}

static void add_ways(struct json_object *obj, const struct model_report *r,
		     const struct model_pool *p)
{
	struct json_object *ways = json_object_new_object();
	bool all = model_sees(r, TRACE_SEES_FIRST_FAILURES);
	unsigned int way;

	for (way = 0; way < RECORD_WAYS; way++)
		if (way != RECORD_WAY_UNKNOWN || !all)
			add_seen(ways, model_way_name(way), model_has_way(r, way), p->way[way]);
	json_object_object_add(obj, "ways", ways);
}

/* Pools that are gone and not among the others any more. */
static struct json_object *gone_object(const struct model_report *r)
{
	struct json_object *obj = json_object_new_object();

	json_add_u64(obj, "pools", r->gone.pools);
	add_seen(obj, "allocations", model_sees(r, TRACE_SEES_CALLS), r->gone.all.allocs);
	add_ways(obj, r, &r->gone.all);
	return obj;
}

/* Who waits now. */
static void add_waiting(struct json_object *obj, bool seen, const struct model_pool *p)
{
	add_seen(obj, "waiting", seen, p->waiting);
	if (seen) {
		json_add_seconds(obj, "waiting_longest_s", p->waiting_longest_ns);
		json_add_bool(obj, "stalled", p->stalled);
	} else {
		json_object_object_add(obj, "waiting_longest_s", NULL);
		json_object_object_add(obj, "stalled", NULL);
	}
}

static struct json_object *pool_object(const struct model_report *r, const struct model_pool *p,
				       bool addresses)
{
	struct json_object *obj = json_object_new_object();
	bool punts = model_sees(r, TRACE_SEES_PUNTS), runs = model_sees(r, TRACE_SEES_RESCUES);
	bool waits = model_sees(r, TRACE_SEES_WAITS);
	char address[24];

	json_add_str(obj, "name", p->name);
	json_add_name(obj, "device", p->device);
	json_add_name(obj, "pool", p->pool);
	json_add_str(obj, "module", p->module);
	if (addresses) {
		snprintf(address, sizeof(address), "0x%016" PRIx64, p->address);
		json_add_str(obj, "address", address);
		snprintf(address, sizeof(address), "0x%016" PRIx64, p->mempool);
		json_add_str(obj, "mempool_address", address);
	}
	json_add_u64(obj, "reserve", p->reserve);
	json_add_u64(obj, "level", p->level);
	add_seen(obj, "lowest", model_sees(r, TRACE_SEES_RESERVE), p->lowest);
	json_add_u64(obj, "front_pad_bytes", p->front_pad);
	json_add_bool(obj, "rescuer", p->flags & RECORD_POOL_RESCUER);
	json_add_bool(obj, "percpu_cache", p->flags & RECORD_POOL_PERCPU_CACHE);
	json_add_bool(obj, "gone", p->flags & RECORD_POOL_GONE);
	add_seen(obj, "allocations", model_sees(r, TRACE_SEES_CALLS), p->allocs);
	add_ways(obj, r, p);
	add_summary(obj, "allocation", model_sees(r, TRACE_SEES_TIMES), &p->alloc);
	add_summary(obj, "wait", waits, &p->wait);
	add_summary(obj, "lifetime", model_sees(r, TRACE_SEES_LIVES), &p->lifetime);
	add_seen(obj, "punts", punts, p->punts);
	add_seen(obj, "punted_bios", punts, p->punted_bios);
	add_seen(obj, "rescuer_runs", runs, p->rescuer_runs);
	add_seen(obj, "workqueue_rescuer_runs", runs, p->wq_rescuer_runs);
	add_summary(obj, "rescuer_wakeup", model_sees(r, TRACE_SEES_WAKEUPS), &p->wakeup);
	add_summary(obj, "rescuer_run", model_sees(r, TRACE_SEES_RUNS), &p->run);
	add_waiting(obj, waits, p);
	add_seen(obj, "unknown_holders", model_sees(r, TRACE_SEES_RESERVE) && r->has_causes,
		 model_unknown(p));
	return obj;
}

struct json_object *render_json_stack(const struct read_stack *stack)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; stack && i < stack->nr_frames; i++)
		if (stack->frames[i].name[0])
			json_object_array_add(array, json_object_new_string(stack->frames[i].name));
	return array;
}

/* Its path below the cgroup2 mount, or null if that is not to be found any more. */
static void add_cgroup(struct json_object *obj, uint64_t id)
{
	json_add_u64(obj, "cgroup_id", id);
	json_add_name(obj, "cgroup", cgroup_path(id));
}

static void add_submitter(struct json_object *obj, const struct read_waiter *w)
{
	struct json_object *submitter = NULL;

	if (w->submitter) {
		submitter = json_object_new_object();
		if (w->submitter_comm[0])
			json_add_name(submitter, "comm", w->submitter_comm);
		else
			json_object_object_add(submitter, "comm", NULL);
		json_add_u64(submitter, "tid", w->submitter);
	}
	json_object_object_add(obj, "submitter", submitter);
}

static struct json_object *waiter_object(const struct model_report *r, const struct model_waiter *w)
{
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "pool", w->pool);
	json_add_name(obj, "comm", w->rec->comm);
	json_add_u64(obj, "tid", w->rec->tid);
	json_add_u64(obj, "pid", w->rec->tgid);
	json_add_seconds(obj, "waited_s", w->waited_ns);
	json_add_u64(obj, "sleeps", w->rec->cycles);
	json_add_seconds(obj, "stuck_s", w->stuck_ns);
	json_add_bool(obj, "stalled", w->stalled);
	json_add_bool(obj, "before", w->rec->before);
	add_seen(obj, "parked", r->has_causes, w->parked);
	add_submitter(obj, w->waiter);
	add_cgroup(obj, w->rec->cgroup);
	json_object_object_add(obj, "stack", render_json_stack(w->stack));
	return obj;
}

static struct json_object *holder_object(const struct model_holder *h)
{
	const struct record_holder *rec = &h->held->rec;
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "pool", h->pool);
	json_add_name(obj, "comm", rec->comm);
	json_add_u64(obj, "tid", rec->tid);
	json_add_u64(obj, "pid", rec->tgid);
	json_add_seconds(obj, "held_s", h->held_ns);
	json_add_str(obj, "state", model_bio_state_name(h->held->element.state));
	json_add_u64(obj, "dev", h->held->element.dev);
	add_seen(obj, "parked_by", h->held->element.state == RECORD_BIO_PARKED, h->held->parked_by);
	add_cgroup(obj, rec->cgroup);
	json_object_object_add(obj, "stack", render_json_stack(h->held->stack));
	return obj;
}

/* Ages that are not known are null. */
static void add_age(struct json_object *obj, const char *key, uint64_t ns)
{
	if (ns)
		json_add_seconds(obj, key, ns);
	else
		json_object_object_add(obj, key, NULL);
}

/* Who is blocked, and whether that is for a pool at all; null: it was not looked. */
static struct json_object *blocked_object(const struct model_report *r)
{
	struct json_object *obj = r->has_causes ? json_object_new_object() : NULL, *one;
	unsigned int kind;

	for (kind = 0; obj && kind < BLOCKED_KINDS; kind++) {
		one = json_object_new_object();
		json_add_u64(one, "tasks", r->blocked[kind].tasks);
		add_age(one, "longest_s", r->blocked[kind].longest_ns);
		json_add_str(one, "where", r->blocked[kind].where);
		json_object_object_add(obj, blocked_kind_name(kind), one);
	}
	return obj;
}

static struct json_object *in_flight_object(const struct where_disk *d)
{
	struct json_object *obj = json_object_new_object();

	json_add_name(obj, "name", d->name);
	json_add_u64(obj, "dev", d->dev);
	json_add_u64(obj, "requests", d->requests);
	add_age(obj, "oldest_s", d->oldest_ns);
	return obj;
}

static struct json_object *unseen_bios_object(const struct where_bios *b)
{
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "pool", b->pool);
	json_add_u64(obj, "bios", b->bios);
	json_add_name(obj, "disk", b->disk ?: "");
	add_age(obj, "oldest_s", b->oldest_ns);
	add_seen(obj, "parked_by", b->task, b->task ? b->task->tid : 0);
	return obj;
}

static struct json_object *disk_object(const struct model_disk *d)
{
	struct json_object *obj = json_object_new_object();

	json_add_name(obj, "name", d->name);
	json_add_u64(obj, "dev", d->dev);
	add_summary(obj, "latency", true, &d->latency);
	return obj;
}

/* Programs that are not there, and what is not seen without them. */
static struct json_object *unseen_array(const struct model_report *r)
{
	struct json_object *array = json_object_new_array(), *one;
	char why[PROBE_WHY];
	size_t i;

	for (i = 0; r->probes && i < PROBES; i++) {
		if (!probe_is_blind(r->probes, i))
			continue;
		one = json_object_new_object();
		json_add_str(one, "program", probe_table[i].prog);
		json_add_str(one, "state", probe_state_name(r->probes[i].state));
		json_add_str(one, "reason", probe_reason(&r->probes[i], why));
		json_add_str(one, "without", probe_table[i].without);
		json_object_array_add(array, one);
	}
	return array;
}

/* By program: runs that are missing, and a detail of something with each. */
static struct json_object *skipped_object(const struct model_report *r)
{
	struct json_object *obj = json_object_new_object();
	size_t i;

	for (i = 0; i < PROBES; i++)
		if (r->skipped[i])
			json_add_u64(obj, probe_table[i].prog, r->skipped[i]);
	return obj;
}

struct json_object *render_json_report(const char *command, const struct model_report *r,
				       bool addresses)
{
	struct json_object *obj = json_add_document(RENDER_SCHEMA, command), *array,
			   *lost = json_object_new_object();
	unsigned int what;
	size_t i;

	json_add_seconds(obj, "duration_s", r->duration_ns);
	array = json_object_new_array();
	for (i = 0; i < r->nr_pools; i++)
		json_object_array_add(array, pool_object(r, &r->pools[i], addresses));
	json_object_object_add(obj, "pools", array);
	json_object_object_add(obj, "gone", gone_object(r));
	array = model_sees(r, TRACE_SEES_WAITS) ? json_object_new_array() : NULL;
	for (i = 0; array && i < r->nr_waiters; i++)
		json_object_array_add(array, waiter_object(r, &r->waiters[i]));
	json_object_object_add(obj, "waiters", array);
	json_object_object_add(obj, "blocked", blocked_object(r));
	array = model_sees(r, TRACE_SEES_RESERVE) ? json_object_new_array() : NULL;
	for (i = 0; array && i < r->nr_holders; i++)
		json_object_array_add(array, holder_object(&r->holders[i]));
	json_object_object_add(obj, "holders", array);
	array = r->has_causes ? json_object_new_array() : NULL;
	for (i = 0; array && i < r->nr_unseen; i++)
		json_object_array_add(array, unseen_bios_object(&r->unseen[i]));
	json_object_object_add(obj, "unseen_bios", array);
	array = r->has_causes ? json_object_new_array() : NULL;
	for (i = 0; array && i < r->nr_in_flight; i++)
		json_object_array_add(array, in_flight_object(&r->in_flight[i]));
	json_object_object_add(obj, "in_flight", array);
	array = model_sees(r, TRACE_SEES_DISKS) ? json_object_new_array() : NULL;
	for (i = 0; array && i < r->nr_disks; i++)
		json_object_array_add(array, disk_object(&r->disks[i]));
	json_object_object_add(obj, "disks", array);
	for (what = 0; what < RECORD_LOSTS; what++)
		json_add_u64(lost, model_lost_name(what), r->lost[what]);
	json_object_object_add(obj, "lost", lost);
	json_object_object_add(obj, "skipped", skipped_object(r));
	json_object_object_add(obj, "unseen", unseen_array(r));
	return obj;
}

struct json_object *render_json_pressure(const char *target, const struct pressure_stats *stats,
					 uint32_t ppm)
{
	struct json_object *obj = json_object_new_object(), *missed = json_object_new_object();

	json_add_str(obj, "pool", target);
	json_add_u64(obj, "ppm", ppm);
	json_add_u64(obj, "seed", stats->seed);
	json_add_u64(obj, "seen", stats->refused + stats->spared);
	json_add_u64(obj, "refused", stats->refused);
	json_add_u64(obj, "spared", stats->spared);
	json_add_u64(obj, "excluded", stats->excluded);
	json_add_u64(obj, "missed", stats->missed);
	json_add_u64(missed, "overflow", stats->missed_overflow);
	json_add_u64(missed, "recursion", stats->missed_recursion);
	json_add_u64(missed, "before", stats->missed_before);
	json_object_object_add(obj, "missed_by", missed);
	json_add_bool(obj, "armed",
		      stats->state == PRESSURE_HELD || stats->state == PRESSURE_LIFTED);
	return obj;
}

struct json_object *render_json_doctor(const struct render_check *checks, size_t n)
{
	struct json_object *obj = json_add_document(RENDER_SCHEMA, "doctor");
	struct json_object *array = json_object_new_array(), *c;
	size_t i;

	for (i = 0; i < n; i++) {
		c = json_object_new_object();
		json_add_str(c, "name", checks[i].name);
		json_add_bool(c, "ok", checks[i].ok);
		json_add_str(c, "state", checks[i].state);
		json_add_str(c, "detail", checks[i].detail);
		json_object_array_add(array, c);
	}
	json_object_object_add(obj, "checks", array);
	return obj;
}

struct json_object *render_json_cost(const struct cost *costs, size_t n)
{
	struct json_object *obj = json_add_document(RENDER_SCHEMA, "doctor");
	struct json_object *array = json_object_new_array(), *c;
	size_t i;

	for (i = 0; i < n; i++) {
		c = json_object_new_object();
		json_add_str(c, "probe", costs[i].prog);
		json_add_u64(c, "runs", costs[i].runs);
		json_add_seconds(c, "run_s", costs[i].ns);
		json_add_u64(c, "skipped", costs[i].skipped);
		json_object_array_add(array, c);
	}
	json_object_object_add(obj, "costs", array);
	return obj;
}

void render_json_print(struct json_object *obj, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	puts(json_object_to_json_string_ext(obj, flags));
	out_is_lost();
	json_object_put(obj);
}
