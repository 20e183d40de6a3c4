// SPDX-License-Identifier: GPL-2.0
/*
 * Prometheus' text format (version 0.0.4). The table below is the list of metrics.
 */
#include "render/prometheus.h"

#include <inttypes.h>

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

/* Latencies, as summaries with two quantiles since the exporter started. */
struct latency {
	const char *name;
	const char *help;
	size_t offset; /* of the struct hist_summary in struct model_pool */
	unsigned int sights; /* enum trace_sight that it takes */
};

static const struct latency latencies[] = {
	{ "bioscope_pool_wait_seconds", "Finished waits for the reserve.",
	  offsetof(struct model_pool, wait), TRACE_SEES_WAITS },
	{ "bioscope_pool_rescuer_wakeup_seconds", "From queueing the rescue work to its start.",
	  offsetof(struct model_pool, wakeup), TRACE_SEES_WAKEUPS },
	{ "bioscope_pool_rescuer_run_seconds", "Executions of the rescue work.",
	  offsetof(struct model_pool, run), TRACE_SEES_RUNS },
	{ "bioscope_pool_allocation_seconds", "Allocations, with their waits (--latency).",
	  offsetof(struct model_pool, alloc), TRACE_SEES_TIMES },
	{ "bioscope_pool_lifetime_seconds",
	  "From the allocation of a bio to its last put (--latency).",
	  offsetof(struct model_pool, lifetime), TRACE_SEES_LIVES },
};

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Label values are quoted: backslash, quote and newline are escaped. */
static void put_label(FILE *to, const char *name, const char *value)
{
	fprintf(to, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", to);
			continue;
		}
		if (*value == '\\' || *value == '"')
			fputc('\\', to);
		fputc(*value, to);
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

static void put_ways(FILE *to, const struct model_report *r)
{
	static const char name[] = "bioscope_pool_allocations_total";
	unsigned int way;
	size_t i;

	head(to, name, "counter", "Allocations of bios by the way they went.");
	for (i = 0; i < r->nr_pools; i++) {
		if (!is_live(&r->pools[i]))
			continue;
		for (way = 0; way < RECORD_WAYS; way++) {
			if (!model_has_way(r, way))
				continue;
			fprintf(to, "%s{", name);
			put_pool(to, &r->pools[i]);
			fprintf(to, ",way=\"%s\"} %" PRIu64 "\n", model_way_name(way),
				r->pools[i].way[way]);
		}
	}
}

static void put_gone(FILE *to, const struct model_report *r)
{
	static const char pools[] = "bioscope_gone_pools_total",
			  allocations[] = "bioscope_gone_allocations_total";
	unsigned int way;

	head(to, pools, "counter", "Pools that went away, which have no samples of their own.");
	fprintf(to, "%s %" PRIu64 "\n", pools, r->gone.pools);
	head(to, allocations, "counter", "What these have allocated, by the way it went.");
	for (way = 0; way < RECORD_WAYS; way++)
		if (model_has_way(r, way))
			fprintf(to, "%s{way=\"%s\"} %" PRIu64 "\n", allocations,
				model_way_name(way), r->gone.all.way[way]);
}

typedef void labels_fn(FILE *to, const void *of);

static void put_quantile(FILE *to, const char *name, labels_fn *labels, const void *of,
			 const char *quantile, uint64_t ns)
{
	fprintf(to, "%s{", name);
	labels(to, of);
	fprintf(to, ",quantile=\"%s\"}", quantile);
	put_seconds(to, ns);
}

static void put_summary(FILE *to, const char *name, labels_fn *labels, const void *of,
			const struct hist_summary *h)
{
	if (h->count) {
		put_quantile(to, name, labels, of, "0.5", h->p50);
		put_quantile(to, name, labels, of, "0.99", h->p99);
		put_quantile(to, name, labels, of, "1", h->max);
	}
	fprintf(to, "%s_count{", name);
	labels(to, of);
	fprintf(to, "} %" PRIu64 "\n", h->count);
}

static void put_latency(FILE *to, const struct latency *l, const struct model_report *r)
{
	size_t i;

	if (!model_sees(r, l->sights))
		return;
	head(to, l->name, "summary", l->help);
	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		if (is_live(p))
			put_summary(to, l->name, put_pool, p,
				    (const void *)((const char *)p + l->offset));
	}
}

static void put_disks(FILE *to, const struct model_report *r)
{
	static const char name[] = "bioscope_disk_latency_seconds";
	size_t i;

	if (!model_sees(r, TRACE_SEES_DISKS))
		return;
	head(to, name, "summary", "From queueing a bio to a disk to its completion (--latency).");
	for (i = 0; i < r->nr_disks; i++)
		put_summary(to, name, put_disk, &r->disks[i], &r->disks[i].latency);
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
		if (r->skipped[i])
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

void render_prometheus(FILE *to, const struct model_report *r)
{
	size_t i;

	put_ways(to, r);
	put_gone(to, r);
	for (i = 0; i < LEN(metrics); i++)
		put_metric(to, &metrics[i], r);
	for (i = 0; i < LEN(latencies); i++)
		put_latency(to, &latencies[i], r);
	put_disks(to, r);
	put_lost(to, r);
	put_skipped(to, r);
	put_unseen(to, r);
}
