// SPDX-License-Identifier: GPL-2.0
/*
 * The findings of the rule checker as JSON for programs. What is not known is null.
 */
#include <json-c/json.h>

#include "model/frames.h"
#include "model/model.h"
#include "render/json_add.h"
#include "render/rules.h"
#include "render/rules_finding.h"
#include "util/text.h"

static void add_known(struct json_object *obj, const char *key, bool known, uint64_t value)
{
	if (known)
		json_add_u64(obj, key, value);
	else
		json_object_object_add(obj, key, NULL);
}

/* Return: whether anything is known of the pool. */
static bool add_pool(struct json_object *obj, const struct rules_finding *f)
{
	const struct pools_name *name = &f->seen->name;
	struct json_object *pool = NULL;
	char whole[MODEL_NAME];

	model_name(name, whole);
	if (whole[0]) {
		pool = json_object_new_object();
		json_add_name(pool, "name", whole);
		json_add_name(pool, "device", name->device);
		json_add_name(pool, "pool", name->pool);
		json_add_name(pool, "module", name->module);
	}
	json_object_object_add(obj, "pool", pool);
	return pool;
}

static void add_task(struct json_object *obj, const struct record_violation *rec)
{
	struct json_object *task = NULL;

	/* The idle task is 0, but has a name. */
	if (rec->tid || rec->comm[0]) {
		task = json_object_new_object();
		json_add_name(task, "comm", rec->comm);
		json_add_u64(task, "tid", rec->tid);
		json_add_u64(task, "pid", rec->tgid);
	}
	json_object_object_add(obj, "task", task);
}

/* The tracer's own frames are not the task's. */
static void add_stack(struct json_object *obj, const char *key, const struct rules_stack *stack)
{
	struct json_object *array = stack->nr_frames ? json_object_new_array() : NULL;
	char name[RULES_FINDING_NAME];
	size_t i;

	for (i = 0; i < stack->nr_frames; i++) {
		if (frames_kind_of(stack->frames[i].name) == FRAMES_TRACER)
			continue;
		text_escape(stack->frames[i].name, name, sizeof(name));
		json_object_array_add(array, json_object_new_string(name));
	}
	json_object_object_add(obj, key, array);
}

static struct json_object *finding_object(const struct rules_finding *f)
{
	struct json_object *obj = json_object_new_object();
	bool known;

	json_add_str(obj, "rule", rules_name(f->rule));
	json_add_str(obj, "grade", rules_grade_name(f->grade));
	known = add_pool(obj, f);
	add_known(obj, "reserve", known, f->seen->reserve);
	json_object_object_add(obj, "rescuer",
			       known ? json_object_new_boolean(f->seen->rescuer) : NULL);
	json_add_name(obj, "device", f->seen->device);
	json_add_u64(obj, "count", f->count);
	add_known(obj, "depth", f->depth, f->depth);
	json_add_bool(obj, "stranded", f->stranded);
	add_known(obj, "covers_tasks", f->tasks, f->tasks);
	add_task(obj, &f->seen->rec);
	json_add_name(obj, "site", f->site);
	json_add_name(obj, "site_module", f->module);
	json_add_name(obj, "first_site", f->first_site);
	add_stack(obj, "stack", &f->seen->stack);
	add_stack(obj, "first_stack", &f->seen->first);
	add_known(obj, "suppressed_by", f->suppressed, f->suppressed ? f->suppressed->line : 0);
	return obj;
}

struct json_object *render_rules_json(const struct rules_report *r)
{
	struct json_object *obj = json_add_document(RENDER_RULES_SCHEMA, "check");
	struct json_object *findings = json_object_new_array(), *lost = json_object_new_object();
	unsigned int what;
	size_t i;

	json_add_seconds(obj, "duration_s", r->duration_ns);
	for (i = 0; i < r->nr_findings + r->nr_suppressed; i++)
		json_object_array_add(findings, finding_object(&r->findings[i]));
	json_object_object_add(obj, "findings", findings);
	json_add_u64(obj, "suppressed", r->nr_suppressed);
	for (what = 0; what < RECORD_RULES_LOSTS; what++)
		json_add_u64(lost, rules_lost_name(what), r->lost[what]);
	json_object_object_add(obj, "lost", lost);
	return obj;
}
