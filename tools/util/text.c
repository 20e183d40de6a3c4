// SPDX-License-Identifier: GPL-2.0
/*
 * Small pieces of text that every renderer needs.
 */
#include "util/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

const char *text_time(uint64_t ns, char *out)
{
	static const struct {
		double scale;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" }, { 1, "ns" } };
	double value;
	size_t i = 0;

	if (ns == UINT64_MAX) {
		snprintf(out, TEXT_SIZE, "-");
		return out;
	}
	while (i < 3 && (double)ns < units[i].scale)
		i++;
	value = (double)ns / units[i].scale;
	snprintf(out, TEXT_SIZE, "%.*f%s",
		 i == 3 || value >= 100 ? 0 :
		 value >= 10		? 1 :
					  2,
		 value, units[i].unit);
	return out;
}

const char *text_flags(uint32_t flags, char *out)
{
	snprintf(out, TEXT_SIZE, "%s%s", flags & RECORD_POOL_RESCUER ? "rescuer " : "",
		 flags & RECORD_POOL_PERCPU_CACHE ? "cache " : "");
	if (!out[0])
		snprintf(out, TEXT_SIZE, "-");
	else
		out[strlen(out) - 1] = '\0';
	return out;
}

const char *text_bytes(uint64_t bytes, char *out)
{
	static const char units[] = "KMGTPE";
	unsigned int shift = 0, i = 0;

	if (bytes == UINT64_MAX) {
		snprintf(out, TEXT_SIZE, "-");
		return out;
	}
	while (i < 6 && bytes >> (shift + 10)) {
		shift += 10;
		i++;
	}
	if (bytes & (((uint64_t)1 << shift) - 1))
		snprintf(out, TEXT_SIZE, "%.1f%c", (double)bytes / (double)((uint64_t)1 << shift),
			 units[i - 1]);
	else
		snprintf(out, TEXT_SIZE, "%" PRIu64 "%.1s", bytes >> shift, i ? &units[i - 1] : "");
	return out;
}

/*
 * How many bytes the printable character at @s has, 0 if there is none. In two bytes, those up to
 * 0x9f are control characters, too.
 */
static size_t printable(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	size_t i;

	if (n == 1 && (s[0] < ' ' || s[0] == 0x7f))
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Forms that are longer than need be, surrogates, and what is beyond Unicode. */
	if ((s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xe0 && s[1] < 0xa0) ||
	    (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf0 && s[1] < 0x90) ||
	    (s[0] == 0xf4 && s[1] >= 0x90) || s[0] > 0xf4)
		return 0;
	return n;
}

/* The character at @s, or the byte there if that begins none, in 4 bytes at most and maybe a NUL; moves on. */
static size_t escape_one(const char **s, char *out)
{
	size_t n = printable((const unsigned char *)*s);

	if (n)
		memcpy(out, *s, n);
	else
		snprintf(out, sizeof("\\xNN"), "\\x%02x", (unsigned char)**s);
	*s += n ?: 1;
	return n ?: sizeof("\\xNN") - 1;
}

const char *text_escape(const char *s, char *out, size_t size)
{
	size_t len = 0;

	while (*s && len + sizeof("\\xNN") <= size)
		len += escape_one(&s, out + len);
	out[len] = '\0';
	return out;
}

char *text_escape_lines(const char *s)
{
	char *out = malloc(strlen(s) * (sizeof("\\xNN") - 1) + 1);
	size_t len = 0;

	while (out && *s) {
		if (*s == '\n')
			out[len++] = *s++;
		else
			len += escape_one(&s, out + len);
	}
	if (out)
		out[len] = '\0';
	return out;
}

size_t text_common_prefix(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}
