/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rule checker: loads bpf/rules*.bpf.c, attaches what this kernel has of it, and keeps the maps.
 */
#ifndef BIOSCOPE_LOAD_RULES_H
#define BIOSCOPE_LOAD_RULES_H

#include <stdint.h>

#include "record_rules.h"

#define RULES_PROBES 21

struct bpf_link;
struct rules_bpf;
struct trace;

struct rules {
	struct rules_bpf *skel;
	const struct record_violation *violations; /* mmapped: RECORD_RULES_SEEN */
	struct bpf_link *links[RULES_PROBES];
	int stacks_fd; /* of the tracer */
	uint64_t start_ns; /* CLOCK_MONOTONIC */
};

/**
 * rules_open() - load and attach
 * @t: the tracer, opened with TRACE_STACKS, which is what sees pools come and go; must outlive the checker
 * @r: filled in; rules_close() it, also after an error
 *
 * What is not required may be missing, or refused by the kernel; stderr says what is not seen then.
 *
 * Return: 0 or -errno with a message on stderr; -EOPNOTSUPP if this kernel cannot have what is required.
 */
int rules_open(const struct trace *t, struct rules *r);

/**
 * rules_used() - how many violations there are by now
 * @r: the checker
 *
 * Return: at most RECORD_RULES_SEEN; of some that are new .ready may be 0 still, or for ever.
 */
uint32_t rules_used(const struct rules *r);

/**
 * rules_find_leaks() - add what was allocated long ago, and neither submitted nor freed, to the violations
 * @r: the checker
 * @age_ns: that long ago at least
 *
 * What is found once is not found again.
 *
 * Return: 0 or -errno.
 */
int rules_find_leaks(struct rules *r, uint64_t age_ns);

/**
 * rules_stop() - detach; what was seen stays
 * @r: the checker
 */
void rules_stop(struct rules *r);

/**
 * rules_lost() - what could not be told
 * @r: the checker; what happens just now may count as lost, unless it is stopped
 * @lost: result, by enum record_rules_lost
 */
void rules_lost(const struct rules *r, uint64_t lost[RECORD_RULES_LOSTS]);

/**
 * rules_close() - detach and unload
 * @r: from rules_open(); may be all zero
 */
void rules_close(struct rules *r);

#endif
