/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a report on zeroed allocations is made of, and how it is got.
 */
#ifndef BIOSCOPE_READ_KZALLOC_H
#define BIOSCOPE_READ_KZALLOC_H

#include <stddef.h>
#include <stdint.h>

#include "record_kzalloc.h"

#define KZALLOC_SYMBOL 80

struct kzalloc;

/* What an address is called. */
struct kzalloc_name {
	char symbol[KZALLOC_SYMBOL]; /* "": not known */
	uint64_t offset; /* of the address in it */
	char module[RECORD_KZALLOC_MODULE]; /* "": the kernel image, or not known */
};

struct kzalloc_site {
	struct record_kzalloc_site id;
	struct kzalloc_name name;
	struct record_kzalloc_counts counts; /* of all CPUs */
};

struct kzalloc_snapshot {
	uint64_t start_ns; /* CLOCK_MONOTONIC */
	uint64_t time_ns;
	size_t nr_sites;
	struct kzalloc_site *sites; /* by slot; those with id.addr 0 are unused */
	size_t nr_objects;
	struct record_kzalloc_object *objects;
	size_t nr_modules;
	struct record_kzalloc_module *modules; /* those with base 0 are unused */
	uint64_t lost[RECORD_KZALLOC_LOSTS];
};

/**
 * kzalloc_parse_symbol() - take apart what the kernel's "%pB" prints
 * @text: such as "function+0x1a/0x60 [module]"
 * @out: the name
 *
 * Return: 0, or -EINVAL if it is nothing of that kind; then @out is empty.
 */
int kzalloc_parse_symbol(const char *text, struct kzalloc_name *out);

/**
 * kzalloc_read() - take a snapshot
 * @k: the accounting; kzalloc_stop() it first, so that the parts agree
 * @out: filled in; kzalloc_free_snapshot() it
 *
 * Return: 0 or -errno with a message on stderr.
 */
int kzalloc_read(struct kzalloc *k, struct kzalloc_snapshot *out);

/**
 * kzalloc_free_snapshot() - free what a snapshot holds
 * @s: the snapshot; may be all zero
 */
void kzalloc_free_snapshot(struct kzalloc_snapshot *s);

#endif
