/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the types of the running kernel are: its own BTF, or a file for a kernel that has none.
 */
#ifndef BIOSCOPE_LOAD_KERNEL_BTF_H
#define BIOSCOPE_LOAD_KERNEL_BTF_H

#include <stdbool.h>
#include <stdint.h>

struct btf;

/**
 * kernel_btf_use() - take the types from a file
 * @path: BTF of the running kernel, raw or in an ELF file; NULL: the kernel's own. Must stay.
 */
void kernel_btf_use(const char *path);

/**
 * kernel_btf_path() - the file that the types are taken from
 *
 * Return: what kernel_btf_use() was given; NULL: the kernel's own.
 */
const char *kernel_btf_path(void);

/**
 * kernel_btf_is_own() - whether the kernel has BTF itself, which is what it attaches tracing
 * programs by
 *
 * Return: true if so, also when a file is used.
 */
bool kernel_btf_is_own(void);

/**
 * kernel_btf_load() - load the types
 * @btf: result, to be freed with btf__free()
 *
 * Return: 0 or -errno with a message on stderr.
 */
int kernel_btf_load(struct btf **btf);

/**
 * kernel_btf_enumerator() - the value of an enumerator of an enum without a name
 * @btf: from kernel_btf_load()
 * @name: of the enumerator
 * @value: result
 *
 * Return: whether the kernel has it.
 */
bool kernel_btf_enumerator(const struct btf *btf, const char *name, uint32_t *value);

/**
 * kernel_btf_has_tracepoint() - whether the kernel has a tracepoint
 * @btf: from kernel_btf_load()
 * @name: of the tracepoint
 *
 * Return: true if a program can be attached to it by type.
 */
bool kernel_btf_has_tracepoint(const struct btf *btf, const char *name);

/**
 * kernel_btf_offset() - where a member is in a structure of the kernel image
 * @btf: from kernel_btf_load()
 * @type: name of the structure
 * @field: name of the member
 * @size: result, of the structure, in bytes
 *
 * Return: its offset in bytes; -1 if there is no such member.
 */
int32_t kernel_btf_offset(const struct btf *btf, const char *type, const char *field,
			  uint32_t *size);

#endif
