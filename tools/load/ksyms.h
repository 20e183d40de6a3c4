/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and addresses from /proc/kallsyms, which the kernel takes long to print: it is read at the
 * first question, kept in memory, and read again only when there may be something new in it. To be
 * used by one thread at a time.
 */
#ifndef BIOSCOPE_LOAD_KSYMS_H
#define BIOSCOPE_LOAD_KSYMS_H

#include <stddef.h>
#include <stdint.h>

#define KSYMS_NAME 64
#define KSYMS_MODULE 56

/* A symbol wanted by name. */
struct ksyms_want {
	const char *name;
	uint64_t addr; /* result, 0: not there or hidden */
	char module[KSYMS_MODULE]; /* result, "": the kernel image */
};

/* An address whose symbol is wanted. */
struct ksyms_at {
	uint64_t addr;
	uint64_t start; /* result: address of the symbol, 0: none */
	char name[KSYMS_NAME]; /* result */
	char module[KSYMS_MODULE]; /* result */
};

/**
 * ksyms_by_name() - find symbols by their names
 * @want: the names; results are filled in
 * @n: how many
 *
 * Where a name occurs more than once, the kernel image's first one wins. Symbols that the build
 * makes for another one, as __ksymtab_NAME, are not found.
 *
 * Return: 0, -errno if the file cannot be read, -EPERM if it hides addresses (kptr_restrict).
 */
int ksyms_by_name(struct ksyms_want *want, size_t n);

/**
 * ksyms_by_addr() - find the symbols that addresses lie in
 * @at: the addresses; results are filled in
 * @n: how many
 *
 * Return: as ksyms_by_name().
 */
int ksyms_by_addr(struct ksyms_at *at, size_t n);

/**
 * ksyms_trim() - give back the memory of what was not asked for since the last call
 *
 * It is 4 MiB, and names are only wanted when something new appears, or when somebody waits.
 */
void ksyms_trim(void);

/**
 * ksyms_from() - forget what was read, and read from other files from now on
 * @kallsyms: instead of /proc/kallsyms
 * @modules: instead of /proc/modules
 *
 * For tests.
 */
void ksyms_from(const char *kallsyms, const char *modules);

/* ksyms_passes() - how often kallsyms was read; for tests. */
unsigned int ksyms_passes(void);

#endif
