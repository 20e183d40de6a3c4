// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel calls a symbol: lib/vsprintf.c, symbol_string(); kernel/kallsyms.c,
 * sprint_symbol().
 */
#include "load/symbol.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The offset in "+0x10/0x20..." at @text. */
static bool parse_offset(const char *text, uint64_t *offset)
{
	char *end;

	if (strncmp(text, "+0x", 3))
		return false;
	errno = 0;
	*offset = strtoull(text + 1, &end, 16);
	return !errno && end > text + 3 && !strncmp(end, "/0x", 3);
}

bool symbol_parse(const char *text, struct ksyms_at *at)
{
	size_t length = strcspn(text, "+");
	const char *module = strstr(text + length, " [");
	uint64_t offset;

	at->start = 0;
	at->name[0] = '\0';
	at->module[0] = '\0';
	if (!length || !parse_offset(text + length, &offset) || offset > at->addr)
		return false;
	at->start = at->addr - offset;
	snprintf(at->name, sizeof(at->name), "%.*s", (int)length, text);
	if (module)
		snprintf(at->module, sizeof(at->module), "%.*s", (int)strcspn(module + 2, " ]"),
			 module + 2);
	return true;
}
