// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the log-linear histograms that bpf/stats.bpf.h fills. Pure.
 */
#include "model/hist.h"

unsigned int hist_bucket(uint64_t value)
{
	unsigned int msb;

	if (value < RECORD_HIST_SUB)
		return (unsigned int)value;
	msb = 63 - (unsigned int)__builtin_clzll(value);
	if (msb >= RECORD_HIST_MAX_BITS)
		return RECORD_HIST_BUCKETS - 1;
	return (msb - RECORD_HIST_SUB_BITS + 1) * RECORD_HIST_SUB +
	       ((unsigned int)(value >> (msb - RECORD_HIST_SUB_BITS)) & (RECORD_HIST_SUB - 1));
}

uint64_t hist_upper(unsigned int bucket)
{
	unsigned int shift;

	if (bucket < RECORD_HIST_SUB)
		return bucket;
	if (bucket >= RECORD_HIST_BUCKETS - 1)
		return UINT64_MAX;
	shift = bucket / RECORD_HIST_SUB - 1;
	return ((uint64_t)(RECORD_HIST_SUB + bucket % RECORD_HIST_SUB + 1) << shift) - 1;
}

static uint64_t hist_count(const __u64 *buckets)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < RECORD_HIST_BUCKETS; i++)
		n += buckets[i];
	return n;
}

uint64_t hist_percentile(const __u64 *buckets, unsigned int per_mille, uint64_t max)
{
	uint64_t total = hist_count(buckets), seen = 0, rank, value;
	unsigned int i;

	if (!total)
		return 0;
	/* Rounded up, and without overflow for any count. */
	rank = total / 1000 * per_mille + (total % 1000 * per_mille + 999) / 1000;
	for (i = 0; i < RECORD_HIST_BUCKETS; i++) {
		seen += buckets[i];
		if (seen >= rank && seen)
			break;
	}
	value = hist_upper(i);
	return max && value > max ? max : value;
}

void hist_summarise(const __u64 *buckets, uint64_t max, struct hist_summary *out)
{
	out->count = hist_count(buckets);
	out->p50 = hist_percentile(buckets, 500, max);
	out->p99 = hist_percentile(buckets, 990, max);
	out->max = hist_percentile(buckets, 1000, max);
}

uint64_t hist_octave_upper(unsigned int i)
{
	return i < HIST_OCTAVES - 1 ? (1024ULL << i) - 1 : UINT64_MAX;
}

/* Buckets end where octaves do. */
void hist_cumulate(const __u64 *buckets, uint64_t max, struct hist_octaves *out)
{
	unsigned int i, octave = 0;
	uint64_t n = 0, upper;

	*out = (struct hist_octaves){ 0 };
	for (i = 0; buckets && i < RECORD_HIST_BUCKETS; i++) {
		upper = hist_upper(i);
		for (; upper > hist_octave_upper(octave); octave++)
			out->upto[octave] = n;
		n += buckets[i];
		out->sum += buckets[i] * (max && upper > max ? max : upper);
	}
	for (; octave < HIST_OCTAVES; octave++)
		out->upto[octave] = n;
}
