/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every JSON document of ours is made of: sizes in bytes, times in seconds, names.
 */
#ifndef BIOSCOPE_RENDER_JSON_ADD_H
#define BIOSCOPE_RENDER_JSON_ADD_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/**
 * json_add_document() - a new document
 * @schema: what it is and its version
 * @command: that prints it
 *
 * Return: the document, with the kernel's release.
 */
struct json_object *json_add_document(const char *schema, const char *command);

/**
 * json_add_u64() - add a number
 * @obj: to this object
 * @key: under this name
 * @value: the number
 */
void json_add_u64(struct json_object *obj, const char *key, uint64_t value);

/**
 * json_add_str() - add a string
 * @obj: to this object
 * @key: under this name
 * @value: the string, "" becomes null
 */
void json_add_str(struct json_object *obj, const char *key, const char *value);

/**
 * json_add_name() - add what a task, device or cgroup calls itself, which may be any bytes
 * @obj: to this object
 * @key: under this name
 * @name: what it calls itself, "" becomes null; text_escape() says what is shown of it
 */
void json_add_name(struct json_object *obj, const char *key, const char *name);

/**
 * json_add_bool() - add true or false
 * @obj: to this object
 * @key: under this name
 * @value: which
 */
void json_add_bool(struct json_object *obj, const char *key, bool value);

/**
 * json_add_seconds() - add a time, in seconds
 * @obj: to this object
 * @key: under this name
 * @ns: the time in ns, none of which is lost
 */
void json_add_seconds(struct json_object *obj, const char *key, uint64_t ns);

#endif
