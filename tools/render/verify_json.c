// SPDX-License-Identifier: GPL-2.0
/*
 * What verify has found, as JSON for programs. What is not known is null.
 */
#include <json-c/json.h>

#include "render/json_add.h"
#include "render/verify.h"

static void add_work(struct json_object *obj, const struct verify_work *w)
{
	json_add_seconds(obj, "duration_s", w->duration_ns);
	json_add_u64(obj, "ios", w->ios);
	json_add_u64(obj, "ios_per_s", verify_rate(w));
	if (w->timed) {
		json_add_seconds(obj, "p99_s", w->p99_ns);
		json_add_seconds(obj, "longest_s", w->longest_ns);
	} else {
		json_object_object_add(obj, "p99_s", NULL);
		json_object_object_add(obj, "longest_s", NULL);
	}
	json_add_u64(obj, "errors", w->errors);
}

static struct json_object *pool_object(const struct verify_trial *t, size_t i)
{
	struct json_object *obj = json_object_new_object();

	json_add_name(obj, "name", t->names[i]);
	json_add_u64(obj, "reserve", t->reserves[i]);
	json_add_u64(obj, "refused", t->seen.refused[i]);
	json_add_u64(obj, "missed", t->seen.missed[i]);
	return obj;
}

static const char *hold_name(enum circle_hold hold)
{
	switch (hold) {
	case CIRCLE_UNSUBMITTED:
		return "unsubmitted";
	case CIRCLE_PARKED:
		return "parked";
	case CIRCLE_WORKS:
		return "works";
	case CIRCLE_TOOK:
		break;
	}
	return "took";
}

static const char *end_name(enum circle_end end)
{
	switch (end) {
	case CIRCLE_CLOSED:
		return "closed";
	case CIRCLE_DISK:
		return "disk";
	case CIRCLE_COMPLETED:
		return "completed";
	case CIRCLE_TASK:
		return "task";
	case CIRCLE_UNKNOWN:
		break;
	}
	return "unknown";
}

static void add_holder(struct json_object *obj, const struct model_holder *h)
{
	struct json_object *holder = NULL;

	if (h) {
		holder = json_object_new_object();
		json_add_name(holder, "comm", h->held->rec.comm);
		json_add_u64(holder, "tid", h->held->rec.tid);
		json_add_seconds(holder, "held_s", h->held_ns);
		json_object_object_add(holder, "stack", render_json_stack(h->held->stack));
	}
	json_object_object_add(obj, "taken_by", holder);
}

static struct json_object *link_object(const struct circle *c, size_t i)
{
	struct json_object *obj = json_object_new_object();
	const struct circle_link *l = &c->links[i];

	json_add_name(obj, "comm", l->waiter->rec->comm);
	json_add_u64(obj, "tid", l->waiter->rec->tid);
	json_add_name(obj, "waits_for", l->waiter->pool);
	json_add_seconds(obj, "waited_s", l->waiter->waited_ns);
	json_object_object_add(obj, "stack", render_json_stack(l->waiter->stack));
	if (c->end == CIRCLE_CLOSED || i + 1 < c->n) {
		json_add_str(obj, "held_as", hold_name(l->hold));
		add_holder(obj, l->holder);
	} else {
		json_object_object_add(obj, "held_as", NULL);
		add_holder(obj, c->holder);
	}
	return obj;
}

static struct json_object *circle_object(const struct circle *c)
{
	struct json_object *obj = json_object_new_object(), *links = json_object_new_array();
	size_t i;

	json_add_str(obj, "end", end_name(c->end));
	if (c->end == CIRCLE_CLOSED)
		json_add_u64(obj, "back_to", c->back);
	else
		json_object_object_add(obj, "back_to", NULL);
	for (i = 0; i < c->n; i++)
		json_object_array_add(links, link_object(c, i));
	json_object_object_add(obj, "links", links);
	return obj;
}

static void add_seen(struct json_object *obj, const struct verify_trial *t)
{
	const struct verify_seen *s = &t->seen;

	add_work(obj, &s->work);
	json_add_u64(obj, "stuck", s->stuck);
	json_add_u64(obj, "waiting", s->waiting);
	json_add_seconds(obj, "slept_s", s->slept_ns);
	json_add_bool(obj, "recovered", t->recovered);
	json_add_seconds(obj, "recovery_s", t->recovery_ns);
	if (t->checked) {
		json_add_u64(obj, "blocks", t->blocks.read);
		json_add_u64(obj, "damaged", t->blocks.damaged);
		json_add_u64(obj, "unread", t->blocks.unread);
	} else {
		json_object_object_add(obj, "blocks", NULL);
		json_object_object_add(obj, "damaged", NULL);
		json_object_object_add(obj, "unread", NULL);
	}
	json_object_object_add(obj, "circle", t->circle.n ? circle_object(&t->circle) : NULL);
}

static struct json_object *trial_object(const struct verify_trial *t)
{
	struct json_object *obj = json_object_new_object(), *pools = json_object_new_array();
	size_t i;

	for (i = 0; i < t->nr_pools; i++)
		json_object_array_add(pools, pool_object(t, i));
	json_object_object_add(obj, "pools", pools);
	json_add_str(obj, "verdict", verify_name(t->verdict));
	json_add_str(obj, "why", t->verdict == VERIFY_NOT_TESTED ? verify_why(t->untested) : "");
	json_add_bool(obj, "begun", t->begun);
	if (t->begun)
		add_seen(obj, t);
	return obj;
}

struct json_object *render_verify_json(const struct verify_result *r)
{
	struct json_object *obj = json_add_document(RENDER_VERIFY_SCHEMA, "verify");
	struct json_object *without = json_object_new_object(), *trials = json_object_new_array();
	size_t i;

	json_add_name(obj, "device", r->device);
	json_add_str(obj, "verdict", verify_name(verify_worst(r)));
	json_add_seconds(obj, "duration_s", r->duration_ns);
	json_add_seconds(obj, "most_s", r->most_ns);
	if (r->jobs) {
		json_add_u64(obj, "jobs", r->jobs);
		json_add_u64(obj, "seed", r->seed);
	} else {
		json_object_object_add(obj, "jobs", NULL);
		json_object_object_add(obj, "seed", NULL);
	}
	json_add_name(obj, "written", r->written ?: "");
	add_work(without, &r->without);
	json_object_object_add(obj, "without_pressure", without);
	for (i = 0; i < r->nr_trials; i++)
		json_object_array_add(trials, trial_object(&r->trials[i]));
	json_object_object_add(obj, "trials", trials);
	return obj;
}
