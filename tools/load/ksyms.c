// SPDX-License-Identifier: GPL-2.0
/*
 * Names and addresses from /proc/kallsyms.
 *
 * The kernel image's symbols are there for good. Those of modules are while the same modules are
 * loaded. What else is code, BPF programs and trampolines, comes and goes unannounced: for an
 * address outside the image that was not asked for before, the file is read again.
 */
#include "load/ksyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/kallsyms.h"
#include "load/symtab.h"

#define SEEN 256

static struct {
	const char *kallsyms_path;
	int fd; /* of it, 0: not opened yet */
	const char *modules_path;
	bool loaded;
	bool asked; /* since ksyms_trim() */
	unsigned int passes;
	uint64_t modules_key; /* of the modules that were loaded then */
	struct symtab symbols;
	uint32_t seen[SEEN]; /* addresses outside the image that the file was read for */
	size_t nr_seen;
} cache = { .kallsyms_path = "/proc/kallsyms", .modules_path = "/proc/modules" };

/* --- when to read ---------------------------------------------------------------------------- */

/* Names and addresses of the loaded modules, as one number; the rest of a line changes. */
static uint64_t modules_key(void)
{
	FILE *f = fopen(cache.modules_path, "re");
	uint64_t key = 0xcbf29ce484222325ULL;
	char *line = NULL;
	size_t size = 0;

	if (!f)
		return key;
	while (getline(&line, &size, f) > 0) {
		int field = 1;
		char *p;

		for (p = line; *p; p++) {
			field += *p == ' ';
			if (field == 1 || field == 6)
				key = (key ^ (unsigned char)*p) * 0x100000001b3ULL;
		}
	}
	free(line);
	fclose(f);
	return key;
}

static void forget(void)
{
	symtab_clear(&cache.symbols);
	cache.loaded = false;
}

/* The file stays open: who may see addresses is decided when it is opened (kallsyms_open()). */
static int read_all(void)
{
	if (cache.fd <= 0)
		cache.fd = open(cache.kallsyms_path, O_RDONLY | O_CLOEXEC);
	if (cache.fd < 0 || lseek(cache.fd, 0, SEEK_SET))
		return -errno;
	return kallsyms_read(cache.fd, &cache.symbols);
}

static int load(uint64_t key)
{
	int err;

	forget();
	err = read_all();
	if (err) {
		forget();
		return err;
	}
	symtab_sort(&cache.symbols);
	cache.passes++;
	cache.modules_key = key;
	cache.loaded = true;
	return 0;
}

/* Makes sure that the symbols of all loaded modules are there. */
static int load_if_changed(void)
{
	uint64_t key = modules_key(); /* first: a module that comes later makes another one */

	cache.asked = true;
	if (cache.loaded && cache.modules_key == key)
		return 0;
	cache.nr_seen = 0;
	return load(key);
}

/* --- by name --------------------------------------------------------------------------------- */

static void match_name(struct ksyms_want *want, size_t n, const struct symtab_symbol *symbol)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct ksyms_want *w = &want[i];

		if (w->addr || strncmp(w->name, symbol->name, symbol->name_len) ||
		    w->name[symbol->name_len])
			continue;
		w->addr = symbol->addr;
		snprintf(w->module, sizeof(w->module), "%s", symbol->module);
	}
}

int ksyms_by_name(struct ksyms_want *want, size_t n)
{
	bool lengths[256] = { false };
	struct symtab_symbol symbol;
	size_t i, place = 0;
	int err;

	for (i = 0; i < n; i++) {
		want[i].addr = 0;
		want[i].module[0] = '\0';
		lengths[strlen(want[i].name) & 255] = true;
	}
	err = load_if_changed();
	if (err)
		return err;
	while (symtab_next(&cache.symbols, &place, &symbol))
		if (lengths[symbol.name_len & 255])
			match_name(want, n, &symbol);
	return 0;
}

/* --- by address ------------------------------------------------------------------------------ */

/* Whether the symbol of an address is known for as long as no module comes or goes. */
static bool is_certain(uint64_t addr)
{
	size_t i;

	if (symtab_is_certain(&cache.symbols, addr))
		return true;
	for (i = 0; i < cache.nr_seen; i++)
		if (cache.seen[i] == (uint32_t)addr)
			return true;
	return false;
}

static void see(uint64_t addr)
{
	if (cache.nr_seen == SEEN)
		cache.nr_seen = 0;
	cache.seen[cache.nr_seen++] = (uint32_t)addr;
}

/* Sees the addresses that are not certain. Returns whether there were some. */
static bool see_uncertain(const struct ksyms_at *at, size_t n)
{
	bool some = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!symtab_may_hold(at[i].addr) || is_certain(at[i].addr))
			continue;
		see(at[i].addr);
		some = true;
	}
	return some;
}

static void match_addr(struct ksyms_at *at)
{
	struct symtab_symbol symbol;

	if (!symtab_at(&cache.symbols, at->addr, &symbol))
		return;
	at->start = symbol.addr;
	snprintf(at->name, sizeof(at->name), "%.*s", (int)symbol.name_len, symbol.name);
	snprintf(at->module, sizeof(at->module), "%s", symbol.module);
}

int ksyms_by_addr(struct ksyms_at *at, size_t n)
{
	unsigned int passes = cache.passes;
	bool some = false;
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		at[i].start = 0;
		at[i].name[0] = '\0';
		at[i].module[0] = '\0';
		some |= symtab_may_hold(at[i].addr);
	}
	if (!some)
		return 0;
	err = load_if_changed();
	if (!err && see_uncertain(at, n) && passes == cache.passes)
		err = load(modules_key());
	if (err)
		return err;
	for (i = 0; i < n; i++)
		match_addr(&at[i]);
	return 0;
}

void ksyms_trim(void)
{
	if (!cache.asked)
		forget();
	cache.asked = false;
}

void ksyms_from(const char *kallsyms, const char *modules)
{
	forget();
	cache.nr_seen = 0;
	cache.passes = 0;
	if (cache.fd > 0)
		close(cache.fd);
	cache.fd = 0;
	cache.kallsyms_path = kallsyms;
	cache.modules_path = modules;
}

unsigned int ksyms_passes(void)
{
	return cache.passes;
}
