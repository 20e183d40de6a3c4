// SPDX-License-Identifier: GPL-2.0
/*
 * Prometheus' text format (version 0.0.4). The table below is the list of metrics.
 */
#include "render/prometheus.h"

#include <inttypes.h>
#include <string.h>

#include "util/text.h"
#include "util/version.h"

enum unit {
	UNIT_COUNT,
	UNIT_SECONDS
};

/* One metric with one sample per pool. */
struct metric {
	const char *name;
	const char *type;
	const char *help;
	enum unit unit;
	unsigned int sights; /* enum trace_sight that it takes */
	uint64_t (*value)(const struct model_pool *p);
};

#define VALUE(name, expr)                                \
	static uint64_t name(const struct model_pool *p) \
	{                                                \
		return expr;                             \
	}

VALUE(value_reserve, p->reserve)
VALUE(value_level, p->level)
VALUE(value_lowest, p->lowest)
VALUE(value_waiting, p->waiting)
VALUE(value_waiting_longest, p->waiting_longest_ns)
VALUE(value_punts, p->punts)
VALUE(value_punted_bios, p->punted_bios)
VALUE(value_rescuer_runs, p->rescuer_runs)
VALUE(value_wq_rescuer_runs, p->wq_rescuer_runs)
VALUE(value_stalled, p->stalled)

static const struct metric metrics[] = {
	{ "bioscope_pool_reserve_elements", "gauge", "Size of the pool's reserve.", UNIT_COUNT, 0,
	  value_reserve },
	{ "bioscope_pool_level_elements", "gauge", "Elements in the reserve now.", UNIT_COUNT, 0,
	  value_level },
	{ "bioscope_pool_lowest_elements", "gauge",
	  "Fewest elements seen in the reserve since the exporter started.", UNIT_COUNT,
	  TRACE_SEES_RESERVE, value_lowest },
	{ "bioscope_pool_waiting_tasks", "gauge", "Tasks asleep for the reserve now.", UNIT_COUNT,
	  TRACE_SEES_WAITS, value_waiting },
	{ "bioscope_pool_waiting_longest_seconds", "gauge",
	  "How long the longest of them has waited.", UNIT_SECONDS, TRACE_SEES_WAITS,
	  value_waiting_longest },
	{ "bioscope_pool_stalled", "gauge",
	  "1 if a task has slept for it for 5 s and no element came back.", UNIT_COUNT,
	  TRACE_SEES_WAITS, value_stalled },
	{ "bioscope_pool_punts_total", "counter", "Times parked bios were handed to the rescuer.",
	  UNIT_COUNT, TRACE_SEES_PUNTS, value_punts },
	{ "bioscope_pool_punted_bios_total", "counter", "Bios handed to the rescuer.", UNIT_COUNT,
	  TRACE_SEES_PUNTS, value_punted_bios },
	{ "bioscope_pool_rescuer_runs_total", "counter", "Executions of the rescue work.",
	  UNIT_COUNT, TRACE_SEES_RESCUES, value_rescuer_runs },
	{ "bioscope_pool_workqueue_rescuer_runs_total", "counter",
	  "Of those, by the workqueue's own rescuer kthread.", UNIT_COUNT, TRACE_SEES_RESCUES,
	  value_wq_rescuer_runs },
};

/* Latencies, as histograms since the exporter started. */
struct latency {
	const char *name;
	const char *help;
	unsigned int what; /* enum record_timed */
	unsigned int sights; /* enum trace_sight that it takes */
};

static const struct latency latencies[] = {
	{ "bioscope_pool_wait_seconds", "Finished waits for the reserve.", RECORD_TIMED_WAIT,
	  TRACE_SEES_WAITS },
	{ "bioscope_pool_rescuer_wakeup_seconds", "From queueing the rescue work to its start.",
	  RECORD_TIMED_WAKEUP, TRACE_SEES_WAKEUPS },
	{ "bioscope_pool_rescuer_run_seconds", "Executions of the rescue work.", RECORD_TIMED_RUN,
	  TRACE_SEES_RUNS },
	{ "bioscope_pool_allocation_seconds", "Allocations, with their waits (--latency).",
	  RECORD_TIMED_ALLOCATION, TRACE_SEES_TIMES },
	{ "bioscope_pool_lifetime_seconds",
	  "From the allocation of a bio to its last put (--latency).", RECORD_TIMED_LIFETIME,
	  TRACE_SEES_LIVES },
};

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Label values are quoted, and backslash and quote escaped. Prometheus takes nothing of a page in which one is
 * no UTF-8.
 */
static void put_label(FILE *to, const char *name, const char *value)
{
	char shown[MODEL_NAME];
	const char *c;

	fprintf(to, "%s=\"", name);
	for (c = text_escape(value, shown, sizeof(shown)); *c; c++) {
		if (*c == '\\' || *c == '"')
			fputc('\\', to);
		fputc(*c, to);
	}
	fputc('"', to);
}

static void put_pool(FILE *to, const void *of)
{
	const struct model_pool *p = of;

	put_label(to, "device", p->device);
	fputc(',', to);
	put_label(to, "pool", p->pool);
	fputc(',', to);
	put_label(to, "module", p->module);
}

static void put_disk(FILE *to, const void *of)
{
	put_label(to, "device", ((const struct model_disk *)of)->name);
}

static void head(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_seconds(FILE *to, uint64_t ns)
{
	fprintf(to, " %" PRIu64 ".%09" PRIu64 "\n", ns / 1000000000, ns % 1000000000);
}

static bool is_live(const struct model_pool *p)
{
	return !(p->flags & RECORD_POOL_GONE);
}

static void put_metric(FILE *to, const struct metric *m, const struct model_report *r)
{
	size_t i;

	if (!model_sees(r, m->sights))
		return;
	head(to, m->name, m->type, m->help);
	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		if (!is_live(p))
			continue;
		fprintf(to, "%s{", m->name);
		put_pool(to, p);
		fputc('}', to);
		if (m->unit == UNIT_SECONDS)
			put_seconds(to, m->value(p));
		else
			fprintf(to, " %" PRIu64 "\n", m->value(p));
	}
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct prometheus_shown *shown_of(struct prometheus_past *past, const struct model_pool *p)
{
	struct prometheus_shown *shown = &past->pools[p->slot];

	if (shown->since_ns != p->since_ns)
		*shown = (struct prometheus_shown){ .since_ns = p->since_ns };
	return shown;
}

static void put_ways(FILE *to, const struct model_report *r, struct prometheus_past *past)
{
	static const char name[] = "bioscope_pool_allocations_total";
	struct prometheus_shown *shown;
	unsigned int way;
	size_t i;

	head(to, name, "counter", "Allocations of bios by the way they went.");
	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		if (!is_live(p))
			continue;
		shown = shown_of(past, p);
		for (way = 0; way < RECORD_WAYS; way++) {
			if (!model_has_way(r, way))
				continue;
			shown->ways[way] = larger(shown->ways[way], p->way[way]);
			fprintf(to, "%s{", name);
			put_pool(to, p);
			fprintf(to, ",way=\"%s\"} %" PRIu64 "\n", model_way_name(way),
				shown->ways[way]);
		}
	}
}

static void put_gone(FILE *to, const struct model_report *r, struct prometheus_shown *shown)
{
	static const char pools[] = "bioscope_gone_pools_total",
			  allocations[] = "bioscope_gone_allocations_total";
	unsigned int way;

	head(to, pools, "counter", "Pools that went away, which have no samples of their own.");
	fprintf(to, "%s %" PRIu64 "\n", pools, r->gone.pools);
	head(to, allocations, "counter", "What these have allocated, by the way it went.");
	for (way = 0; way < RECORD_WAYS; way++) {
		if (!model_has_way(r, way))
			continue;
		shown->ways[way] = larger(shown->ways[way], r->gone.all.way[way]);
		fprintf(to, "%s{way=\"%s\"} %" PRIu64 "\n", allocations, model_way_name(way),
			shown->ways[way]);
	}
}

typedef void labels_fn(FILE *to, const void *of);

static void put_bucket(FILE *to, const char *name, labels_fn *labels, const void *of,
		       const struct hist_octaves *h, unsigned int i)
{
	uint64_t upper = hist_octave_upper(i);

	fprintf(to, "%s_bucket{", name);
	labels(to, of);
	if (upper == UINT64_MAX)
		fprintf(to, ",le=\"+Inf\"} %" PRIu64 "\n", h->upto[i]);
	else
		fprintf(to, ",le=\"%.9g\"} %" PRIu64 "\n", (double)upper / 1e9, h->upto[i]);
}

/* All of it from the beginning, or the first one would seem to be in the largest bucket. */
static void put_histogram(FILE *to, const char *name, labels_fn *labels, const void *of,
			  const struct hist_octaves *h)
{
	uint64_t count = h->upto[HIST_OCTAVES - 1];
	unsigned int i;

	for (i = 0; i < HIST_OCTAVES; i++)
		put_bucket(to, name, labels, of, h, i);
	fprintf(to, "%s_sum{", name);
	labels(to, of);
	fputc('}', to);
	put_seconds(to, h->sum);
	fprintf(to, "%s_count{", name);
	labels(to, of);
	fprintf(to, "} %" PRIu64 "\n", count);
}

static void cumulate(const struct record_times *times, struct hist_octaves *out)
{
	hist_cumulate(times ? times->times : NULL, times ? times->max_ns : 0, out);
}

static void keep_growing(struct hist_octaves *shown, struct hist_octaves *h)
{
	unsigned int i;

	for (i = 0; i < HIST_OCTAVES; i++)
		h->upto[i] = larger(h->upto[i], shown->upto[i]);
	h->sum = larger(h->sum, shown->sum);
	*shown = *h;
}

static void put_latency(FILE *to, const struct latency *l, const struct model_report *r,
			struct prometheus_past *past)
{
	struct hist_octaves h;
	size_t i;

	if (!model_sees(r, l->sights))
		return;
	head(to, l->name, "histogram", l->help);
	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		if (!is_live(p))
			continue;
		cumulate(p->times[l->what], &h);
		if (l->what == RECORD_TIMED_WAIT)
			keep_growing(&shown_of(past, p)->waits, &h);
		/* There may be hundreds to which nothing ever happens. */
		if (p->allocs || h.upto[HIST_OCTAVES - 1])
			put_histogram(to, l->name, put_pool, p, &h);
	}
}

/*
 * One that went away and came back with another number is one for Prometheus, which knows it by its name: its
 * first row has all. Returns whether that is @i.
 */
static bool sum_of_disk(const struct model_report *r, size_t i, struct hist_octaves *sum)
{
	struct hist_octaves h;
	unsigned int octave;
	size_t j;

	cumulate(r->disks[i].times, sum);
	for (j = 0; j < r->nr_disks; j++) {
		if (j == i || strcmp(r->disks[j].name, r->disks[i].name) != 0)
			continue;
		if (j < i)
			return false;
		cumulate(r->disks[j].times, &h);
		for (octave = 0; octave < HIST_OCTAVES; octave++)
			sum->upto[octave] += h.upto[octave];
		sum->sum += h.sum;
	}
	return true;
}

static void put_disks(FILE *to, const struct model_report *r)
{
	static const char name[] = "bioscope_disk_latency_seconds";
	struct hist_octaves h;
	size_t i;

	if (!model_sees(r, TRACE_SEES_DISKS))
		return;
	head(to, name, "histogram", "From queueing a bio to a disk to its completion (--latency).");
	for (i = 0; i < r->nr_disks; i++) {
		if (sum_of_disk(r, i, &h))
			put_histogram(to, name, put_disk, &r->disks[i], &h);
	}
}

static void put_lost(FILE *to, const struct model_report *r)
{
	static const char name[] = "bioscope_lost_total";
	unsigned int what;

	head(to, name, "counter", "What could not be counted, by cause.");
	for (what = 0; what < RECORD_LOSTS; what++)
		fprintf(to, "%s{cause=\"%s\"} %" PRIu64 "\n", name, model_lost_name(what),
			r->lost[what]);
}

static void put_skipped(FILE *to, const struct model_report *r)
{
	static const char name[] = "bioscope_skipped_total";
	size_t i;

	head(to, name, "counter", "Runs of programs that the kernel left out, with a detail each.");
	for (i = 0; i < PROBES; i++)
		if (r->skipped[i] || (r->probes && r->probes[i].state == PROBE_ATTACHED))
			fprintf(to, "%s{program=\"%s\"} %" PRIu64 "\n", name, probe_table[i].prog,
				r->skipped[i]);
}

static void put_unseen(FILE *to, const struct model_report *r)
{
	static const char name[] = "bioscope_unseen";
	size_t i;

	head(to, name, "gauge",
	     "1 for a program that is missing here: what it would see has no samples.");
	for (i = 0; r->probes && i < PROBES; i++)
		if (probe_is_blind(r->probes, i))
			fprintf(to, "%s{program=\"%s\"} 1\n", name, probe_table[i].prog);
}

static void put_build(FILE *to)
{
	static const char name[] = "bioscope_build_info";

	head(to, name, "gauge", "1, of this version.");
	fprintf(to, "%s{version=\"%s\"} 1\n", name, BIOSCOPE_VERSION);
}

void render_prometheus(FILE *to, const struct model_report *r, struct prometheus_past *past)
{
	size_t i;

	put_build(to);
	put_ways(to, r, past);
	put_gone(to, r, &past->gone);
	for (i = 0; i < LEN(metrics); i++)
		put_metric(to, &metrics[i], r);
	for (i = 0; i < LEN(latencies); i++)
		put_latency(to, &latencies[i], r, past);
	put_disks(to, r);
	put_lost(to, r);
	put_skipped(to, r);
	put_unseen(to, r);
}
