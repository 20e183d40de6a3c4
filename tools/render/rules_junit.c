// SPDX-License-Identifier: GPL-2.0
/*
 * The findings of the rule checker as JUnit's XML, for CI.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/rules.h"
#include "render/rules_finding.h"
#include "render/xml.h"
#include "util/text.h"
#include "util/text_file.h"

static void begin_case(FILE *out, enum record_rule rule)
{
	fprintf(out, "    <testcase classname=\"bioscope.%s\" name=\"", rules_name(rule));
}

/* What CI calls it: the pool, if there is one, and where; so that two have two names, all of that. */
static void put_name(FILE *out, const struct rules_finding *f)
{
	char name[RULES_FINDING_NAME];
	const char *between = "";

	if (rules_finding_pool(f, name)[0]) {
		xml_put(out, name);
		between = ": ";
	}
	if (f->site[0]) {
		fputs(between, out);
		xml_put(out, text_escape(f->site, name, sizeof(name)));
		between = ", held from ";
	}
	if (f->first_site[0] && strcmp(f->first_site, f->site)) {
		fputs(between, out);
		xml_put(out, text_escape(f->first_site, name, sizeof(name)));
		between = "";
	}
	if (!f->site[0] && !f->first_site[0]) {
		fputs(between, out);
		xml_put(out, rules_title(f->rule));
	}
}

static void put_failure(FILE *out, const struct rules_finding *f, uint64_t missed)
{
	struct text_file file;
	char *text;

	if (text_file_open(&file))
		rules_finding_print(f, missed, file.out);
	text = text_file_close(&file);
	fputs("      <failure message=\"", out);
	xml_put(out, rules_title(f->rule));
	fprintf(out, "\" type=\"%s\">", rules_grade_name(f->grade));
	xml_put(out, text ?: "");
	fputs("</failure>\n", out);
	free(text);
}

static void put_finding(FILE *out, const struct rules_report *r, const struct rules_finding *f)
{
	begin_case(out, f->rule);
	put_name(out, f);
	fputs("\">\n", out);
	if (f->suppressed)
		fprintf(out, "      <skipped message=\"suppressed by line %u\"/>\n",
			f->suppressed->line);
	else
		put_failure(out, f, r->lost[RECORD_RULES_LOST_FREES]);
	fputs("    </testcase>\n", out);
}

static bool has_finding(const struct rules_report *r, unsigned int rule)
{
	size_t i;

	for (i = 0; i < r->nr_findings + r->nr_suppressed; i++)
		if (r->findings[i].rule == rule)
			return true;
	return false;
}

/* What was not seen may have been a violation: a run that is not whole is not to be taken for a good one. */
static void put_lost(FILE *out, const struct rules_report *r)
{
	const char *between = "";
	unsigned int what;

	fputs("    <testcase classname=\"bioscope.lost\" name=\"all was seen\">\n      <error message=\"not checked: ",
	      out);
	for (what = 0; what < RECORD_RULES_LOSTS; what++) {
		if (!r->lost[what])
			continue;
		fprintf(out, "%s%s %" PRIu64, between, rules_lost_name(what), r->lost[what]);
		between = ", ";
	}
	fputs("\"/>\n    </testcase>\n", out);
}

void render_rules_junit(const struct rules_report *r, FILE *out)
{
	size_t i, n = r->nr_findings + r->nr_suppressed, tests = n + !!r->lost_total;
	unsigned int rule;

	for (rule = 0; rule < RECORD_RULES; rule++)
		tests += !has_finding(r, rule);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fprintf(out,
		"  <testsuite name=\"bioscope check\" tests=\"%zu\" failures=\"%zu\" "
		"skipped=\"%zu\"%s time=\"%" PRIu64 ".%03" PRIu64 "\">\n",
		tests, r->nr_findings, r->nr_suppressed, r->lost_total ? " errors=\"1\"" : "",
		r->duration_ns / 1000000000, r->duration_ns / 1000000 % 1000);
	for (rule = 0; rule < RECORD_RULES; rule++) {
		if (has_finding(r, rule))
			continue;
		begin_case(out, rule);
		xml_put(out, rules_title(rule));
		fputs("\"/>\n", out);
	}
	for (i = 0; i < n; i++)
		put_finding(out, r, &r->findings[i]);
	if (r->lost_total)
		put_lost(out, r);
	fputs("  </testsuite>\n</testsuites>\n", out);
}
