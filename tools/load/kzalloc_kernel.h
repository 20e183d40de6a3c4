/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bpf/kzalloc.bpf.c has to know of the running kernel, from its BTF and /proc/modules.
 */
#ifndef BIOSCOPE_LOAD_KZALLOC_KERNEL_H
#define BIOSCOPE_LOAD_KZALLOC_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_kzalloc.h"

struct kzalloc_kernel {
	uint64_t gfp_zero; /* __GFP_ZERO */
	bool kvfree_call_rcu; /* there are such functions */
	bool kfree_call_rcu_nolock;
	bool kfree_nolock;
	bool kvfree_func; /* the former takes a function */
};

/**
 * kzalloc_kernel_read() - look at the kernel's BTF
 * @k: filled in
 *
 * Return: 0 or -errno with a message on stderr.
 */
int kzalloc_kernel_read(struct kzalloc_kernel *k);

/**
 * kzalloc_kernel_modules() - the modules that are loaded, by address
 * @m: filled in
 * @max: room in it
 * @n: how many there are, may be more than @max
 *
 * A module's size is that of all it has, cut where the next module begins.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int kzalloc_kernel_modules(struct record_kzalloc_module *m, size_t max, size_t *n);

#endif
