// SPDX-License-Identifier: GPL-2.0
/*
 * The findings of the rule checker as text for people.
 */
#include "render/rules.h"

#include <inttypes.h>

#include "render/rules_finding.h"
#include "util/msg.h"

static void print_totals(const struct rules_report *r)
{
	size_t of[RULES_NOT_COVERED + 1] = { 0 }, i;
	const char *before = ": ";
	int grade;

	for (i = 0; i < r->nr_findings; i++)
		of[r->findings[i].grade]++;
	if (r->nr_findings)
		printf("%zu %s", r->nr_findings, r->nr_findings == 1 ? "finding" : "findings");
	else
		printf("no findings");
	for (grade = RULES_NOT_COVERED; grade >= RULES_COVERED; grade--) {
		if (!of[grade])
			continue;
		printf("%s%zu %s", before, of[grade], rules_grade_name((enum rules_grade)grade));
		before = ", ";
	}
	if (r->nr_suppressed)
		printf("; %zu suppressed", r->nr_suppressed);
	putchar('\n');
}

void render_rules_text(const struct rules_report *r)
{
	size_t i;

	for (i = 0; i < r->nr_findings; i++) {
		rules_finding_print(&r->findings[i], r->lost[RECORD_RULES_LOST_FREES], stdout);
		putchar('\n');
	}
	print_totals(r);
}

void render_rules_lost(const struct rules_report *r, const struct suppress *suppress)
{
	static const char *const why[RECORD_RULES_LOSTS] = {
		[RECORD_RULES_LOST_VIOLATIONS] = "there were too many different ones",
		[RECORD_RULES_LOST_BIOS] = "allocations that could not be followed",
		[RECORD_RULES_LOST_TASKS] = "tasks that could not be followed",
		[RECORD_RULES_LOST_LISTS] = "lists of bios that were too long to be looked at",
		[RECORD_RULES_LOST_FREES] = "not seen, so leaks are not certain",
	};
	unsigned int what;
	size_t i;

	for (what = 0; what < RECORD_RULES_LOSTS; what++)
		if (r->lost[what])
			msg_note("not checked: %s %" PRIu64 " (%s)", rules_lost_name(what),
				 r->lost[what], why[what]);
	for (i = 0; i < suppress->nr_rules; i++)
		if (!suppress->rules[i].used)
			msg_note("line %u of the suppressions is of no use: it is about nothing "
				 "that was found",
				 suppress->rules[i].line);
}
