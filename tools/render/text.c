// SPDX-License-Identifier: GPL-2.0
/*
 * Text for people.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/msg.h"
#include "util/out.h"
#include "render/columns.h"
#include "render/render.h"
#include "util/text.h"

#define NAME_MIN 16
#define NAME_STAT 24
#define BAR "@@@@@@@@@@@@@@@@@@@@@@@@"
#define BARS (sizeof(BAR) - 1)

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

/* On a terminal, in characters; 0: it is none, and takes lines of any length. */
static int terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

static void print_heads(const bool *shown, int names)
{
	unsigned int c;

	printf("%-*.*s", names, names, "POOL");
	for (c = 0; c < COLUMNS; c++)
		if (shown[c])
			printf(" %*s", column_heads[c].width, column_heads[c].name);
	putchar('\n');
}

void render_text_stat(const struct model_report *r, bool header)
{
	int width = terminal_width(), names, least;
	char text[TEXT_SIZE];
	bool shown[COLUMNS];
	unsigned int c;
	size_t i;

	names = columns_fit(width ?: INT_MAX, NAME_STAT, shown);
	least = names < NAME_STAT ? names : NAME_STAT;
	if (header)
		print_heads(shown, least);
	for (i = 0; r->duration_ns && i < r->nr_pools; i++) {
		const struct model_pool *p = &r->pools[i];

		if (columns_is_idle(p))
			continue;
		printf("%-*.*s", least, names, p->name);
		for (c = 0; c < COLUMNS; c++)
			if (shown[c])
				printf(" %*s", column_heads[c].width, columns_text(r, p, c, text));
		putchar('\n');
	}
	out_is_lost();
}

static void print_summary(const char *what, const struct hist_summary *h)
{
	char p50[TEXT_SIZE], p99[TEXT_SIZE], max[TEXT_SIZE];

	if (!h->count)
		return;
	printf("  %-16s %9" PRIu64 "  p50 %8s  p99 %8s  max %8s\n", what, h->count,
	       text_time(h->p50, p50), text_time(h->p99, p99), text_time(h->max, max));
}

/* Of powers of two, from the first to the last that has anything. */
void render_text_histogram(const char *what, const __u64 *buckets)
{
	__u64 octaves[64] = { 0 }, most = 1;
	char from[TEXT_SIZE], to[TEXT_SIZE];
	unsigned int i, first = 64, last = 0;

	for (i = 0; i < RECORD_HIST_BUCKETS; i++) {
		unsigned int octave = 63 - (unsigned int)__builtin_clzll(hist_upper(i) | 1);

		if (!buckets[i])
			continue;
		octaves[octave] += buckets[i];
		most = octaves[octave] > most ? octaves[octave] : most;
		first = octave < first ? octave : first;
		last = octave;
	}
	if (first == 64)
		return;
	printf("%s:\n", what);
	for (i = first; i <= last; i++)
		printf("  %8s .. %8s %9" PRIu64 " |%.*s\n", text_time(i ? 1ULL << i : 0, from),
		       i == 63 ? "" : text_time(2ULL << i, to), (uint64_t)octaves[i],
		       (int)((octaves[i] * BARS + most - 1) / most), BAR);
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

		if (columns_is_idle(p))
			continue;
		snprintf(lowest, sizeof(lowest), "%" PRIu32, p->lowest);
		printf("%s%s%s%s: reserve %" PRIu32 ", level %s, lowest %s\n", p->name,
		       p->module[0] ? " (" : "", p->module, p->module[0] ? ")" : "", p->reserve,
		       columns_text(r, p, COLUMN_LEVEL, level),
		       model_sees(r, TRACE_SEES_RESERVE) ? lowest : "-");
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
	char name[MODEL_NAME];
	size_t i;

	for (i = 0; i < r->nr_disks; i++) {
		const struct model_disk *d = &r->disks[i];

		printf("%s (%" PRIu32 ":%" PRIu32 "): from queueing a bio to its completion\n",
		       text_escape(d->name, name, sizeof(name)), d->dev >> 20, d->dev & 0xfffff);
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
