// SPDX-License-Identifier: GPL-2.0
/*
 * From what the rule checker has seen to findings.
 */
#include "model/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/frames.h"
#include "model/model.h"
#include "util/msg.h"

const struct ksyms_at *rules_site(const struct rules_stack *stack)
{
	const struct ksyms_at *outermost = NULL;
	size_t i;

	for (i = 0; i < stack->nr_frames; i++) {
		const struct ksyms_at *at = &stack->frames[i];

		if (frames_kind_of(at->name) == FRAMES_OTHER)
			return at;
		if (at->name[0])
			outermost = at;
	}
	return outermost;
}

static bool is_asked_for(const struct rules_seen *seen, const struct model_filter *filter)
{
	const bool pool = seen->rec.key.slot != RECORD_RULES_NO_SLOT;
	const char *device = pool ? seen->name.device : seen->device;

	if (filter->dev && filter->dev != (pool ? seen->dev : seen->rec.dev))
		return false;
	if (filter->device && strcmp(filter->device, device))
		return false;
	return !filter->pool || (pool && !strcmp(filter->pool, seen->name.pool));
}

void rules_filter(struct rules_snapshot *s, const struct model_filter *filter)
{
	size_t i, n = 0;

	for (i = 0; i < s->nr_seen; i++)
		if (is_asked_for(&s->seen[i], filter))
			s->seen[n++] = s->seen[i];
	s->nr_seen = n;
}

/* Adds the functions of a stack behind the first @n. Return: how many there are then. */
static size_t add_functions(const struct rules_stack *stack, const char **functions, size_t n)
{
	size_t i;

	for (i = 0; i < stack->nr_frames; i++)
		if (stack->frames[i].name[0])
			functions[n++] = stack->frames[i].name;
	return n;
}

static const struct suppress_rule *find_suppressed(const struct rules_seen *seen,
						   const struct suppress *suppress,
						   const char **functions)
{
	char pool[MODEL_NAME];
	size_t n;

	model_name(&seen->name, pool);
	n = add_functions(&seen->stack, functions, 0);
	n = add_functions(&seen->first, functions, n);
	return suppress_find(suppress, rules_name(seen->rec.key.rule), pool, functions, n);
}

/* Whom a finding is told by. */
static void set_seen(struct rules_finding *f, const struct rules_seen *seen)
{
	const struct ksyms_at *site = rules_site(&seen->stack), *first = rules_site(&seen->first);

	f->seen = seen;
	f->rule = seen->rec.key.rule;
	f->site = site ? site->name : "";
	f->module = site ? site->module : "";
	f->first_site = first ? first->name : "";
}

static void add_seen(struct rules_finding *f, const struct rules_seen *seen)
{
	f->count += seen->rec.count;
	f->stranded += seen->rec.stranded;
	if (seen->rec.depth > f->depth)
		f->depth = seen->rec.depth;
}

/* One that was made anew with the name of another is graded by what it has itself. */
static bool same_pool(const struct rules_seen *a, const struct rules_seen *b)
{
	char x[MODEL_NAME], y[MODEL_NAME];

	if (a->reserve != b->reserve || a->rescuer != b->rescuer)
		return false;
	model_name(&a->name, x);
	model_name(&b->name, y);
	return !strcmp(x, y);
}

/* What is suppressed by its callers does not hide who comes to the same function another way. */
static bool same(const struct rules_finding *a, const struct rules_finding *b)
{
	return a->rule == b->rule && a->suppressed == b->suppressed &&
	       frames_same(a->site, b->site) && !strcmp(a->module, b->module) &&
	       frames_same(a->first_site, b->first_site) && same_pool(a->seen, b->seen);
}

/* @r has room for one more. */
static void add_finding(struct rules_report *r, size_t *n, const struct rules_seen *seen,
			const struct suppress_rule *suppressed)
{
	struct rules_finding *f = &r->findings[*n];
	size_t i;

	set_seen(f, seen);
	f->suppressed = suppressed;
	for (i = 0; i < *n && !same(&r->findings[i], f); i++)
		;
	if (i == *n)
		(*n)++;
	else if (seen->rec.count > r->findings[i].seen->rec.count)
		set_seen(&r->findings[i], seen);
	add_seen(&r->findings[i], seen);
}

/*
 * Tasks stop when each has all it was seen to have but the last element, and waits for that: that takes
 * so many that nothing of the reserve is left.
 */
static void set_grade(struct rules_finding *f)
{
	uint32_t reserve = f->seen->reserve;
	bool refills = f->rule == RECORD_RULE_UNSUBMITTED || f->rule == RECORD_RULE_MEMPOOL;

	f->grade = RULES_NOT_COVERED;
	if (refills && reserve > f->depth) {
		f->grade = RULES_COVERED;
		if (f->depth > 1)
			f->tasks = (reserve - 1) / (f->depth - 1);
	} else if (f->rule == RECORD_RULE_UNSUBMITTED && f->seen->rescuer && !f->stranded) {
		f->grade = RULES_SAVED;
	}
}

static int by_pool(const struct rules_finding *a, const struct rules_finding *b)
{
	char x[MODEL_NAME], y[MODEL_NAME];

	model_name(&a->seen->name, x);
	model_name(&b->seen->name, y);
	return strcmp(x, y);
}

/* Larger numbers first. */
static int compare(uint64_t x, uint64_t y)
{
	return x > y ? -1 : x < y;
}

static unsigned int line_of(const struct rules_finding *f)
{
	return f->suppressed ? f->suppressed->line : 0;
}

/* The rest is for the order to be the same each time. */
static int by_name(const struct rules_finding *a, const struct rules_finding *b)
{
	int order = strcmp(a->site, b->site);

	order = order ?: strcmp(a->module, b->module);
	order = order ?: strcmp(a->first_site, b->first_site);
	order = order ?: compare(b->seen->reserve, a->seen->reserve);
	return order ?: compare(line_of(b), line_of(a));
}

static int by_grade(const void *a, const void *b)
{
	const struct rules_finding *x = a, *y = b;
	int order = compare(!x->suppressed, !y->suppressed);

	order = order ?: compare(x->grade, y->grade);
	order = order ?: compare(y->rule, x->rule);
	order = order ?: by_pool(x, y);
	order = order ?: compare(x->count, y->count);
	return order ?: by_name(x, y);
}

static size_t most_frames(const struct rules_snapshot *s)
{
	size_t i, n, most = 1;

	for (i = 0; i < s->nr_seen; i++) {
		n = s->seen[i].stack.nr_frames + s->seen[i].first.nr_frames;
		most = n > most ? n : most;
	}
	return most;
}

int rules_report(const struct rules_snapshot *s, const struct suppress *suppress,
		 struct rules_report *r)
{
	const char **functions = calloc(most_frames(s), sizeof(*functions));
	size_t i, n = 0;

	memset(r, 0, sizeof(*r));
	r->findings = calloc(s->nr_seen + 1, sizeof(*r->findings));
	if (!functions || !r->findings) {
		free(functions);
		rules_report_free(r);
		return -ENOMEM;
	}
	r->duration_ns = s->duration_ns;
	for (i = 0; i < s->nr_seen; i++)
		add_finding(r, &n, &s->seen[i], find_suppressed(&s->seen[i], suppress, functions));
	free(functions);
	for (i = 0; i < n; i++) {
		set_grade(&r->findings[i]);
		r->nr_suppressed += r->findings[i].suppressed != NULL;
	}
	r->nr_findings = n - r->nr_suppressed;
	qsort(r->findings, n, sizeof(*r->findings), by_grade);
	memcpy(r->lost, s->lost, sizeof(r->lost));
	for (i = 0; i < RECORD_RULES_LOSTS; i++)
		r->lost_total += r->lost[i];
	return 0;
}

void rules_report_free(struct rules_report *r)
{
	free(r->findings);
	memset(r, 0, sizeof(*r));
}

static bool is_certain(const struct rules_report *r, const struct rules_finding *f)
{
	return f->rule != RECORD_RULE_LEAK || !r->lost[RECORD_RULES_LOST_FREES];
}

int rules_status(const struct rules_report *r)
{
	size_t i;

	for (i = 0; i < r->nr_findings; i++)
		if (is_certain(r, &r->findings[i]))
			return MSG_EXIT_FAILED;
	return r->lost_total ? MSG_EXIT_LOST : MSG_EXIT_OK;
}

const char *rules_name(enum record_rule rule)
{
	static const char *const names[RECORD_RULES] = {
		[RECORD_RULE_UNSUBMITTED] = "unsubmitted",
		[RECORD_RULE_MEMPOOL] = "mempool",
		[RECORD_RULE_RESCUER] = "rescuer",
		[RECORD_RULE_LEAK] = "leak",
		[RECORD_RULE_WAIT] = "wait",
	};

	return rule < RECORD_RULES ? names[rule] : "unknown";
}

const char *rules_title(enum record_rule rule)
{
	static const char *const titles[RECORD_RULES] = {
		[RECORD_RULE_UNSUBMITTED] = "a task asks for a second bio of the bio_set while an "
					    "earlier one has not been dispatched",
		[RECORD_RULE_MEMPOOL] = "a task asks for another element of a mempool while bios "
					"wait on its current->bio_list",
		[RECORD_RULE_RESCUER] = "the rescuer of a bio_set allocates from that bio_set",
		[RECORD_RULE_LEAK] = "a bio was neither submitted nor freed",
		[RECORD_RULE_WAIT] = "a task waits for I/O while bios wait on its "
				     "current->bio_list",
	};

	return rule < RECORD_RULES ? titles[rule] : "unknown";
}

const char *rules_grade_name(enum rules_grade grade)
{
	static const char *const names[] = {
		[RULES_COVERED] = "covered",
		[RULES_SAVED] = "saved by the rescuer",
		[RULES_NOT_COVERED] = "not covered",
	};

	return grade < sizeof(names) / sizeof(names[0]) ? names[grade] : "unknown";
}

const char *rules_lost_name(unsigned int what)
{
	static const char *const names[RECORD_RULES_LOSTS] = {
		[RECORD_RULES_LOST_VIOLATIONS] = "violations", [RECORD_RULES_LOST_BIOS] = "bios",
		[RECORD_RULES_LOST_TASKS] = "tasks",	       [RECORD_RULES_LOST_LISTS] = "lists",
		[RECORD_RULES_LOST_FREES] = "frees",
	};

	return what < RECORD_RULES_LOSTS ? names[what] : "unknown";
}
