/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From what the rule checker has seen to findings: what is the same violation is told once, with what
 * would save the host when memory is short. Pure functions, no I/O.
 */
#ifndef BIOSCOPE_MODEL_RULES_H
#define BIOSCOPE_MODEL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/model.h"
#include "model/suppress.h"
#include "read/rules.h"

/* What saves the host when memory is short, best first. */
enum rules_grade {
	RULES_COVERED, /* the reserve is larger than what one task was seen to have at once */
	RULES_SAVED, /* the bio_set's rescuer sends what the task had: all of it was on its list */
	RULES_NOT_COVERED,
};

/* One violation, told once. */
struct rules_finding {
	enum record_rule rule;
	const struct rules_seen *seen; /* that of its kind that was seen most often */
	const char *site; /* function that asked, or waited; "" if not known */
	const char *first_site; /* function that allocated what was held; "" likewise */
	const char *module; /* of .site, "": the kernel image */
	uint64_t count;
	uint32_t depth; /* most elements that one task had, or asked for, at once */
	uint32_t tasks; /* of RULES_COVERED: how many tasks can do that at once with this reserve */
	uint64_t stranded; /* of these, how often something of it was on no list */
	enum rules_grade grade;
	const struct suppress_rule *suppressed; /* by this line; NULL: it is not */
};

struct rules_report {
	uint64_t duration_ns;
	size_t nr_findings; /* without those that are suppressed, which come after them: */
	size_t nr_suppressed;
	struct rules_finding *findings; /* worst grade first, then by rule, pool, count */
	uint64_t lost[RECORD_RULES_LOSTS];
	uint64_t lost_total;
};

/**
 * rules_filter() - leave out of a snapshot what it is not asked for
 * @s: the snapshot
 * @filter: pools; what is about none is of the disk of what was held
 */
void rules_filter(struct rules_snapshot *s, const struct model_filter *filter);

/**
 * rules_report() - what a snapshot says
 * @s: the snapshot, which must outlive the report
 * @suppress: what is known and not to be a finding, may be empty
 * @r: the report; rules_report_free() it
 *
 * Two violations are the same if rule, name and reserve of the pool, and the functions are: stacks
 * differ by whoever called these.
 *
 * Return: 0 or -ENOMEM.
 */
int rules_report(const struct rules_snapshot *s, const struct suppress *suppress,
		 struct rules_report *r);

/**
 * rules_report_free() - free what a report holds
 * @r: the report; may be all zero
 */
void rules_report_free(struct rules_report *r);

/**
 * rules_site() - the function that a stack is told by
 * @stack: the stack
 *
 * That is the innermost one that is not the tracer's, the allocator's or the completion's own.
 *
 * Return: the frame, NULL if there is none.
 */
const struct ksyms_at *rules_site(const struct rules_stack *stack);

/**
 * rules_status() - what to end with
 * @r: the report
 *
 * Return: MSG_EXIT_FAILED if there is a finding that is not suppressed, and certain; else MSG_EXIT_LOST if anything
 * could not be told, else MSG_EXIT_OK. A leak is not certain where frees were left out.
 */
int rules_status(const struct rules_report *r);

/**
 * rules_name() - a word for a rule, for JSON, JUnit and suppressions
 * @rule: the rule
 *
 * Return: static string: "unsubmitted", "mempool", "rescuer", "leak", "wait".
 */
const char *rules_name(enum record_rule rule);

/**
 * rules_title() - what is wrong, in one sentence without a period
 * @rule: the rule
 *
 * Return: static string.
 */
const char *rules_title(enum record_rule rule);

/**
 * rules_grade_name() - a word for a grade
 * @grade: the grade
 *
 * Return: static string: "covered", "saved by the rescuer", "not covered".
 */
const char *rules_grade_name(enum rules_grade grade);

/**
 * rules_lost_name() - a word for people and JSON
 * @what: enum record_rules_lost
 *
 * Return: static string.
 */
const char *rules_lost_name(unsigned int what);

#endif
