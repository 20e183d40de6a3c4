// SPDX-License-Identifier: GPL-2.0
/*
 * What verify has found, as JUnit's XML for CI.
 */
#include <inttypes.h>

#include "render/verify.h"
#include "render/xml.h"

static void put_failure(FILE *out, const struct verify_result *r, const struct verify_trial *t)
{
	fprintf(out, "      <failure message=\"%s\" type=\"%s\">", verify_name(t->verdict),
		verify_name(t->verdict));
	render_verify_xml(render_verify_trial, r, t, out);
	fputs("</failure>\n", out);
}

static void put_trial(FILE *out, const struct verify_result *r, const struct verify_trial *t)
{
	char name[RENDER_VERIFY_CELL];

	fputs("    <testcase classname=\"bioscope.verify.", out);
	xml_put_name(out, r->device);
	fputs("\" name=\"", out);
	xml_put(out, render_verify_cell(t, RENDER_VERIFY_POOL, name));
	fprintf(out, "\" time=\"%" PRIu64 ".%03" PRIu64 "\">\n",
		t->seen.work.duration_ns / 1000000000, t->seen.work.duration_ns / 1000000 % 1000);
	if (verify_fails(t))
		put_failure(out, r, t);
	else if (t->verdict == VERIFY_NOT_TESTED)
		fprintf(out, "      <skipped message=\"%s\"/>\n", verify_why(t->untested));
	fputs("    </testcase>\n", out);
}

void render_verify_junit(const struct verify_result *r, FILE *out)
{
	size_t i, failures = 0, skipped = 0;

	for (i = 0; i < r->nr_trials; i++) {
		failures += verify_fails(&r->trials[i]);
		skipped +=
			!verify_fails(&r->trials[i]) && r->trials[i].verdict == VERIFY_NOT_TESTED;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fprintf(out,
		"  <testsuite name=\"bioscope verify\" tests=\"%zu\" failures=\"%zu\" "
		"skipped=\"%zu\" time=\"%" PRIu64 ".%03" PRIu64 "\">\n",
		r->nr_trials, failures, skipped, r->duration_ns / 1000000000,
		r->duration_ns / 1000000 % 1000);
	for (i = 0; i < r->nr_trials; i++)
		put_trial(out, r, &r->trials[i]);
	fputs("  </testsuite>\n</testsuites>\n", out);
}
