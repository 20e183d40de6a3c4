// SPDX-License-Identifier: GPL-2.0
/*
 * What every JSON document of ours is made of.
 */
#include "render/json_add.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <json-c/json.h>

#include "util/text.h"

void json_add_u64(struct json_object *obj, const char *key, uint64_t value)
{
	json_object_object_add(obj, key, json_object_new_uint64(value));
}

void json_add_str(struct json_object *obj, const char *key, const char *value)
{
	json_object_object_add(obj, key, value[0] ? json_object_new_string(value) : NULL);
}

void json_add_name(struct json_object *obj, const char *key, const char *name)
{
	size_t size = 4 * strlen(name) + 5;
	char *shown = malloc(size);

	json_add_str(obj, key, shown ? text_escape(name, shown, size) : "");
	free(shown);
}

void json_add_bool(struct json_object *obj, const char *key, bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

/* Whole nanoseconds, without the digits that a double would add. */
void json_add_seconds(struct json_object *obj, const char *key, uint64_t ns)
{
	char text[40];

	snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
	json_object_object_add(obj, key, json_object_new_double_s((double)ns / 1e9, text));
}

struct json_object *json_add_document(const char *schema, const char *command)
{
	struct json_object *obj = json_object_new_object();
	struct utsname uts;

	json_add_str(obj, "schema", schema);
	json_add_str(obj, "command", command);
	if (!uname(&uts))
		json_add_str(obj, "kernel", uts.release);
	return obj;
}
