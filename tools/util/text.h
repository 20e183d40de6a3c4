/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small pieces of text that every renderer needs.
 */
#ifndef BIOSCOPE_UTIL_TEXT_H
#define BIOSCOPE_UTIL_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE 24
#define TEXT_ESCAPED (16 * 4 + 4) /* for the name of a task */

/**
 * text_time() - a time with three digits and a unit
 * @ns: the time; UINT64_MAX is "-"
 * @out: at least TEXT_SIZE bytes
 *
 * Return: @out.
 */
const char *text_time(uint64_t ns, char *out);

/**
 * text_flags() - what a pool has besides its reserve
 * @flags: RECORD_POOL_*
 * @out: at least TEXT_SIZE bytes
 *
 * Return: @out, "-" if nothing.
 */
const char *text_flags(uint32_t flags, char *out);

/**
 * text_bytes() - a size as lsblk has it: 512, 16M, 1.5G
 * @bytes: the size; UINT64_MAX is "-"
 * @out: at least TEXT_SIZE bytes
 *
 * Return: @out.
 */
const char *text_bytes(uint64_t bytes, char *out);

/**
 * text_escape() - what a terminal and JSON can take of a name that may be any bytes
 * @s: the name
 * @out: the same, with control characters, and what is no UTF-8, as \xNN
 * @size: of @out; what has no room is left out
 *
 * Return: @out.
 */
const char *text_escape(const char *s, char *out, size_t size);

/**
 * text_escape_lines() - the same of text of any length, whose newlines stay
 * @s: the text; what text_escape() has made is not changed
 *
 * Return: to be freed; NULL without memory.
 */
char *text_escape_lines(const char *s);

/**
 * text_common_prefix() - how alike two names are
 * @a: the one
 * @b: the other
 *
 * Return: how many bytes they begin with in common.
 */
size_t text_common_prefix(const char *a, const char *b);

#endif
