/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Symbols of the kernel and of its modules, by name and by address, asked of the kernel itself each
 * time (bpf/symbols.bpf.c). To be used by one thread at a time.
 */
#ifndef BIOSCOPE_LOAD_KSYMS_H
#define BIOSCOPE_LOAD_KSYMS_H

#include <stddef.h>
#include <stdint.h>

#define KSYMS_NAME 64
#define KSYMS_MODULE 56 /* the kernel's MODULE_NAME_LEN */

/* A symbol wanted by name. */
struct ksyms_want {
	const char *name;
	uint64_t addr; /* result, 0: not there */
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
 * Where a name occurs more than once, the kernel image's first one wins. The first call, of this
 * or of ksyms_by_addr(), loads the programs, which takes the right to.
 *
 * Return: 0, -EPERM if the kernel does not let us see addresses (kptr_restrict), else -errno
 * if the programs cannot be loaded or run.
 */
int ksyms_by_name(struct ksyms_want *want, size_t n);

/**
 * ksyms_by_addr() - find the symbols that addresses lie in
 * @at: the addresses; results are filled in
 * @n: how many
 *
 * Takes no capability once the programs are loaded, and the kernel hides nothing of it.
 *
 * Return: 0, or -errno if the programs cannot be loaded or run.
 */
int ksyms_by_addr(struct ksyms_at *at, size_t n);

#endif
