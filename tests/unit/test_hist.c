// SPDX-License-Identifier: GPL-2.0
/*
 * The log-linear histogram, both sides of it: what BPF fills and what the tools read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/hist.h"

#include "shim.h"
#define MAPS_HERE
#include "stats.bpf.h"

static void every_bucket_ends_where_the_next_begins(void **state)
{
	unsigned int b;

	(void)state;
	for (b = 0; b < RECORD_HIST_BUCKETS - 1; b++) {
		assert_int_equal(hist_bucket(hist_upper(b)), b);
		assert_int_equal(hist_bucket(hist_upper(b) + 1), b + 1);
	}
	assert_true(hist_upper(RECORD_HIST_BUCKETS - 1) == UINT64_MAX);
	assert_int_equal(hist_bucket(UINT64_MAX), RECORD_HIST_BUCKETS - 1);
}

static void no_bucket_is_wider_than_an_eighth(void **state)
{
	unsigned int b;

	(void)state;
	for (b = 1; b < RECORD_HIST_BUCKETS - 1; b++) {
		uint64_t lower = hist_upper(b - 1) + 1;

		assert_true((hist_upper(b) - lower) * 8 <= lower);
	}
}

static void bpf_and_tools_agree_on_the_bucket(void **state)
{
	uint64_t v = 88172645463325252ULL;
	unsigned int i;

	(void)state;
	for (i = 0; i < 64; i++) {
		uint64_t p = 1ULL << i;

		assert_int_equal(stats_bucket(p), hist_bucket(p));
		assert_int_equal(stats_bucket(p - 1), hist_bucket(p - 1));
		assert_int_equal(stats_bucket(p + 1), hist_bucket(p + 1));
	}
	for (i = 0; i < 200000; i++) {
		uint64_t x;

		v ^= v << 13; /* xorshift64 */
		v ^= v >> 7;
		v ^= v << 17;
		x = v >> (v & 63);
		assert_int_equal(stats_bucket(x), hist_bucket(x));
	}
}

static void bpf_adds_one_to_one_bucket(void **state)
{
	__u64 h[RECORD_HIST_BUCKETS] = { 0 }, max = 5;
	unsigned int b, sum = 0;

	(void)state;
	stats_hist_add(h, 1000, 1);
	stats_hist_add(h, UINT64_MAX, 1);
	for (b = 0; b < RECORD_HIST_BUCKETS; b++)
		sum += h[b];
	assert_int_equal(sum, 2);
	assert_int_equal(h[hist_bucket(1000)], 1);
	assert_int_equal(h[RECORD_HIST_BUCKETS - 1], 1);
	stats_max(&max, 4);
	assert_int_equal(max, 5);
	stats_max(&max, 6);
	assert_int_equal(max, 6);
}

static void an_empty_histogram_says_nothing(void **state)
{
	__u64 h[RECORD_HIST_BUCKETS] = { 0 };
	struct hist_summary s;

	(void)state;
	hist_summarise(h, 123, &s);
	assert_int_equal(s.count, 0);
	assert_int_equal(s.p50, 0);
	assert_int_equal(s.max, 0);
}

static void percentiles_are_by_rank(void **state)
{
	__u64 h[RECORD_HIST_BUCKETS] = { 0 };

	(void)state;
	h[1] = 50;
	h[2] = 49;
	h[3] = 1;
	assert_int_equal(hist_percentile(h, 500, 0), 1);
	assert_int_equal(hist_percentile(h, 501, 0), 2);
	assert_int_equal(hist_percentile(h, 990, 0), 2);
	assert_int_equal(hist_percentile(h, 991, 0), 3);
	assert_int_equal(hist_percentile(h, 1000, 0), 3);
	assert_int_equal(hist_percentile(h, 1, 0), 1);
}

static void a_percentile_never_exceeds_the_maximum(void **state)
{
	__u64 h[RECORD_HIST_BUCKETS] = { 0 };

	(void)state;
	h[hist_bucket(1000)] = 1;
	assert_int_equal(hist_percentile(h, 500, 1000), 1000);
	assert_true(hist_percentile(h, 500, 0) >= 1000);
}

static void octaves_are_cumulated(void **state)
{
	__u64 buckets[RECORD_HIST_BUCKETS] = { 0 };
	struct hist_octaves h;
	unsigned int i;

	(void)state;
	hist_cumulate(NULL, 0, &h);
	assert_int_equal(h.upto[HIST_OCTAVES - 1] + h.sum, 0);
	buckets[hist_bucket(0)] = 1;
	buckets[hist_bucket(1023)] = 2;
	buckets[hist_bucket(1024)] += 4;
	buckets[hist_bucket(hist_octave_upper(HIST_OCTAVES - 2))] = 8;
	buckets[RECORD_HIST_BUCKETS - 1] = 16;
	hist_cumulate(buckets, 1ULL << 40, &h);
	assert_int_equal(hist_octave_upper(0), 1023);
	assert_int_equal(h.upto[0], 3);
	for (i = 1; i < HIST_OCTAVES - 2; i++)
		assert_int_equal(h.upto[i], 7);
	assert_int_equal(h.upto[HIST_OCTAVES - 2], 15);
	assert_int_equal(h.upto[HIST_OCTAVES - 1], 31);
	assert_int_equal(h.sum, 2ULL * 1023 + 4ULL * hist_upper(hist_bucket(1024)) +
					8ULL * hist_octave_upper(HIST_OCTAVES - 2) + (16ULL << 40));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octaves_are_cumulated),
		cmocka_unit_test(every_bucket_ends_where_the_next_begins),
		cmocka_unit_test(no_bucket_is_wider_than_an_eighth),
		cmocka_unit_test(bpf_and_tools_agree_on_the_bucket),
		cmocka_unit_test(bpf_adds_one_to_one_bucket),
		cmocka_unit_test(an_empty_histogram_says_nothing),
		cmocka_unit_test(percentiles_are_by_rank),
		cmocka_unit_test(a_percentile_never_exceeds_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
