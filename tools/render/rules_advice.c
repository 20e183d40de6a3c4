// SPDX-License-Identifier: GPL-2.0
/*
 * What saves the host from a finding of the rule checker when memory is short, why not, and what to do.
 */
#include "render/rules_advice.h"

#include <inttypes.h>

#include "render/rules_finding.h"

#define SAVED_BY "  saved by   "
#define TO_DO "  to do      "

static void print_both(const char *saved_by, const char *to_do, FILE *out)
{
	fprintf(out, SAVED_BY "%s\n" TO_DO "%s\n", saved_by, to_do);
}

/* With how many tasks at a time the reserve is enough. */
static void print_covers(const struct rules_finding *f, FILE *out)
{
	fputs(SAVED_BY "the reserve, which is ", out);
	if (f->tasks)
		fprintf(out, "enough for %" PRIu32 " such %s at a time", f->tasks,
			f->tasks == 1 ? "task" : "tasks");
	else
		fputs("larger than what one task was seen to need", out);
}

/* So that tasks that each lack their last element leave one of it, with which one of them goes on. */
static void print_larger(const struct rules_finding *f, FILE *out)
{
	fprintf(out, "a reserve larger than %" PRIu32, f->depth);
	if (f->depth > 1)
		fprintf(out, ", by %" PRIu32 " more for each further such task", f->depth - 1);
}

static void print_not_larger(const struct rules_finding *f, FILE *out)
{
	fprintf(out,
		SAVED_BY "nothing: the reserve of %" PRIu32 " is not larger than the %" PRIu32
			 " of one task",
		f->seen->reserve, f->depth);
}

static void print_stranded(const struct rules_finding *f, FILE *out)
{
	fputs("no rescuer can help: ", out);
	if (f->count > 1)
		fprintf(out, "%" PRIu64 " of these times ", f->stranded);
	fputs("something it had was on no list", out);
}

static void unsubmitted_covered(const struct rules_finding *f, FILE *out)
{
	print_covers(f, out);
	if (f->seen->rescuer && !f->stranded) {
		fputs(", and beyond that the rescuer\n", out);
		return;
	}
	fputs("; beyond that ", out);
	if (f->stranded)
		print_stranded(f, out);
	else
		fputs("nothing, as there is no rescuer", out);
	fputs("\n" TO_DO "dispatch each bio before asking for the next, if more tasks can do this "
	      "at a time\n",
	      out);
}

static void unsubmitted_not_covered(const struct rules_finding *f, FILE *out)
{
	print_not_larger(f, out);
	fputs(", and ", out);
	if (f->stranded)
		print_stranded(f, out);
	else
		fputs("there is no rescuer", out);
	fputs("\n" TO_DO "dispatch each bio before asking for the next; else have ", out);
	print_larger(f, out);
	fputs(f->stranded ? "\n" : ", or a rescuer (BIOSET_NEED_RESCUER)\n", out);
}

static void advise_unsubmitted(const struct rules_finding *f, FILE *out)
{
	if (f->grade == RULES_COVERED)
		unsubmitted_covered(f, out);
	else if (f->grade == RULES_NOT_COVERED)
		unsubmitted_not_covered(f, out);
	else
		print_both("the rescuer, which dispatches what the task had on current->bio_list",
			   "dispatch each bio before asking for the next: with the reserve empty, "
			   "the task waits for the rescuer each time",
			   out);
}

static void advise_mempool(const struct rules_finding *f, FILE *out)
{
	if (f->grade == RULES_COVERED) {
		print_covers(f, out);
		fputs("; beyond that nothing, as no rescuer looks after a mempool\n", out);
		fputs(TO_DO "use front_pad for per-bio data, if more tasks can do this at a time\n",
		      out);
		return;
	}
	print_not_larger(f, out);
	fputs(", and no rescuer looks after a mempool\n", out);
	fputs(TO_DO "use front_pad for per-bio data, which needs no mempool; else have ", out);
	print_larger(f, out);
	fputc('\n', out);
}

/* What is the same whatever the pool is like. */
static void advise_always(enum record_rule rule, FILE *out)
{
	if (rule == RECORD_RULE_RESCUER)
		print_both("nothing: it is the rescuer that would wait, and nobody rescues it",
			   "let what the rescuer dispatches need no bio of the same bio_set: "
			   "give each device one of its own",
			   out);
	else if (rule == RECORD_RULE_LEAK)
		print_both("nothing: when memory is short, each leaves one element fewer, until "
			   "there is none",
			   "submit each bio, or free it by bio_put(), also where something fails",
			   out);
	else if (rule == RECORD_RULE_WAIT)
		print_both("nothing: what it waits for may be on its own list, which is only "
			   "dispatched when it returns",
			   "wait in a worker, where current->bio_list is empty, or go on from "
			   "bi_end_io() instead of waiting",
			   out);
}

void rules_advice_print(const struct rules_finding *f, FILE *out)
{
	static const char unknown[] = "not known, as nothing is known of the pool any more";
	char name[RULES_FINDING_NAME];
	bool known = rules_finding_pool(f, name)[0];

	if (f->rule == RECORD_RULE_UNSUBMITTED && known)
		advise_unsubmitted(f, out);
	else if (f->rule == RECORD_RULE_UNSUBMITTED)
		print_both(unknown, "dispatch each bio before asking for the next", out);
	else if (f->rule == RECORD_RULE_MEMPOOL && known)
		advise_mempool(f, out);
	else if (f->rule == RECORD_RULE_MEMPOOL)
		print_both(unknown, "use front_pad for per-bio data, which needs no mempool", out);
	else
		advise_always(f->rule, out);
}
