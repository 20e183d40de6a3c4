// SPDX-License-Identifier: GPL-2.0
/*
 * Findings of the rule checker as JSON and as JUnit's XML.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "render/rules.h"
#include "rules_fixture.h"
#include "util/text_file.h"

static void json_says_null_of_what_is_not_known(void **state)
{
	struct rules_seen covered = raid1;
	const struct rules_seen *all[] = { &covered, &waiting, &leak };
	struct suppress s = parsed("\n* * md_super_wait");
	struct rules_report r;
	struct json_object *o;

	(void)state;
	covered.reserve = 4;
	covered.rec.stranded = 2;
	strcpy(covered.rec.comm, "f\xff\"");
	r = report_of(all, 3, &s);
	r.lost[RECORD_RULES_LOST_LISTS] = 6;
	o = render_rules_json(&r);
	json_object_object_del(o, "kernel");
	assert_string_equal(
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE),
		"{\"schema\":\"bioscope.check/1\",\"command\":\"check\",\"duration_s\":1.234567890,"
		"\"findings\":["
		"{\"rule\":\"leak\",\"grade\":\"not covered\",\"pool\":{\"name\":\"fs_bio_set\","
		"\"device\":null,\"pool\":\"fs_bio_set\",\"module\":null},\"reserve\":2,"
		"\"rescuer\":false,\"device\":null,\"count\":3,\"depth\":null,\"stranded\":false,"
		"\"covers_tasks\":null,\"task\":{\"comm\":null,\"tid\":5,\"pid\":0},\"site\":null,"
		"\"site_module\":null,\"first_site\":\"raid1_write_request\",\"stack\":null,"
		"\"first_stack\":[\"bio_alloc_bioset\",\"raid1_write_request\"],"
		"\"suppressed_by\":null},"
		"{\"rule\":\"unsubmitted\",\"grade\":\"covered\",\"pool\":{\"name\":\"md0 bio_set\","
		"\"device\":\"md0\",\"pool\":\"bio_set\",\"module\":\"md_mod\"},\"reserve\":4,"
		"\"rescuer\":false,\"device\":\"nullb0\",\"count\":1520,\"depth\":2,"
		"\"stranded\":true,\"covers_tasks\":3,\"task\":{\"comm\":\"f\\\\xff\\\"\","
		"\"tid\":812,\"pid\":800},\"site\":\"raid1_write_request\","
		"\"site_module\":\"raid1\",\"first_site\":\"raid1_write_request\",\"stack\":["
		"\"bio_alloc_bioset\",\"bio_alloc_clone\",\"raid1_write_request\","
		"\"__submit_bio\"],\"first_stack\":[\"bio_alloc_bioset\","
		"\"raid1_write_request\"],\"suppressed_by\":null},"
		"{\"rule\":\"wait\",\"grade\":\"not covered\",\"pool\":null,\"reserve\":null,"
		"\"rescuer\":null,\"device\":null,\"count\":1,\"depth\":null,\"stranded\":false,"
		"\"covers_tasks\":null,\"task\":null,\"site\":\"md_super_wait\","
		"\"site_module\":\"md_mod\",\"first_site\":null,\"stack\":[\"submit_bio_wait\","
		"\"md_super_wait\"],\"first_stack\":null,\"suppressed_by\":2}],"
		"\"suppressed\":1,\"lost\":{\"violations\":0,\"bios\":0,\"tasks\":0,\"lists\":6,"
		"\"frees\":0}}");
	json_object_put(o);
	rules_report_free(&r);
	suppress_free(&s);
}

static char *junit_of(const struct rules_report *r)
{
	struct text_file f;

	assert_non_null(text_file_open(&f));
	render_rules_junit(r, f.out);
	return text_file_close(&f);
}

#define CASE(rule, title) "    <testcase classname=\"bioscope." rule "\" name=\"" title "\"/>\n"
#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
#define XML_MEMPOOL                                                                        \
	CASE("mempool", "a task asks for another element of a mempool while bios wait on " \
			"its current-&gt;bio_list")
#define XML_RESCUER CASE("rescuer", "the rescuer of a bio_set allocates from that bio_set")
#define XML_LEAK CASE("leak", "a bio was neither submitted nor freed")
#define XML_UNSUBMITTED                                                                  \
	"a task asks for a second bio of the bio_set while an earlier one has not been " \
	"dispatched"
#define XML_WAIT "a task waits for I/O while bios wait on its current-&gt;bio_list"

static void junit_has_a_case_for_each_rule(void **state)
{
	struct rules_report r = report_of(NULL, 0, &none);
	char *text = junit_of(&r);

	(void)state;
	assert_string_equal(text, XML_HEAD
			    "  <testsuite name=\"bioscope check\" tests=\"5\" "
			    "failures=\"0\" skipped=\"0\" time=\"1.234\">\n" CASE("unsubmitted",
										  XML_UNSUBMITTED)
				    XML_MEMPOOL XML_RESCUER XML_LEAK CASE(
					    "wait", XML_WAIT) "  </testsuite>\n</testsuites>\n");
	free(text);
	rules_report_free(&r);
}

/* A finding of which each name is as bad as it can be, and one that is suppressed. */
static void junit_is_well_formed_whatever_names_are(void **state)
{
	static const struct ksyms_at bad[] = {
		{ .addr = 0x14, .start = 0x10, .name = "<f>&\"'", .module = "m\x01]]>" }
	};
	const struct rules_seen *all[2] = { NULL, &waiting };
	struct suppress s = parsed("wait * *");
	struct rules_seen seen = raid1;
	struct rules_report r;
	char *text;

	(void)state;
	seen.name = (struct pools_name){ "<d&", "\"p'\n\xff\xef\xbf\xbf\xc3\xa4", "" };
	strcpy(seen.device, "\x7f\xc2\x80\xef\xbf\xbe");
	strcpy(seen.rec.comm, "<&>\"'\t\xc0");
	seen.stack = (struct rules_stack)STACK(bad);
	seen.first = (struct rules_stack){ 0 };
	all[0] = &seen;
	r = report_of(all, 2, &s);
	text = junit_of(&r);
	assert_string_equal(
		text, XML_HEAD
		"  <testsuite name=\"bioscope check\" tests=\"5\" failures=\"1\" skipped=\"1\" "
		"time=\"1.234\">\n" XML_MEMPOOL XML_RESCUER XML_LEAK
		"    <testcase classname=\"bioscope.unsubmitted\" name=\"&lt;d&amp; "
		"&quot;p&apos;\\x0a\\xff\\xef\\xbf\\xbf\xc3\xa4: &lt;f&gt;&amp;&quot;&apos;\">\n"
		"      <failure message=\"" XML_UNSUBMITTED "\" type=\"not covered\">"
		"NOT COVERED  " XML_UNSUBMITTED "\n"
		"  pool       &lt;d&amp; &quot;p&apos;\\x0a\\xff\\xef\\xbf\\xbf\xc3\xa4, reserve 2, no "
		"rescuer\n"
		"  disk       \\x7f\\xc2\\x80\\xef\\xbf\\xbe\n"
		"  seen       1520 times, first by &lt;&amp;&gt;&quot;&apos;\\x09\\xc0 (tid 812); one "
		"task had or asked for up to 2 at once, and what it had was all on "
		"current-&gt;bio_list\n"
		"  saved by   nothing: the reserve of 2 is not larger than the 2 of one task, and "
		"there is no rescuer\n"
		"  to do      dispatch each bio before asking for the next; else have a reserve "
		"larger than 2, by 1 more for each further such task, or a rescuer "
		"(BIOSET_NEED_RESCUER)\n"
		"  asked at   &lt;f&gt;&amp;&quot;&apos; [m\\x01]]&gt;]\n"
		"               &lt;f&gt;&amp;&quot;&apos;+0x4 [m\\x01]]&gt;]\n"
		"  held from  not known\n"
		"</failure>\n"
		"    </testcase>\n"
		"    <testcase classname=\"bioscope.wait\" name=\"md_super_wait\">\n"
		"      <skipped message=\"suppressed by line 1\"/>\n"
		"    </testcase>\n"
		"  </testsuite>\n</testsuites>\n");
	free(text);
	rules_report_free(&r);
	suppress_free(&s);
}

static void junit_names_a_case_by_what_is_known(void **state)
{
	static const struct ksyms_at other[] = { { .name = "g" } };
	struct rules_seen first = raid1, unknown = waiting;
	const struct rules_seen *all[] = { &raid1, &first, &leak, &unknown };
	struct rules_report r;
	char *text;

	(void)state;
	first.first = (struct rules_stack)STACK(other);
	first.rec.count--;
	unknown.stack = (struct rules_stack){ 0 };
	r = report_of(all, 4, &none);
	text = junit_of(&r);
	assert_non_null(strstr(text, "name=\"md0 bio_set: raid1_write_request\">"));
	assert_non_null(strstr(text, "name=\"md0 bio_set: raid1_write_request, held from g\">"));
	assert_non_null(strstr(text, "name=\"fs_bio_set: raid1_write_request\">"));
	assert_non_null(strstr(text, "name=\"" XML_WAIT "\">"));
	free(text);
	rules_report_free(&r);
}

static void junit_tells_what_was_not_seen(void **state)
{
	struct rules_snapshot s = {
		.lost = { [RECORD_RULES_LOST_BIOS] = 2, [RECORD_RULES_LOST_LISTS] = 1 }
	};
	struct rules_report r;
	char *text;

	(void)state;
	assert_int_equal(rules_report(&s, &none, &r), 0);
	text = junit_of(&r);
	assert_non_null(
		strstr(text, "tests=\"6\" failures=\"0\" skipped=\"0\" errors=\"1\" time="));
	assert_non_null(strstr(text,
			       "    <testcase classname=\"bioscope.lost\" name=\"all was seen\">\n"
			       "      <error message=\"not checked: bios 2, lists 1\"/>\n"
			       "    </testcase>\n  </testsuite>"));
	free(text);
	rules_report_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_says_null_of_what_is_not_known),
		cmocka_unit_test(junit_has_a_case_for_each_rule),
		cmocka_unit_test(junit_is_well_formed_whatever_names_are),
		cmocka_unit_test(junit_names_a_case_by_what_is_known),
		cmocka_unit_test(junit_tells_what_was_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
