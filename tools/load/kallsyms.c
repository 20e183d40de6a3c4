// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the format of /proc/kallsyms.
 */
#include "load/kallsyms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (64UL * 1024) /* seq_file gives a page at a time */

/* Half of all symbols are made by the build for another one, and name nothing anybody looks for. */
static bool is_made(const char *name, size_t len)
{
	static const char *const prefixes[] = { "__pfx_", "__ksymtab_", "__kstrtab", "__flags_",
						"__crc_" };
	size_t i;

	if (len < 2 || name[0] != '_' || name[1] != '_')
		return false;
	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = strlen(prefixes[i]);

		if (len > n && !memcmp(name, prefixes[i], n))
			return true;
	}
	return false;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/*
 * One line, "ffffffff81000000 T name" or with "\t[module]" at its end, which is at @end. What does
 * not look like that is passed over.
 */
static int take_line(struct symtab *t, const char *line, const char *end, bool *shown)
{
	struct symtab_symbol symbol = { 0 };
	const char *p = line, *tab;
	int digit;

	for (; p < end && (digit = hex_digit(*p)) >= 0; p++)
		symbol.addr = symbol.addr << 4 | (unsigned int)digit;
	if (p == line || p - line > 16 || end - p < 4 || p[0] != ' ' || p[2] != ' ')
		return 0;
	*shown |= symbol.addr != 0;
	symbol.name = p + 3;
	tab = memchr(symbol.name, '\t', (size_t)(end - symbol.name));
	symbol.name_len = (size_t)((tab ?: end) - symbol.name);
	if (!symbol.name_len || is_made(symbol.name, symbol.name_len))
		return 0;
	if (tab) {
		if (end - tab < 4 || tab[1] != '[' || end[-1] != ']')
			return 0;
		symbol.module = tab + 2;
		symbol.module_len = (size_t)(end - tab) - 3;
	}
	return symtab_add(t, &symbol);
}

/* Takes the whole lines of @text, of @size bytes; sets @used to what it took. */
static int take_lines(struct symtab *t, const char *text, size_t size, size_t *used, bool *shown)
{
	const char *line = text, *end;
	int err = 0;

	while (!err && (end = memchr(line, '\n', size - (size_t)(line - text)))) {
		err = take_line(t, line, end, shown);
		line = end + 1;
	}
	*used = (size_t)(line - text);
	return err;
}

static int read_lines(int fd, struct symtab *t, char *buffer, bool *shown)
{
	size_t have = 0, used;
	ssize_t n;
	int err;

	while ((n = read(fd, buffer + have, BUFFER - have)) > 0) {
		have += (size_t)n;
		err = take_lines(t, buffer, have, &used, shown);
		if (err)
			return err;
		have -= used;
		memmove(buffer, buffer + used, have);
		if (have == BUFFER) /* no line is that long */
			have = 0;
	}
	return n < 0 ? -errno : 0;
}

int kallsyms_read(int fd, struct symtab *t)
{
	char *buffer = malloc(BUFFER);
	bool shown = false;
	int err;

	err = buffer ? read_lines(fd, t, buffer, &shown) : -ENOMEM;
	free(buffer);
	return err ?: shown ? 0 : -EPERM;
}
