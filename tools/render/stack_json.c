// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk devices as JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "render/json_add.h"
#include "util/number.h"
#include "render/stack.h"
#include "util/text.h"

static const char *const state_names[] = { "off", "coming", "on", "going" };

static void add_text(struct json_object *obj, const char *key, const char *value)
{
	size_t size = 4 * strlen(value) + 8;
	char *shown = malloc(size);

	if (shown)
		json_add_str(obj, key, text_escape(value, shown, size));
	free(shown);
}

static bool is_number(const char *value, uint64_t *number)
{
	return !number_parse_uint(value, 0, UINT64_MAX, number);
}

/* A number if it is one, unless it is the name of a value that is made of digits. */
static void add_value(struct json_object *obj, const char *key, const char *value,
		      const struct stack_knob *knob)
{
	uint64_t number;

	if ((!knob || stack_knob_is_number(knob)) && is_number(value, &number))
		json_add_u64(obj, key, number);
	else
		add_text(obj, key, value);
}

/* The object of a group, which is made for the first of its attributes. */
static struct json_object *group_of(struct json_object *obj, const char *name, const char *slash)
{
	struct json_object *group;
	char key[STACK_NAME];

	snprintf(key, sizeof(key), "%.*s", (int)(slash - name), name);
	if (!json_object_object_get_ex(obj, key, &group)) {
		group = json_object_new_object();
		json_object_object_add(obj, key, group);
	}
	return group;
}

static struct json_object *attributes(const struct stack_device *d, const struct stack_knobs *k)
{
	struct json_object *obj = json_object_new_object();
	size_t i;

	for (i = 0; i < d->attributes.n; i++) {
		const struct stack_text *t = &d->attributes.text[i];
		const char *slash = strchr(t->name, '/');

		add_value(slash ? group_of(obj, t->name, slash) : obj, slash ? slash + 1 : t->name,
			  t->value, stack_knobs_find(k, t->name));
	}
	return obj;
}

static struct json_object *changed(const struct stack_device *d, const struct stack_knobs *k)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < k->n; i++)
		if (stack_knob_is_changed(&k->knob[i],
					  stack_texts_get(&d->attributes, k->knob[i].name)))
			json_object_array_add(array, json_object_new_string(k->knob[i].name));
	return array;
}

static struct json_object *lowers(const struct stack_device *d)
{
	struct json_object *array = json_object_new_array(), *one;
	struct stack_lower l;
	size_t i;

	for (i = 0; stack_device_lower(d, i, &l); i++) {
		one = json_object_new_object();
		json_add_str(one, "dev", strcmp(l.dev, "none") != 0 ? l.dev : "");
		json_add_u64(one, "start_bytes", l.start_bytes);
		json_add_u64(one, "size_bytes", l.size_bytes);
		add_text(one, "state", l.state);
		json_object_array_add(array, one);
	}
	return array;
}

/* null while there is no disk: then nothing is counted, not even nothing. */
static void add_counters(struct json_object *obj, const struct stack_device *d)
{
	struct json_object *counters = NULL;
	size_t i;

	if (d->state == STACK_ON)
		counters = json_object_new_object();
	for (i = 0; counters && i < d->counters.n; i++) {
		const struct stack_text *t = &d->counters.text[i];

		if (strcmp(t->name, "lowers") != 0)
			add_value(counters, t->name, t->value, NULL);
	}
	json_object_object_add(obj, "lowers", counters ? lowers(d) : NULL);
	json_object_object_add(obj, "counters", counters);
}

static struct json_object *device(const struct stack_device *d, const struct stack_knobs *k)
{
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "name", d->shown);
	json_add_str(obj, "state", state_names[d->state]);
	json_add_str(obj, "disk", d->disk);
	if (d->size_bytes == UINT64_MAX)
		json_object_object_add(obj, "size_bytes", NULL);
	else
		json_add_u64(obj, "size_bytes", d->size_bytes);
	json_object_object_add(obj, "attributes", attributes(d, k));
	json_object_object_add(obj, "changed", changed(d, k));
	add_counters(obj, d);
	return obj;
}

struct json_object *render_stack_json(const struct stack_devices *all, const struct stack_knobs *k)
{
	struct json_object *obj = json_add_document(RENDER_STACK_SCHEMA, "stack list");
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < all->n; i++)
		json_object_array_add(array, device(&all->device[i], k));
	json_object_object_add(obj, "devices", array);
	return obj;
}

static void add_range(struct json_object *obj, const struct stack_knob *knob)
{
	uint64_t min = 0, max = 0;

	if (sscanf(knob->values, "%" SCNu64 "..%" SCNu64, &min, &max) == 2) {
		json_add_u64(obj, "min", min);
		json_add_u64(obj, "max", max);
		json_object_object_add(obj, "values", NULL);
	}
}

static void add_names(struct json_object *obj, const struct stack_knob *knob)
{
	struct json_object *array = json_object_new_array();
	const char *at = knob->values;
	size_t len;

	for (; *at; at += len + (at[len] == ' ')) {
		len = strcspn(at, " ");
		json_object_array_add(array, json_object_new_string_len(at, (int)len));
	}
	json_object_object_add(obj, "min", NULL);
	json_object_object_add(obj, "max", NULL);
	json_object_object_add(obj, "values", array);
}

struct json_object *render_stack_knobs_json(const struct stack_knobs *k)
{
	struct json_object *obj = json_add_document(RENDER_STACK_SCHEMA, "stack knobs");
	struct json_object *array = json_object_new_array(), *one;
	size_t i;

	for (i = 0; i < k->n; i++) {
		const struct stack_knob *knob = &k->knob[i];

		one = json_object_new_object();
		json_add_str(one, "name", knob->name);
		add_value(one, "default", knob->standard, knob);
		if (stack_knob_is_number(knob))
			add_range(one, knob);
		else
			add_names(one, knob);
		json_object_array_add(array, one);
	}
	json_object_object_add(obj, "knobs", array);
	return obj;
}

struct json_object *render_stack_scenarios_json(const struct stack_scenarios *sc)
{
	struct json_object *obj = json_add_document(RENDER_STACK_SCHEMA, "stack scenarios");
	struct json_object *array = json_object_new_array(), *one;
	size_t i;

	for (i = 0; i < sc->n; i++) {
		one = json_object_new_object();
		json_add_str(one, "name", sc->scenario[i].name);
		json_add_str(one, "outcome", sc->scenario[i].outcome);
		json_add_str(one, "contract", sc->scenario[i].contract);
		json_object_array_add(array, one);
	}
	json_object_object_add(obj, "scenarios", array);
	return obj;
}
