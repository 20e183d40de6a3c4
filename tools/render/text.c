// SPDX-License-Identifier: GPL-2.0
/*
 * Text for people.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/msg.h"
#include "render/render.h"
#include "util/text.h"

#define NAME_MIN 16

static int name_width(const struct model_report *r)
{
	size_t i, width = NAME_MIN;

	for (i = 0; i < r->nr_pools; i++)
		if (strlen(r->pools[i].name) > width)
			width = strlen(r->pools[i].name);
	return (int)width;
}

void render_text_list(const struct model_report *r, bool addresses)
{
	int width = name_width(r);
	char flags[TEXT_SIZE];
	size_t i;

	printf("%-*s %-16s %7s %7s %9s %-13s%s\n", width, "POOL", "MODULE", "RESERVE", "LEVEL",
	       "FRONT_PAD", "HAS", addresses ? " ADDRESS" : "");
	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		printf("%-*s %-16s %7" PRIu32 " %7" PRIu32 " %9" PRIu32 " %-13s", width, p->name,
		       p->module[0] ? p->module : "-", p->reserve, p->level, p->front_pad,
		       text_flags(p->flags, flags));
		if (addresses)
			printf(" %016" PRIx64, p->address);
		putchar('\n');
	}
}

/* How many elements are in the reserve now, if it is there. */
static const char *level_of(const struct model_pool *p, char *out)
{
	if (p->flags & RECORD_POOL_GONE)
		snprintf(out, TEXT_SIZE, "gone");
	else
		snprintf(out, TEXT_SIZE, "%" PRIu32, p->level);
	return out;
}

static bool is_idle(const struct model_pool *p)
{
	return !p->allocs && !p->waiting && !p->punts && !p->rescuer_runs && !p->wait.count &&
	       !p->lifetime.count;
}

/* Per second, or "-" if that was not seen. */
static const char *rate(bool seen, uint64_t n, double seconds, char *out)
{
	if (!seen)
		return "-";
	snprintf(out, TEXT_SIZE, "%.0f", (double)n / seconds);
	return out;
}

static void print_waiting(const struct model_report *r, const struct model_pool *p)
{
	if (model_sees(r, TRACE_SEES_WAITS))
		printf(" %" PRIu32 "%s\n", p->waiting, p->stalled ? " STALLED" : "");
	else
		printf(" -\n");
}

void render_text_stat(const struct model_report *r, bool header)
{
	double seconds = (double)r->duration_ns / 1e9;
	char text[RECORD_WAYS][TEXT_SIZE];
	size_t i;

	if (header)
		printf("%-24s %9s %9s %9s %8s %8s %7s %8s %8s %7s %7s %6s %s\n", "POOL", "alloc/s",
		       "cache/s", "slab/s", "resrv/s", "wait/s", "fail/s", "p50", "p99", "punt/s",
		       "resc/s", "level", "waiting");
	if (seconds <= 0)
		return;
	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];
		const char *ways[RECORD_WAYS];
		unsigned int way;

		if (is_idle(p))
			continue;
		for (way = 0; way < RECORD_WAYS; way++)
			ways[way] = rate(model_has_way(r, way), p->way[way], seconds, text[way]);
		printf("%-24s %9.0f %9s %9s %8s %8s %7s", p->name, (double)p->allocs / seconds,
		       ways[RECORD_WAY_CACHE], ways[RECORD_WAY_SLAB], ways[RECORD_WAY_RESERVE],
		       ways[RECORD_WAY_WAIT], ways[RECORD_WAY_FAILED]);
		printf(" %8s %8s", text_time(p->wait.count ? p->wait.p50 : UINT64_MAX, text[0]),
		       text_time(p->wait.count ? p->wait.p99 : UINT64_MAX, text[1]));
		printf(" %7s %7s %6s",
		       rate(model_sees(r, TRACE_SEES_PUNTS), p->punts, seconds, text[2]),
		       rate(model_sees(r, TRACE_SEES_RESCUES), p->rescuer_runs, seconds, text[3]),
		       level_of(p, text[4]));
		print_waiting(r, p);
	}
	fflush(stdout);
}

static void print_summary(const char *what, const struct hist_summary *h)
{
	char p50[TEXT_SIZE], p99[TEXT_SIZE], max[TEXT_SIZE];

	if (!h->count)
		return;
	printf("  %-16s %9" PRIu64 "  p50 %8s  p99 %8s  max %8s\n", what, h->count,
	       text_time(h->p50, p50), text_time(h->p99, p99), text_time(h->max, max));
}

static void print_rescuer(const struct model_pool *p)
{
	if (p->punts)
		printf("  %-16s %9" PRIu64 "  of %" PRIu64 " bios\n", "punts", p->punts,
		       p->punted_bios);
	if (p->rescuer_runs)
		printf("  %-16s %9" PRIu64 "  of them by the workqueue's rescuer: %" PRIu64 "\n",
		       "rescuer runs", p->rescuer_runs, p->wq_rescuer_runs);
	print_summary("rescuer wakeup", &p->wakeup);
	print_summary("rescuer run", &p->run);
	if (p->waiting && !(p->flags & RECORD_POOL_RESCUER))
		printf("  this bio_set has no rescuer\n");
}

void render_text_latency(const struct model_report *r)
{
	char longest[TEXT_SIZE], level[TEXT_SIZE], lowest[TEXT_SIZE];
	size_t i;
	int way;

	for (i = 0; i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		if (is_idle(p))
			continue;
		snprintf(lowest, sizeof(lowest), "%" PRIu32, p->lowest);
		printf("%s%s%s%s: reserve %" PRIu32 ", level %s, lowest %s\n", p->name,
		       p->module[0] ? " (" : "", p->module, p->module[0] ? ")" : "", p->reserve,
		       level_of(p, level), model_sees(r, TRACE_SEES_RESERVE) ? lowest : "-");
		printf("  %-16s %9" PRIu64 " ", "allocations", p->allocs);
		for (way = 0; way < RECORD_WAYS; way++)
			if (model_has_way(r, (unsigned int)way))
				printf(" %s %" PRIu64, model_way_name((unsigned int)way),
				       p->way[way]);
		putchar('\n');
		print_summary("allocation", &p->alloc);
		print_summary("reserve wait", &p->wait);
		print_summary("bio lifetime", &p->lifetime);
		print_rescuer(p);
		if (p->waiting)
			printf("  %-16s %9" PRIu32 "  longest for %s%s\n", "waiting now",
			       p->waiting, text_time(p->waiting_longest_ns, longest),
			       p->stalled ? "  STALLED: no element came back within 5 s" : "");
	}
}

void render_text_disks(const struct model_report *r)
{
	size_t i;

	for (i = 0; i < r->nr_disks; i++) {
		const struct model_disk *d = &r->disks[i];

		printf("%s (%" PRIu32 ":%" PRIu32 "): from queueing a bio to its completion\n",
		       d->name, d->dev >> 20, d->dev & 0xfffff);
		print_summary("disk latency", &d->latency);
	}
}

void render_text_lost(const struct model_report *r)
{
	int i;

	if (r->gone.pools || r->gone.all.allocs)
		msg_note("no longer told apart: %" PRIu64 " pools that are gone, with %" PRIu64
			 " allocations",
			 r->gone.pools, r->gone.all.allocs);
	for (i = 0; i < RECORD_LOSTS; i++)
		if (r->lost[i])
			msg_note("not counted: %s %" PRIu64, model_lost_name((unsigned int)i),
				 r->lost[i]);
	for (i = 0; i < PROBES; i++)
		if (r->skipped[i])
			msg_note("left out by the kernel: %s %" PRIu64 " times",
				 probe_table[i].prog, r->skipped[i]);
}

void render_text_unseen(const struct probe_result *probes)
{
	char why[PROBE_WHY];
	size_t i;

	for (i = 0; probes && i < PROBES; i++) {
		const char *reason = probe_reason(&probes[i], why);

		if (probe_is_blind(probes, i))
			msg_note("not seen: %s (%s is %s%s%s)", probe_table[i].without,
				 probe_table[i].prog, probe_state_name(probes[i].state),
				 reason[0] ? ": " : "", reason);
	}
}

void render_text_doctor(const struct render_check *checks, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		printf("%-4s %-38s %-9s %s\n", checks[i].ok ? "ok" : "--", checks[i].name,
		       checks[i].state, checks[i].detail);
}

void render_text_cost(const struct cost *costs, size_t n)
{
	char each[TEXT_SIZE], all[TEXT_SIZE];
	size_t i;

	printf("%-20s %12s %10s %10s %10s\n", "PROBE", "RUNS", "EACH", "ALL", "SKIPPED");
	for (i = 0; i < n; i++)
		printf("%-20s %12" PRIu64 " %10s %10s %10" PRIu64 "\n", costs[i].prog,
		       costs[i].runs,
		       text_time(costs[i].runs ? costs[i].ns / costs[i].runs : UINT64_MAX, each),
		       text_time(costs[i].ns, all), costs[i].skipped);
}
