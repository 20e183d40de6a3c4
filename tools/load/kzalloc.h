/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The accounting of zeroed allocations: loads bpf/kzalloc.bpf.c, attaches what this kernel has.
 */
#ifndef BIOSCOPE_LOAD_KZALLOC_H
#define BIOSCOPE_LOAD_KZALLOC_H

#include <stdint.h>

#include "record_kzalloc.h"

#define KZALLOC_PROGS 20

struct bpf_link;
struct kzalloc_bpf;

struct kzalloc {
	struct kzalloc_bpf *skel;
	unsigned int nr_cpus; /* rows per slot */
	const struct record_kzalloc_counts *counts; /* mmapped: slot * nr_cpus + cpu */
	uint64_t start_ns; /* CLOCK_MONOTONIC */
	struct bpf_link *links[KZALLOC_PROGS];
};

/**
 * kzalloc_open() - load and attach
 * @module: only call sites of this module, loaded now or later; NULL: all there are
 * @out: the accounting; kzalloc_close() it, also after an error
 *
 * Return: 0 or -errno with a message on stderr.
 */
int kzalloc_open(const char *module, struct kzalloc **out);

/**
 * kzalloc_stop() - detach; what was counted stays
 * @k: the accounting
 */
void kzalloc_stop(struct kzalloc *k);

/**
 * kzalloc_close() - detach and unload
 * @k: from kzalloc_open(), may be NULL
 */
void kzalloc_close(struct kzalloc *k);

#endif
