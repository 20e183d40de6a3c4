/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and addresses from /proc/kallsyms, each pass reading the file once.
 */
#ifndef BIOSCOPE_KSYMS_H
#define BIOSCOPE_KSYMS_H

#include <stddef.h>
#include <stdint.h>

#define KSYMS_NAME 64

/* A symbol wanted by name. */
struct ksyms_want {
	const char *name;
	uint64_t addr; /* result, 0: not there or hidden */
	char module[56]; /* result, "": the kernel image */
};

/* An address whose symbol is wanted. */
struct ksyms_at {
	uint64_t addr;
	uint64_t start; /* result: address of the symbol, 0: none */
	char name[KSYMS_NAME]; /* result */
	char module[56]; /* result */
};

/**
 * ksyms_by_name() - find symbols by their names
 * @want: the names; results are filled in
 * @n: how many
 *
 * Where a name occurs more than once, the kernel image's first one wins.
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

#endif
