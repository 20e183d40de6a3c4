// SPDX-License-Identifier: GPL-2.0
/*
 * A finding of the rule checker in words: what, where, by whom.
 */
#include "render/rules_finding.h"

#include <inttypes.h>

#include "model/frames.h"
#include "model/model.h"
#include "render/rules_advice.h"
#include "util/text.h"

#define LABEL "  %-11s"
#define BELOW "               " /* a label */

const char *rules_finding_pool(const struct rules_finding *f, char *shown)
{
	char name[MODEL_NAME];

	model_name(&f->seen->name, name);
	return text_escape(name, shown, RULES_FINDING_NAME);
}

static void print_pool(const struct rules_finding *f, FILE *out)
{
	const char *rescuer = f->seen->rescuer ? ", rescuer" : ", no rescuer";
	char name[RULES_FINDING_NAME];

	if (f->rule == RECORD_RULE_WAIT)
		return;
	fprintf(out, LABEL, "pool");
	if (rules_finding_pool(f, name)[0])
		fprintf(out, "%s, reserve %" PRIu32 "%s\n", name, f->seen->reserve,
			f->rule == RECORD_RULE_MEMPOOL ? "" : rescuer);
	else
		fputs("not known any more\n", out);
}

static void print_disk(const struct rules_finding *f, FILE *out)
{
	char name[RULES_FINDING_NAME];

	if (f->seen->device[0])
		fprintf(out, LABEL "%s\n", "disk",
			text_escape(f->seen->device, name, sizeof(name)));
}

static void print_count(const struct rules_finding *f, FILE *out)
{
	if (f->rule == RECORD_RULE_LEAK)
		fprintf(out, "%" PRIu64 " %s", f->count, f->count == 1 ? "bio" : "bios");
	else if (f->count == 1)
		fputs("once", out);
	else
		fprintf(out, "%" PRIu64 " times", f->count);
}

static void print_task(const struct rules_finding *f, FILE *out)
{
	const struct record_violation *rec = &f->seen->rec;
	const char *first = f->count > 1 ? "first " : "";
	char comm[TEXT_ESCAPED];

	text_escape(rec->comm, comm, sizeof(comm));
	if (comm[0])
		fprintf(out, ", %sby %s (tid %" PRIu32 ")", first, comm, rec->tid);
	else if (rec->tid)
		fprintf(out, ", %sby task %" PRIu32, first, rec->tid);
}

/* With the last element, for which it asked. Of one alone there is nothing to say. */
static void print_depth(const struct rules_finding *f, FILE *out)
{
	bool refills = f->rule == RECORD_RULE_UNSUBMITTED || f->rule == RECORD_RULE_MEMPOOL;

	if (!refills || f->depth < 2)
		return;
	fprintf(out, "; one task had or asked for up to %" PRIu32 " at once", f->depth);
	if (!f->stranded)
		fputs(", and what it had was all on current->bio_list", out);
}

static void print_seen(const struct rules_finding *f, uint64_t missed, FILE *out)
{
	fprintf(out, LABEL, "seen");
	print_count(f, out);
	print_task(f, out);
	print_depth(f, out);
	fputc('\n', out);
	if (f->rule == RECORD_RULE_LEAK && missed)
		fprintf(out, LABEL "no: %" PRIu64 " %s not seen, so %s may be free\n", "certain",
			missed, missed == 1 ? "free was" : "frees were",
			f->count == 1 ? "it" : "some of these");
}

/* The function, with the module that it is of. */
static void print_function(const struct ksyms_at *at, bool offset, FILE *out)
{
	char name[RULES_FINDING_NAME];

	fputs(text_escape(at->name, name, sizeof(name)), out);
	if (offset)
		fprintf(out, "+0x%" PRIx64, at->addr - at->start);
	if (at->module[0])
		fprintf(out, " [%s]", text_escape(at->module, name, sizeof(name)));
	fputc('\n', out);
}

/* The tracer's own frames are not the task's. */
static void print_stack(const char *label, const struct rules_stack *stack, FILE *out)
{
	const struct ksyms_at *site = rules_site(stack);
	size_t i;

	fprintf(out, LABEL, label);
	if (site)
		print_function(site, false, out);
	else
		fputs("not known\n", out);
	for (i = 0; i < stack->nr_frames; i++) {
		if (frames_kind_of(stack->frames[i].name) == FRAMES_TRACER)
			continue;
		fputs(BELOW, out);
		print_function(&stack->frames[i], true, out);
	}
}

/* A leak is told by where the bio was allocated; of the others it may be that the task had nothing. */
static void print_stacks(const struct rules_finding *f, FILE *out)
{
	bool had = f->rule == RECORD_RULE_UNSUBMITTED || f->rule == RECORD_RULE_MEMPOOL;

	if (f->rule == RECORD_RULE_LEAK) {
		print_stack("taken at", &f->seen->first, out);
		return;
	}
	print_stack(f->rule == RECORD_RULE_WAIT ? "waits at" : "asked at", &f->seen->stack, out);
	if (had || f->seen->first.nr_frames)
		print_stack("held from", &f->seen->first, out);
}

void rules_finding_print(const struct rules_finding *f, uint64_t missed, FILE *out)
{
	static const char *const heads[] = {
		[RULES_COVERED] = "COVERED",
		[RULES_SAVED] = "SAVED",
		[RULES_NOT_COVERED] = "NOT COVERED",
	};

	fprintf(out, "%-11s  %s\n", heads[f->grade], rules_title(f->rule));
	print_pool(f, out);
	print_disk(f, out);
	print_seen(f, missed, out);
	rules_advice_print(f, out);
	print_stacks(f, out);
}
