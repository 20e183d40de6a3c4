// SPDX-License-Identifier: GPL-2.0
/*
 * A table of a kernel's symbols in memory.
 */
#include "load/symtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GROWTH (512UL * 1024)
#define NONE ((size_t)-1)

/*
 * A symbol in the text of a table; its name follows, without a NUL. Of addresses the lower half is
 * enough: the kernel and its modules live in the uppermost 2 GiB, per-CPU symbols in the lowermost.
 */
struct record {
	uint32_t addr;
	uint16_t len;
	uint16_t module; /* of modules, 0: the kernel image */
};

/*
 * Room for @wanted bytes at @mem. Pages of their own, which grow where they are or are moved: a
 * heap would keep, and so the process, what both arrays left behind when they grew in turn.
 */
static bool grow(void **mem, size_t *room, size_t wanted)
{
	size_t more = *room ?: GROWTH;
	void *bigger;

	if (wanted <= *room)
		return true;
	while (more < wanted)
		more += GROWTH;
	if (*room)
		bigger = mremap(*mem, *room, more, MREMAP_MAYMOVE);
	else
		bigger = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			      0);
	if (bigger == MAP_FAILED)
		return false;
	*mem = bigger;
	*room = more;
	return true;
}

static void give_back(void *mem, size_t room)
{
	if (room)
		munmap(mem, room);
}

static struct record record_at(const struct symtab *t, size_t place)
{
	struct record r;

	memcpy(&r, t->text + place, sizeof(r)); /* they are not aligned */
	return r;
}

/* The whole address again. */
static uint64_t widen(uint32_t addr)
{
	return (uint64_t)(int64_t)(int32_t)addr;
}

bool symtab_may_hold(uint64_t addr)
{
	return widen((uint32_t)addr) == addr;
}

/* --- adding ---------------------------------------------------------------------------------- */

/* The symbols of a module are together. */
static int module_number(struct symtab *t, const char *name, size_t len, uint16_t *number)
{
	size_t n = t->nr_modules;
	void *more;

	if (len >= SYMTAB_MODULE)
		len = SYMTAB_MODULE - 1;
	if (n && !strncmp(t->modules[n - 1], name, len) && !t->modules[n - 1][len]) {
		*number = (uint16_t)n;
		return 0;
	}
	more = n < UINT16_MAX ? realloc(t->modules, (n + 1) * sizeof(*t->modules)) : NULL;
	if (!more)
		return -ENOMEM;
	t->modules = more;
	memcpy(t->modules[n], name, len);
	t->modules[n][len] = '\0';
	t->nr_modules = n + 1;
	*number = (uint16_t)(n + 1);
	return 0;
}

static int append(struct symtab *t, struct symtab_list *list, struct record r, const char *name)
{
	size_t size = t->size + sizeof(r) + r.len;

	if (size > UINT32_MAX || !grow((void **)&t->text, &t->room, size) ||
	    !grow((void **)&list->place, &list->room, (list->n + 1) * sizeof(*list->place)))
		return -ENOMEM;
	memcpy(t->text + t->size, &r, sizeof(r));
	memcpy(t->text + t->size + sizeof(r), name, r.len);
	list->sorted =
		!list->n || (list->sorted && record_at(t, list->place[list->n - 1]).addr <= r.addr);
	list->place[list->n++] = (uint32_t)t->size;
	t->size = size;
	return 0;
}

int symtab_add(struct symtab *t, const struct symtab_symbol *symbol)
{
	struct record r = { .addr = (uint32_t)symbol->addr, .len = (uint16_t)symbol->name_len };
	int err;

	if (!symtab_may_hold(symbol->addr) || symbol->name_len > UINT16_MAX)
		return 0;
	if (!symbol->module_len)
		return append(t, &t->image, r, symbol->name);
	err = module_number(t, symbol->module, symbol->module_len, &r.module);
	return err ?: append(t, &t->others, r, symbol->name);
}

/* Of those at one address, the first that was added comes first. */
static int by_address(const void *a, const void *b, void *t)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
	uint32_t x = record_at(t, one).addr, y = record_at(t, other).addr;

	if (x != y)
		return x < y ? -1 : 1;
	return one < other ? -1 : one > other;
}

static void sort(struct symtab *t, struct symtab_list *list)
{
	if (list->n && !list->sorted)
		qsort_r(list->place, list->n, sizeof(*list->place), by_address, t);
	list->sorted = true;
}

void symtab_sort(struct symtab *t)
{
	sort(t, &t->image);
	sort(t, &t->others);
}

void symtab_clear(struct symtab *t)
{
	give_back(t->text, t->room);
	free(t->modules);
	give_back(t->image.place, t->image.room);
	give_back(t->others.place, t->others.room);
	memset(t, 0, sizeof(*t));
}

/* --- finding --------------------------------------------------------------------------------- */

static void get(const struct symtab *t, size_t place, struct record r, struct symtab_symbol *symbol)
{
	symbol->addr = widen(r.addr);
	symbol->name = t->text + place + sizeof(r);
	symbol->name_len = r.len;
	symbol->module = r.module ? t->modules[r.module - 1] : "";
	symbol->module_len = r.module ? strlen(symbol->module) : 0;
}

bool symtab_next(const struct symtab *t, size_t *place, struct symtab_symbol *symbol)
{
	struct record r;

	if (*place >= t->size)
		return false;
	r = record_at(t, *place);
	get(t, *place, r, symbol);
	*place += sizeof(r) + r.len;
	return true;
}

/* The place of the last symbol at or before an address; the first of several that are there. */
static size_t at_or_before(const struct symtab *t, const struct symtab_list *list, uint32_t addr)
{
	size_t low = 0, high = list->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (record_at(t, list->place[mid]).addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return NONE;
	while (--low &&
	       record_at(t, list->place[low - 1]).addr == record_at(t, list->place[low]).addr)
		;
	return list->place[low];
}

bool symtab_at(const struct symtab *t, uint64_t addr, struct symtab_symbol *symbol)
{
	size_t place, other;

	if (!symtab_may_hold(addr))
		return false;
	place = at_or_before(t, &t->image, (uint32_t)addr);
	other = at_or_before(t, &t->others, (uint32_t)addr);
	if (place == NONE || (other != NONE && record_at(t, other).addr > record_at(t, place).addr))
		place = other;
	if (place == NONE)
		return false;
	get(t, place, record_at(t, place), symbol);
	return true;
}

bool symtab_is_certain(const struct symtab *t, uint64_t addr)
{
	size_t last = t->image.n, place;

	if (last && (uint32_t)addr <= record_at(t, t->image.place[last - 1]).addr)
		return true;
	/* A module's variable; of code one asks for addresses within functions. */
	place = at_or_before(t, &t->others, (uint32_t)addr);
	return place != NONE && record_at(t, place).addr == (uint32_t)addr;
}
