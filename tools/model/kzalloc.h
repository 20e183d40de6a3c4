/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a snapshot of zeroed allocations to a report: call sites by module, what lives, what a
 * module left behind. Pure functions, no I/O.
 */
#ifndef BIOSCOPE_MODEL_KZALLOC_H
#define BIOSCOPE_MODEL_KZALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "read/kzalloc.h"
#include "record_kzalloc.h"

#define KZALLOC_SITE (KZALLOC_SYMBOL + 24)

/* Objects that were not freed. */
struct kzalloc_live {
	uint64_t objects;
	uint64_t bytes_req;
	uint64_t bytes_alloc;
	uint64_t oldest_ns; /* age, 0 if there is none */
};

/* One call site, or all of a module. */
struct kzalloc_row {
	char module[RECORD_KZALLOC_MODULE]; /* "": the kernel image */
	char site[KZALLOC_SITE]; /* "function+0x1a"; "" in a row of a module */
	uint64_t calls;
	uint64_t failed;
	uint64_t bytes_req; /* of calls that did not fail */
	uint64_t bytes_alloc;
	uint64_t freed;
	uint64_t
		unseen; /* of those, frees that were only seen afterwards: more may have been missed */
	struct kzalloc_live live; /* the module is loaded */
	struct kzalloc_live leaked; /* it was unloaded */
	uint64_t gone_ns; /* the latest unload of a module that leaked: so long ago */
};

struct kzalloc_report {
	uint64_t duration_ns;
	size_t nr_rows;
	struct kzalloc_row *rows; /* by module as below, then by live bytes, calls, name */
	size_t nr_modules;
	struct kzalloc_row *modules; /* by leaked, then live bytes, calls, name */
	struct kzalloc_row total;
	uint64_t lost[RECORD_KZALLOC_LOSTS];
	uint64_t lost_total;
};

/**
 * kzalloc_module_of() - the module that a call site is in
 * @s: the snapshot
 * @site: the call site
 *
 * Return: the module that was at its address when it was first called, NULL if there was none.
 */
const struct record_kzalloc_module *kzalloc_module_of(const struct kzalloc_snapshot *s,
						      const struct kzalloc_site *site);

/**
 * kzalloc_report() - what a snapshot says
 * @s: the snapshot
 * @module: only this module, NULL: all
 * @r: the report; kzalloc_report_free() it
 *
 * Return: 0 or -ENOMEM.
 */
int kzalloc_report(const struct kzalloc_snapshot *s, const char *module, struct kzalloc_report *r);

/**
 * kzalloc_report_free() - free what a report holds
 * @r: the report; may be all zero
 */
void kzalloc_report_free(struct kzalloc_report *r);

/**
 * kzalloc_is_certain() - whether every free of a call site was seen
 * @r: the report
 * @row: of the call site
 *
 * Return: false if what counts as leaked may have been freed.
 */
bool kzalloc_is_certain(const struct kzalloc_report *r, const struct kzalloc_row *row);

/**
 * kzalloc_report_status() - what to end with
 * @r: the report
 *
 * Return: MSG_EXIT_FAILED if a module leaked for certain, else MSG_EXIT_LOST if one may have, or
 * anything could not be counted, else MSG_EXIT_OK.
 */
int kzalloc_report_status(const struct kzalloc_report *r);

/**
 * kzalloc_lost_name() - a word for people and JSON
 * @what: enum record_kzalloc_lost
 *
 * Return: static string.
 */
const char *kzalloc_lost_name(unsigned int what);

#endif
