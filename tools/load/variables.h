/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pools that are variables of the kernel or of a module, and nobody's in particular.
 */
#ifndef BIOSCOPE_LOAD_VARIABLES_H
#define BIOSCOPE_LOAD_VARIABLES_H

#include <stddef.h>
#include <stdint.h>

#include "load/ksyms.h"
#include "record.h"

struct btf;
struct discover_bpf;

enum variable_kind {
	VARIABLE_SET, /* struct bio_set */
	VARIABLE_POOL, /* mempool_t */
	VARIABLE_POINTER, /* mempool_t * */
	VARIABLE_SG_POOLS, /* struct sg_pool [], of scsi and others */
};

struct variable {
	const char *name;
	enum variable_kind kind;
};

#define VARIABLES 34

/* Index: what a pool of kind RECORD_POOL_VARIABLE has as its offset, plus VARIABLES for each further element. */
extern const struct variable variables_table[VARIABLES];

/* Where they are. */
struct variables {
	struct ksyms_want symbols[VARIABLES];
	int32_t sg_pool_at; /* of its pool in struct sg_pool, in bytes; -1: not known */
	uint32_t sg_pool_size;
};

/**
 * variables_find() - look up their addresses
 * @v: filled in
 * @kernel: the kernel's types
 *
 * Return: as ksyms_by_name().
 */
int variables_find(struct variables *v, const struct btf *kernel);

/**
 * variables_walk() - give a slot to each that is set up
 * @skel: the programs
 * @v: from variables_find()
 *
 * Return: 0 or -errno.
 */
int variables_walk(struct discover_bpf *skel, const struct variables *v);

/**
 * variables_label() - what a pool is called
 * @which: its record's offset
 * @out: result
 * @size: of @out, in bytes
 */
void variables_label(uint32_t which, char *out, size_t size);

#endif
