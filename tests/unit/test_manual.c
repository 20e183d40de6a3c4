// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope(8) has the fields of every JSON document, the metrics and the causes of losses, all and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "fixture.h"
#include "model/kzalloc.h"
#include "model/rules.h"
#include "render/render.h"
#include "render/event.h"
#include "render/kzalloc.h"
#include "render/rules.h"
#include "render/prometheus.h"
#include "render/stack.h"
#include "render/top.h"
#include "render/verify.h"
#include "util/text_file.h"

#define PAGE TOP "/man/bioscope.8.scd"
#define WORDS 48
#define WORD 64

static const struct model_filter all;

/* A set of names. */
struct words {
	size_t n;
	char word[WORDS][WORD];
};

static void add(struct words *w, const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (strlen(w->word[i]) == len && !strncmp(w->word[i], word, len))
			return;
	assert_true(w->n < WORDS && len < WORD);
	snprintf(w->word[w->n++], WORD, "%.*s", (int)len, word);
}

static bool has(const struct words *w, const char *word)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (!strcmp(w->word[i], word))
			return true;
	return false;
}

static void is_same(const char *what, const struct words *page, const struct words *real)
{
	size_t i;

	assert_true(real->n > 0);
	for (i = 0; i < real->n; i++)
		if (!has(page, real->word[i]))
			fail_msg("%s: the manual lacks %s", what, real->word[i]);
	for (i = 0; i < page->n; i++)
		if (!has(real, page->word[i]))
			fail_msg("%s: there is no %s", what, page->word[i]);
}

/* The bold first cells of the @nth table whose first head is @head. */
static void documented(const char *head, unsigned int nth, struct words *w)
{
	char line[512], want[WORD + 8];
	FILE *f = fopen(PAGE, "re");
	bool inside = false;

	w->n = 0;
	if (!f) {
		fail_msg("cannot open %s", PAGE);
		return;
	}
	snprintf(want, sizeof(want), "[[ *%s*\n", head);
	while (fgets(line, sizeof(line), f)) {
		if (!strcmp(line, want))
			inside = !nth--;
		else if (line[0] == '\n')
			inside = false;
		else if (inside && !strncmp(line, "|  *", 4))
			add(w, line + 4, strcspn(line + 4, "*"));
	}
	fclose(f);
}

static void is_nth_documented(const char *head, unsigned int nth, struct json_object *obj)
{
	struct words page, real = { 0 };

	assert_true(json_object_is_type(obj, json_type_object));
	json_object_object_foreach (obj, key, value) {
		(void)value;
		add(&real, key, strlen(key));
	}
	documented(head, nth, &page);
	is_same(head, &page, &real);
}

static void is_documented(const char *head, struct json_object *obj)
{
	is_nth_documented(head, 0, obj);
}

static struct json_object *get(struct json_object *obj, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(obj, key, &value));
	return value;
}

static struct json_object *first(struct json_object *obj, const char *key)
{
	return json_object_array_get_idx(get(obj, key), 0);
}

static void fields_of_reports(void **state)
{
	struct probe_result probes[PROBES] = { 0 };
	struct pressure_stats stats = { 0 };
	struct json_object *o, *pool;
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	f.s.sees &= ~(unsigned int)TRACE_SEES_FIRST_FAILURES;
	probes[0].state = PROBE_MISSING;
	f.s.probes = probes;
	fixture_add_disks(&f);
	f.disk_times[0].times[1] = 1;
	f.s.nr_waiters = 1;
	f.waiters[0].rec.slot = 1;
	f.s.nr_holders = 1;
	f.holders[0].rec.slot = 1;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	o = render_json_report("pressure", &r, true);
	json_object_object_add(o, "pressure", render_json_pressure("stackb0 bs", &stats, 1));
	is_documented("report", o);
	pool = first(o, "pools");
	is_documented("pool", pool);
	is_documented("ways", get(pool, "ways"));
	is_documented("times", get(pool, "wait"));
	is_documented("disk", first(o, "disks"));
	is_documented("waiter", first(o, "waiters"));
	is_documented("holder", first(o, "holders"));
	is_documented("pressure", get(o, "pressure"));
	is_documented("unseen", first(o, "unseen"));
	is_nth_documented("cause", 0, get(o, "lost"));
	json_object_put(o);
	model_free(&r);
}

static void fields_of_events(void **state)
{
	static const struct record_event rec = { .kind = RECORD_EVENT_DIP };
	static const struct event e = { .rec = &rec };
	struct json_object *o = render_event_json(&e);

	(void)state;
	is_documented("event", o);
	json_object_put(o);
}

static void fields_of_doctor(void **state)
{
	static const struct render_check check = { .name = "c", .state = "ok", .ok = true };
	static const struct cost cost = { .prog = "p" };
	struct json_object *o = render_json_doctor(&check, 1), *costs = render_json_cost(&cost, 1);

	(void)state;
	is_documented("check", first(o, "checks"));
	is_documented("cost", first(costs, "costs"));
	/* It is the one or the other. */
	json_object_object_add(o, "costs", json_object_get(get(costs, "costs")));
	is_documented("doctor", o);
	json_object_put(costs);
	json_object_put(o);
}

/* One violation of a pool. */
static void fields_of_check(void **state)
{
	struct rules_seen seen = { .rec = { .count = 1, .tid = 1, .comm = "t" },
				   .name = { .pool = "p" },
				   .reserve = 2 };
	struct rules_snapshot s = { .nr_seen = 1, .seen = &seen };
	struct rules_report r;
	struct json_object *o;

	(void)state;
	assert_int_equal(rules_report(&s, &(struct suppress){ 0 }, &r), 0);
	o = render_rules_json(&r);
	is_documented("check_report", o);
	is_documented("finding", first(o, "findings"));
	is_documented("finding_pool", get(first(o, "findings"), "pool"));
	is_documented("finding_task", get(first(o, "findings"), "task"));
	is_nth_documented("cause", 1, get(o, "lost"));
	json_object_put(o);
	rules_report_free(&r);
}

/* A task that waits for what it has itself. */
static void fields_of_verify(void **state)
{
	struct record_waiter rec = { .tid = 1, .comm = "t" };
	struct read_waiter waiting = { 0 };
	struct model_waiter waiter = { .pool = "p", .waiter = &waiting, .rec = &rec };
	struct read_holder holding = { .rec = { .tid = 1, .comm = "t" } };
	struct model_holder holder = { .pool = "p", .held = &holding };
	struct verify_trial trial = {
		.nr_pools = 1,
		.names = { "p" },
		.begun = true,
		.verdict = VERIFY_STALL,
		.circle = { .n = 1,
			    .end = CIRCLE_CLOSED,
			    .links = { { &waiter, CIRCLE_TOOK, &holder } } },
	};
	const struct verify_result r = { .device = "d", .nr_trials = 1, .trials = &trial };
	struct json_object *o = render_verify_json(&r), *one = first(o, "trials");
	struct json_object *work = get(o, "without_pressure"), *circle = get(one, "circle");

	(void)state;
	is_documented("verify_report", o);
	is_documented("verify_work", work);
	is_documented("verify_pool", first(one, "pools"));
	is_documented("verify_circle", circle);
	is_documented("verify_link", first(circle, "links"));
	is_documented("verify_holder", get(first(circle, "links"), "taken_by"));
	/* It has what is of the workload, too, which is documented there. */
	json_object_object_foreach (work, key, value) {
		(void)value;
		assert_true(json_object_object_get_ex(one, key, NULL));
		json_object_object_del(one, key);
	}
	is_documented("verify_trial", one);
	json_object_put(o);
}

/* One module with one call site, which has left an object behind. */
static void fields_of_kzalloc(void **state)
{
	struct record_kzalloc_module module = {
		.name = "m", .base = 0x1000, .size = 0x100, .loaded_ns = 1, .gone_ns = 3
	};
	struct kzalloc_site site = { .id = { 0x1010, 2, "" }, .counts = { .calls = 1 } };
	struct record_kzalloc_object object = { .slot = 0 };
	struct kzalloc_snapshot s = { .time_ns = 9,
				      .nr_sites = 1,
				      .sites = &site,
				      .nr_objects = 1,
				      .objects = &object,
				      .nr_modules = 1,
				      .modules = &module };
	struct kzalloc_report r;
	struct json_object *o;

	(void)state;
	assert_int_equal(kzalloc_report(&s, NULL, &r), 0);
	o = render_kzalloc_json(&r);
	is_documented("kzalloc", o);
	is_documented("sum", first(o, "sites"));
	is_documented("live", get(get(o, "total"), "leaked"));
	is_documented("leak", first(o, "leaks"));
	is_nth_documented("cause", 2, get(o, "lost"));
	json_object_put(o);
	kzalloc_report_free(&r);
}

static void fields_of_stack(void **state)
{
	static char lowers[] = "lowers", line[] = "1:0 0 8 ok";
	struct stack_text counter = { lowers, line };
	struct stack_device t = { .name = "t", .state = STACK_ON, .counters = { 1, &counter } };
	const struct stack_devices devices = { 1, &t };
	struct stack_knobs k;
	struct stack_scenarios sc;
	struct json_object *o, *device;

	(void)state;
	stack_knobs_parse("chunk_kb 0..9", "chunk_kb 0", &k);
	o = render_stack_json(&devices, &k);
	device = first(o, "devices");
	is_documented("device", device);
	is_documented("lower", first(device, "lowers"));
	is_documented("stack list", o);
	json_object_put(o);
	o = render_stack_knobs_json(&k);
	is_documented("stack knobs", o);
	is_documented("knob", first(o, "knobs"));
	json_object_put(o);
	stack_scenarios_parse("B1 progress contract", &sc);
	o = render_stack_scenarios_json(&sc);
	is_documented("stack scenarios", o);
	is_documented("scenario", first(o, "scenarios"));
	json_object_put(o);
}

static void metrics(void **state)
{
	struct words page, real = { 0 };
	static struct prometheus_past past;
	struct model_report r = { .sees = ~0U };
	char *text, *line, *save = NULL;
	struct text_file f;

	(void)state;
	assert_non_null(text_file_open(&f));
	render_prometheus(f.out, &r, &past);
	text = text_file_close(&f);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "# TYPE ", 7))
			add(&real, line + 7, strcspn(line + 7, " "));
	free(text);
	documented("metric", 0, &page);
	is_same("metrics", &page, &real);
}

/* The next cell of a row that begins with @begin, without what scdoc takes for underlined, and commas. */
static const char *next_cell(FILE *f, const char *begin, char *line, size_t size)
{
	char *from, *to;

	assert_non_null(fgets(line, (int)size, f));
	assert_int_equal(strncmp(line, begin, strlen(begin)), 0);
	for (from = to = line + strlen(begin); *from; from++)
		if (!strchr(*begin == '|' ? "_,\n" : "\n", *from))
			*to++ = *from;
	*to = '\0';
	return line + strlen(begin);
}

static void keys_of_top(void **state)
{
	const struct top_key *k;
	char line[512] = "";
	FILE *f = fopen(PAGE, "re");

	(void)state;
	assert_non_null(f);
	while (strcmp(line, "[[ *Key*\n") != 0)
		assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(fgets(line, sizeof(line), f));
	for (k = top_keys; k->key; k++) {
		assert_string_equal(next_cell(f, "|  ", line, sizeof(line)), k->key);
		assert_string_equal(next_cell(f, ":  ", line, sizeof(line)), k->does);
	}
	assert_non_null(fgets(line, sizeof(line), f));
	assert_string_equal(line, "\n");
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_top),	     cmocka_unit_test(fields_of_reports),
		cmocka_unit_test(fields_of_events),  cmocka_unit_test(fields_of_doctor),
		cmocka_unit_test(fields_of_check),   cmocka_unit_test(fields_of_verify),
		cmocka_unit_test(fields_of_kzalloc), cmocka_unit_test(fields_of_stack),
		cmocka_unit_test(metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
