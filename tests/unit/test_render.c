// SPDX-License-Identifier: GPL-2.0
/*
 * JSON, Prometheus and the small texts, from reports made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "fixture.h"
#include "render/render.h"
#include "render/prometheus.h"
#include "util/text.h"
#include "util/text_file.h"

static const struct model_filter all;

static struct prometheus_past past;

static char *prometheus_again(const struct model_report *r)
{
	struct text_file f;

	assert_non_null(text_file_open(&f));
	render_prometheus(f.out, r, &past);
	return text_file_close(&f);
}

/* Of the first scrape. */
static char *prometheus(const struct model_report *r)
{
	memset(&past, 0, sizeof(past));
	return prometheus_again(r);
}

static void prometheus_has_every_live_pool(void **state)
{
	struct fixture f;
	struct model_report r;
	char *text;

	(void)state;
	fixture_init(&f);
	f.pools[0].counts.rare.reserve = 42;
	f.pools[1].id.flags = RECORD_POOL_GONE;
	f.s.skipped[probe_index("alloc_exit")] = 5;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus(&r);
	assert_non_null(strstr(text, "# TYPE bioscope_pool_allocations_total counter\n"));
	assert_non_null(strstr(text,
			       "bioscope_pool_allocations_total{device=\"stackb0\",pool=\"bs\","
			       "module=\"stack_blk\",way=\"reserve\"} 42\n"));
	assert_non_null(strstr(text,
			       "bioscope_pool_reserve_elements{device=\"\",pool=\"fs_bio_set\","
			       "module=\"\"} 2\n"));
	assert_non_null(strstr(text, "bioscope_lost_total{cause=\"untracked_pools\"} 0\n"));
	assert_non_null(strstr(text, "bioscope_skipped_total{program=\"alloc_exit\"} 5\n"));
	assert_null(strstr(text, "bio_split"));
	free(text);
	model_free(&r);
}

/* An allocation is from the slab until something else is seen of it, and a wait that goes on is taken back. */
static void counters_do_not_fall(void **state)
{
	struct fixture f;
	struct model_report r;
	char *text;

	(void)state;
	fixture_init(&f);
	f.pools[0].counts.calls = 10;
	f.times[0][RECORD_TIMED_WAIT].times[hist_bucket(3000)] = 2;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	free(prometheus(&r));
	model_free(&r);
	f.pools[0].counts.rare.reserve = 3;
	f.times[0][RECORD_TIMED_WAIT].times[hist_bucket(3000)] = 1;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus_again(&r);
	assert_non_null(strstr(text, "way=\"slab\"} 10\n"));
	assert_non_null(strstr(text, "way=\"reserve\"} 3\n"));
	assert_non_null(strstr(text,
			       "bioscope_pool_wait_seconds_count{device=\"stackb0\",pool=\"bs\","
			       "module=\"stack_blk\"} 2\n"));
	free(text);
	f.pools[0].id.since_ns++; /* another one has its slot */
	model_free(&r);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus_again(&r);
	assert_non_null(strstr(text, "way=\"slab\"} 7\n"));
	assert_non_null(strstr(text,
			       "bioscope_pool_wait_seconds_count{device=\"stackb0\",pool=\"bs\","
			       "module=\"stack_blk\"} 1\n"));
	free(text);
	model_free(&r);
}

static void a_way_that_is_not_told_apart_is_not_shown(void **state)
{
	struct json_object *o, *ways;
	struct fixture f;
	struct model_report r;
	char *text;

	(void)state;
	fixture_init(&f);
	f.pools[0].counts.calls = 42;
	f.s.sees &= ~(unsigned int)TRACE_SEES_CACHE;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus(&r);
	assert_non_null(strstr(text, "way=\"slab\"} 42\n"));
	assert_null(strstr(text, "way=\"cache\""));
	o = render_json_report("stat", &r, false);
	ways = json_object_object_get(
		json_object_array_get_idx(json_object_object_get(o, "pools"), 0), "ways");
	assert_int_equal(json_object_get_int(json_object_object_get(ways, "slab")), 42);
	assert_null(json_object_object_get(ways, "cache"));
	json_object_put(o);
	free(text);
	model_free(&r);
}

static void prometheus_escapes_labels(void **state)
{
	struct fixture f;
	struct model_report r;
	char *text;

	(void)state;
	fixture_init(&f);
	strcpy(f.pools[0].name.device, "a\"b\\c\nd\xff");
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus(&r);
	assert_non_null(strstr(text, "device=\"a\\\"b\\\\c\\\\x0ad\\\\xff\""));
	free(text);
	model_free(&r);
}

/* Neither a terminal nor who reads JSON gets what a disk's name may be made of. */
static void names_are_shown_without_odd_bytes(void **state)
{
	struct json_object *o, *pool;
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	strcpy(f.pools[0].name.device, "x\x1b[2J\xff");
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_string_equal(r.pools[0].name, "x\\x1b[2J\\xff bs");
	o = render_json_report("list", &r, false);
	pool = json_object_array_get_idx(json_object_object_get(o, "pools"), 0);
	assert_string_equal(json_object_get_string(json_object_object_get(pool, "device")),
			    "x\\x1b[2J\\xff");
	assert_string_equal(json_object_get_string(json_object_object_get(pool, "name")),
			    "x\\x1b[2J\\xff bs");
	json_object_put(o);
	model_free(&r);
}

static size_t times_in(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void prometheus_has_one_series_for_a_disk_that_came_back(void **state)
{
	struct fixture f;
	struct model_report r;
	char *text;

	(void)state;
	fixture_init(&f);
	fixture_add_disks(&f);
	strcpy(f.disks[1].id.name, "nullb0");
	f.disk_times[0].times[hist_bucket(100)] = 4;
	f.disk_times[1].times[hist_bucket(100)] = 5;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	assert_int_equal(r.nr_disks, 2);
	text = prometheus(&r);
	assert_int_equal(times_in(text, "bioscope_disk_latency_seconds_count{"), 1);
	assert_non_null(strstr(text, "bioscope_disk_latency_seconds_count{device=\"nullb0\"} 9\n"));
	free(text);
	model_free(&r);
}

static void prometheus_has_latencies_where_they_are_measured(void **state)
{
	struct fixture f;
	struct model_report r;
	char *text;

	(void)state;
	fixture_init(&f);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus(&r);
	assert_null(strstr(text, "bioscope_disk_"));
	assert_null(strstr(text, "lifetime_seconds"));
	free(text);
	model_free(&r);
	fixture_add_disks(&f);
	f.disk_times[1].times[hist_bucket(1500)] = 3;
	f.disk_times[1].max_ns = 1500;
	f.times[0][RECORD_TIMED_LIFETIME].times[hist_bucket(1500)] = 4;
	f.times[0][RECORD_TIMED_LIFETIME].max_ns = 1500;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus(&r);
	assert_non_null(strstr(
		text,
		"# TYPE bioscope_disk_latency_seconds histogram\n"
		"bioscope_disk_latency_seconds_bucket{device=\"stackb0\",le=\"1.023e-06\"} 0\n"
		"bioscope_disk_latency_seconds_bucket{device=\"stackb0\",le=\"2.047e-06\"} 3\n"));
	assert_non_null(strstr(
		text, "bioscope_disk_latency_seconds_bucket{device=\"stackb0\",le=\"+Inf\"} 3\n"
		      "bioscope_disk_latency_seconds_sum{device=\"stackb0\"} 0.000004500\n"));
	assert_non_null(
		strstr(text, "bioscope_disk_latency_seconds_count{device=\"stackb0\"} 3\n"));
	assert_null(strstr(text, "nullb0"));
	assert_non_null(
		strstr(text, "bioscope_pool_lifetime_seconds_count{device=\"stackb0\",pool=\"bs\","
			     "module=\"stack_blk\"} 4\n"));
	free(text);
	model_free(&r);
}

static void json_has_lifetimes_and_disks(void **state)
{
	struct json_object *o, *v;
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	fixture_add_disks(&f);
	f.disk_times[0].times[hist_bucket(20000000)] = 8;
	f.disk_times[0].max_ns = 20000000;
	f.times[0][RECORD_TIMED_LIFETIME].times[hist_bucket(1500)] = 4;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	v = render_json_report("latency", &r, false);
	o = json_object_array_get_idx(json_object_object_get(v, "pools"), 0);
	o = json_object_object_get(o, "lifetime");
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "count")), 4);
	assert_int_equal(json_object_array_length(json_object_object_get(v, "disks")), 1);
	o = json_object_array_get_idx(json_object_object_get(v, "disks"), 0);
	assert_string_equal(json_object_get_string(json_object_object_get(o, "name")), "nullb0");
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "dev")), 0xfb00000);
	o = json_object_object_get(o, "latency");
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "count")), 8);
	assert_true(json_object_get_double(json_object_object_get(o, "p99_s")) == 20000000e-9);
	o = json_object_array_get_idx(json_object_object_get(v, "pools"), 0);
	o = json_object_object_get(o, "wait");
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "count")), 0);
	assert_true(json_object_object_get_ex(o, "p50_s", &o) && !o);
	json_object_put(v);
	model_free(&r);
}

static void json_has_null_for_what_was_not_measured(void **state)
{
	struct json_object *o, *pool, *v;
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	v = render_json_report("stat", &r, false);
	pool = json_object_array_get_idx(json_object_object_get(v, "pools"), 0);
	assert_true(json_object_object_get_ex(pool, "allocation", &o) && !o);
	assert_true(json_object_object_get_ex(pool, "lifetime", &o) && !o);
	assert_true(json_object_object_get_ex(v, "disks", &o) && !o);
	json_object_put(v);
	model_free(&r);
}

/* What is null without a sight: of a pool, of its ways, of the report; and the metric that has no sample. */
static const struct {
	unsigned int sight;
	const char *fields[5], *way, *top, *metric;
} told_by[] = {
	{ TRACE_SEES_CALLS, { "allocations" }, "slab", NULL, "way=\"slab\"" },
	{ TRACE_SEES_CACHE, { NULL }, "cache", NULL, "way=\"cache\"" },
	{ TRACE_SEES_RESERVE, { "lowest" }, "reserve", "holders", "lowest_elements" },
	{ TRACE_SEES_WAITS,
	  { "wait", "waiting", "waiting_longest_s", "stalled" },
	  "wait",
	  "waiters",
	  "pool_wait_seconds" },
	{ TRACE_SEES_FAILURES, { NULL }, "failed", NULL, "way=\"failed\"" },
	{ TRACE_SEES_TIMES, { "allocation" }, NULL, NULL, "allocation_seconds" },
	{ TRACE_SEES_LIVES, { "lifetime" }, NULL, NULL, "lifetime_seconds" },
	{ TRACE_SEES_DISKS, { NULL }, NULL, "disks", "disk_latency_seconds" },
	{ TRACE_SEES_PUNTS, { "punts", "punted_bios" }, NULL, NULL, "punted_bios_total" },
	{ TRACE_SEES_RESCUES,
	  { "rescuer_runs", "workqueue_rescuer_runs" },
	  NULL,
	  NULL,
	  "workqueue_rescuer_runs_total" },
	{ TRACE_SEES_WAKEUPS, { "rescuer_wakeup" }, NULL, NULL, "rescuer_wakeup_seconds" },
	{ TRACE_SEES_RUNS, { "rescuer_run" }, NULL, NULL, "rescuer_run_seconds" },
};

/* Fields that are null, as those of @i are or are not. */
static void fields_are(size_t i, struct json_object *report, bool null)
{
	struct json_object *pool = json_object_array_get_idx(
				   json_object_object_get(report, "pools"), 0),
			   *o;
	size_t n;

	for (n = 0; told_by[i].fields[n]; n++) {
		assert_true(json_object_object_get_ex(pool, told_by[i].fields[n], &o));
		assert_int_equal(!o, null);
	}
	if (told_by[i].way) {
		o = json_object_object_get(pool, "ways");
		assert_true(json_object_object_get_ex(o, told_by[i].way, &o));
		assert_int_equal(!o, null);
	}
	if (told_by[i].top) {
		assert_true(json_object_object_get_ex(report, told_by[i].top, &o));
		assert_int_equal(!o, null);
	}
}

static void what_is_not_seen_is_not_told(void **state)
{
	struct json_object *v;
	struct fixture f;
	struct model_report r;
	char *text;
	size_t i, j;

	(void)state;
	fixture_init(&f);
	for (i = 0; i < sizeof(told_by) / sizeof(told_by[0]); i++) {
		f.s.sees = (FIXTURE_SEES | TRACE_SEES_TIMES | TRACE_SEES_LIVES | TRACE_SEES_DISKS) &
			   ~told_by[i].sight;
		assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
		v = render_json_report("latency", &r, false);
		text = prometheus(&r);
		for (j = 0; j < sizeof(told_by) / sizeof(told_by[0]); j++) {
			fields_are(j, v, i == j);
			assert_int_equal(!strstr(text, told_by[j].metric), i == j);
		}
		free(text);
		json_object_put(v);
		model_free(&r);
	}
}

static void a_program_that_is_missing_is_named(void **state)
{
	struct probe_result probes[PROBES] = { 0 };
	struct json_object *v, *o;
	struct fixture f;
	struct model_report r;
	char *text;

	(void)state;
	fixture_init(&f);
	probes[probe_index("wait_begin")].state = PROBE_REFUSED;
	strcpy(probes[probe_index("wait_begin")].why, "too complex");
	f.s.probes = probes;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	text = prometheus(&r);
	assert_non_null(strstr(text, "bioscope_unseen{program=\"wait_begin\"} 1\n"));
	free(text);
	v = render_json_report("stat", &r, false);
	o = json_object_object_get(v, "unseen");
	assert_int_equal(json_object_array_length(o), 1);
	o = json_object_array_get_idx(o, 0);
	assert_string_equal(json_object_get_string(json_object_object_get(o, "state")), "refused");
	assert_string_equal(json_object_get_string(json_object_object_get(o, "reason")),
			    "too complex");
	assert_string_equal(json_object_get_string(json_object_object_get(o, "without")),
			    "waits, and who waits");
	json_object_put(v);
	model_free(&r);
}

static void json_says_what_the_report_says(void **state)
{
	struct json_object *o, *pool, *v;
	struct fixture f;
	struct model_report r;

	(void)state;
	fixture_init(&f);
	f.pools[0].counts.calls = 9;
	f.pools[0].counts.rare.wait = 9;
	f.times[0][RECORD_TIMED_WAIT].times[hist_bucket(1500)] = 9;
	f.times[0][RECORD_TIMED_WAIT].max_ns = 1500;
	f.pools[0].id.flags = RECORD_POOL_RESCUER;
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	o = render_json_report("latency", &r, false);
	v = json_tokener_parse(json_object_to_json_string(o));
	json_object_put(o);
	assert_non_null(v);
	assert_string_equal(json_object_get_string(json_object_object_get(v, "schema")),
			    RENDER_SCHEMA);
	pool = json_object_array_get_idx(json_object_object_get(v, "pools"), 0);
	assert_string_equal(json_object_get_string(json_object_object_get(pool, "name")),
			    "stackb0 bs");
	assert_true(json_object_get_boolean(json_object_object_get(pool, "rescuer")));
	assert_null(json_object_object_get(pool, "address"));
	o = json_object_object_get(pool, "ways");
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "wait")), 9);
	o = json_object_object_get(pool, "wait");
	assert_int_equal(json_object_get_int64(json_object_object_get(o, "count")), 9);
	assert_true(json_object_get_double(json_object_object_get(o, "max_s")) == 1500e-9);
	json_object_put(v);
	model_free(&r);
}

/* What is said of the submitter of waiter @i. */
static const char *submitter(struct json_object *report, size_t i)
{
	struct json_object *waiters = json_object_object_get(report, "waiters"), *w, *o;

	w = json_object_array_get_idx(waiters, i);
	assert_true(json_object_object_get_ex(w, "submitter", &o));
	return json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
}

/* What is printed between this and printed(), which gives it, to be freed. */
static struct {
	FILE *was;
	char *text;
	size_t size;
} print;

static void begin_print(void)
{
	print.was = stdout;
	stdout = open_memstream(&print.text, &print.size);
	assert_non_null(stdout);
}

static char *printed(void)
{
	fclose(stdout);
	stdout = print.was;
	return print.text;
}

/* A report of a worker that works for @tid, named @comm, and of another one of which that is not known. */
static void says_for_whom(uint32_t tid, const char *comm, const char *json, const char *text)
{
	struct model_report r;
	struct json_object *o;
	struct fixture f;
	char *out;
	size_t i;

	fixture_init(&f);
	f.s.nr_waiters = 2;
	for (i = 0; i < 2; i++)
		f.waiters[i].rec = (struct record_waiter){ .slot = 1,
							   .tid = (uint32_t)(70 + i),
							   .comm = "kworker",
							   .since_ns = f.s.time_ns - 2000000000 + i,
							   .slept_ns = f.s.time_ns,
							   .stuck_ns = f.s.time_ns };
	f.waiters[0].submitter = tid;
	snprintf(f.waiters[0].submitter_comm, sizeof(f.waiters[0].submitter_comm), "%s", comm);
	assert_int_equal(model_report(NULL, &f.s, &all, &r), 0);
	o = render_json_report("latency", &r, false);
	assert_string_equal(submitter(o, 0), json);
	assert_string_equal(submitter(o, 1), "null");
	json_object_put(o);
	begin_print();
	render_text_waiters(&r);
	out = printed();
	assert_string_equal(out, text);
	free(out);
	model_free(&r);
}

static void for_whom_a_worker_works(void **state)
{
	static const char other[] =
		"waiting: kworker (task 71) waits for stackb0 bs for 2.00s now\n";
	char text[256];

	(void)state;
	snprintf(text, sizeof(text),
		 "waiting: kworker (task 70) waits for stackb0 bs for 2.00s now, "
		 "for a bio of fio (task 9)\n%s",
		 other);
	says_for_whom(9, "fio", "{\"comm\":\"fio\",\"tid\":9}", text);
	snprintf(text, sizeof(text),
		 "waiting: kworker (task 70) waits for stackb0 bs for 2.00s now, "
		 "for a bio of task 9\n%s",
		 other);
	says_for_whom(9, "", "{\"comm\":null,\"tid\":9}", text);
	snprintf(text, sizeof(text),
		 "waiting: kworker (task 70) waits for stackb0 bs for 2.00s now\n%s", other);
	says_for_whom(0, "", "null", text);
}

static void a_histogram_is_of_powers_of_two(void **state)
{
	__u64 buckets[RECORD_HIST_BUCKETS] = { 0 };
	char *out;

	(void)state;
	begin_print();
	render_text_histogram("nothing", buckets);
	out = printed();
	assert_string_equal(out, "");
	free(out);
	buckets[hist_bucket(1024)] = 1;
	buckets[hist_bucket(1100)] += 1;
	buckets[hist_bucket(2047)] = 46;
	buckets[hist_bucket(4096)] = 1;
	begin_print();
	render_text_histogram("wait", buckets);
	out = printed();
	assert_string_equal(out, "wait:\n"
				 "    1.02us ..   2.05us        48 |@@@@@@@@@@@@@@@@@@@@@@@@\n"
				 "    2.05us ..   4.10us         0 |\n"
				 "    4.10us ..   8.19us         1 |@\n");
	free(out);
	memset(buckets, 0, sizeof(buckets));
	buckets[0] = 1;
	buckets[RECORD_HIST_BUCKETS - 1] = 1;
	begin_print();
	render_text_histogram("wait", buckets);
	out = printed();
	assert_non_null(strstr(out, "\n       0ns ..      2ns         1 |@"));
	assert_non_null(strstr(out, " ..                  1 |@"));
	free(out);
}

static void times_have_three_digits_and_a_unit(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	assert_string_equal(text_time(0, text), "0ns");
	assert_string_equal(text_time(999, text), "999ns");
	assert_string_equal(text_time(1500, text), "1.50us");
	assert_string_equal(text_time(15000000, text), "15.0ms");
	assert_string_equal(text_time(5000000000, text), "5.00s");
	assert_string_equal(text_time(123000000000, text), "123s");
	assert_string_equal(text_time(UINT64_MAX, text), "-");
}

static void flags_are_words(void **state)
{
	char text[TEXT_SIZE];

	(void)state;
	assert_string_equal(text_flags(0, text), "-");
	assert_string_equal(text_flags(RECORD_POOL_RESCUER, text), "rescuer");
	assert_string_equal(text_flags(RECORD_POOL_RESCUER | RECORD_POOL_PERCPU_CACHE, text),
			    "rescuer cache");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prometheus_has_every_live_pool),
		cmocka_unit_test(a_way_that_is_not_told_apart_is_not_shown),
		cmocka_unit_test(counters_do_not_fall),
		cmocka_unit_test(prometheus_escapes_labels),
		cmocka_unit_test(names_are_shown_without_odd_bytes),
		cmocka_unit_test(prometheus_has_one_series_for_a_disk_that_came_back),
		cmocka_unit_test(prometheus_has_latencies_where_they_are_measured),
		cmocka_unit_test(json_has_lifetimes_and_disks),
		cmocka_unit_test(json_has_null_for_what_was_not_measured),
		cmocka_unit_test(what_is_not_seen_is_not_told),
		cmocka_unit_test(a_program_that_is_missing_is_named),
		cmocka_unit_test(json_says_what_the_report_says),
		cmocka_unit_test(for_whom_a_worker_works),
		cmocka_unit_test(a_histogram_is_of_powers_of_two),
		cmocka_unit_test(times_have_three_digits_and_a_unit),
		cmocka_unit_test(flags_are_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
