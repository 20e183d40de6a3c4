/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the types of the running kernel are: its own BTF, or a file for a kernel that has none.
 */
#ifndef BIOSCOPE_LOAD_KERNEL_BTF_H
#define BIOSCOPE_LOAD_KERNEL_BTF_H

#include <stdbool.h>

struct btf;

/**
 * kernel_btf_use() - take the types from a file
 * @path: BTF of the running kernel, raw or in an ELF file; NULL: the kernel's own. Must stay.
 */
void kernel_btf_use(const char *path);

/**
 * kernel_btf_path() - the file, for bpf_object_open_opts.btf_custom_path
 *
 * Return: what kernel_btf_use() was given.
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

#endif
