/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading the log-linear histograms that bpf/stats.bpf.h fills. Pure.
 */
#ifndef BIOSCOPE_MODEL_HIST_H
#define BIOSCOPE_MODEL_HIST_H

#include <stdint.h>

#include "record.h"

/* What a histogram says in four numbers, all in ns except count. */
struct hist_summary {
	uint64_t count;
	uint64_t p50;
	uint64_t p99;
	uint64_t max;
};

#define HIST_OCTAVES 27

/* A histogram in powers of two, cumulated. */
struct hist_octaves {
	uint64_t upto[HIST_OCTAVES]; /* values up to hist_octave_upper(); the last one: all */
	uint64_t sum; /* of all, each taken for the largest of its bucket: up to 12.5 % too high */
};

/**
 * hist_bucket() - the bucket a value falls in
 * @value: any
 *
 * Return: index below RECORD_HIST_BUCKETS.
 */
unsigned int hist_bucket(uint64_t value);

/**
 * hist_upper() - the largest value of a bucket
 * @bucket: index below RECORD_HIST_BUCKETS
 *
 * Return: that value; UINT64_MAX for the last bucket.
 */
uint64_t hist_upper(unsigned int bucket);

/**
 * hist_percentile() - the value that a share of all samples do not exceed
 * @buckets: RECORD_HIST_BUCKETS counts
 * @per_mille: the share, 1 to 1000
 * @max: largest value ever recorded, which the result never exceeds; 0 if not known
 *
 * The upper end of the bucket is given: at most 12.5 % too high, never too low.
 *
 * Return: the value, 0 if the histogram is empty.
 */
uint64_t hist_percentile(const __u64 *buckets, unsigned int per_mille, uint64_t max);

/**
 * hist_summarise() - count, median, 99th percentile and maximum
 * @buckets: RECORD_HIST_BUCKETS counts
 * @max: largest value ever recorded, 0 if not known
 * @out: the summary
 */
void hist_summarise(const __u64 *buckets, uint64_t max, struct hist_summary *out);

/**
 * hist_octave_upper() - the largest value of an octave
 * @i: index below HIST_OCTAVES
 *
 * Return: 1023, 2047 and so on to about 34 s in ns; UINT64_MAX for the last one.
 */
uint64_t hist_octave_upper(unsigned int i);

/**
 * hist_cumulate() - how many values are not above the powers of two
 * @buckets: RECORD_HIST_BUCKETS counts, or NULL: none
 * @max: largest value ever recorded, 0 if not known
 * @out: the result
 */
void hist_cumulate(const __u64 *buckets, uint64_t max, struct hist_octaves *out);

#endif
