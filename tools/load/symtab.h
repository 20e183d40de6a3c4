/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table of a kernel's symbols in memory, as small as it can be made: there are 200,000 of them.
 */
#ifndef BIOSCOPE_LOAD_SYMTAB_H
#define BIOSCOPE_LOAD_SYMTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMTAB_MODULE 56 /* the kernel's MODULE_NAME_LEN; a longer name is cut */

/* A symbol; what it points at is the table's, or that of who adds it. */
struct symtab_symbol {
	uint64_t addr;
	const char *name; /* without a NUL at its end */
	const char *module;
	size_t name_len;
	size_t module_len; /* 0: the kernel image */
};

/* Some symbols of the table by their places in its text. */
struct symtab_list {
	uint32_t *place;
	size_t n;
	size_t room; /* bytes */
	bool sorted; /* by address */
};

/* The table; empty if it is all zero. */
struct symtab {
	char *text; /* the symbols, in the order in which they were added */
	size_t size, room;
	char (*modules)[SYMTAB_MODULE];
	size_t nr_modules;
	struct symtab_list image;
	struct symtab_list others;
};

/**
 * symtab_may_hold() - whether an address may be a symbol's
 * @addr: the address
 *
 * Return: false for those of the heap: no symbol of a table has or contains them.
 */
bool symtab_may_hold(uint64_t addr);

/**
 * symtab_add() - add a symbol
 * @t: the table
 * @symbol: it; the table copies it. The symbols of a module are best added one after another.
 *
 * One whose address is not symtab_may_hold() or whose name has more than 65535 bytes is left out.
 *
 * Return: 0 or -ENOMEM.
 */
int symtab_add(struct symtab *t, const struct symtab_symbol *symbol);

/**
 * symtab_sort() - make the table ready to be asked for addresses
 * @t: the table; to be sorted again after the last symtab_add()
 */
void symtab_sort(struct symtab *t);

/**
 * symtab_next() - go through the symbols in the order in which they were added
 * @t: the table
 * @place: where to go on; 0 to begin
 * @symbol: set to the next one
 *
 * Return: false when there is none left.
 */
bool symtab_next(const struct symtab *t, size_t *place, struct symtab_symbol *symbol);

/**
 * symtab_at() - find the symbol that an address lies in
 * @t: the table, sorted
 * @addr: the address
 * @symbol: set to the last symbol at or before it, of several there to the first that was added
 *
 * Return: whether there is one.
 */
bool symtab_at(const struct symtab *t, uint64_t addr, struct symtab_symbol *symbol);

/**
 * symtab_is_certain() - whether no symbol that is not in the table can be nearer to an address
 * @t: the table, sorted
 * @addr: the address
 *
 * Return: true within the kernel image, and where a symbol begins.
 */
bool symtab_is_certain(const struct symtab *t, uint64_t addr);

/**
 * symtab_clear() - empty the table and give its memory back
 * @t: the table
 */
void symtab_clear(struct symtab *t);

#endif
