// SPDX-License-Identifier: GPL-2.0
/*
 * What verify has found, as text for people.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/verify.h"
#include "util/msg.h"
#include "util/text.h"

#define BOTH RENDER_VERIFY_CELL

static const char *both(const struct verify_trial *t, char *out)
{
	char first[RENDER_VERIFY_NAME], second[RENDER_VERIFY_NAME] = "";

	text_escape(t->names[0], first, sizeof(first));
	if (t->nr_pools > 1)
		text_escape(t->names[1], second, sizeof(second));
	snprintf(out, BOTH, "%s%s%s", first, t->nr_pools > 1 ? " + " : "", second);
	return out;
}

static const char *reserves(const struct verify_trial *t, char *out)
{
	if (t->nr_pools > 1)
		snprintf(out, TEXT_SIZE, "%" PRIu32 "+%" PRIu32, t->reserves[0], t->reserves[1]);
	else
		snprintf(out, TEXT_SIZE, "%" PRIu32, t->reserves[0]);
	return out;
}

const char *render_verify_head(enum render_verify_column column)
{
	static const char *const heads[RENDER_VERIFY_COLUMNS] = {
		[RENDER_VERIFY_POOL] = "POOL",	     [RENDER_VERIFY_RESERVE] = "RESERVE",
		[RENDER_VERIFY_VERDICT] = "VERDICT", [RENDER_VERIFY_REFUSED] = "REFUSED",
		[RENDER_VERIFY_RATE] = "IO/S",	     [RENDER_VERIFY_P99] = "P99",
		[RENDER_VERIFY_LONGEST] = "LONGEST",
	};

	return heads[column];
}

const char *render_verify_cell(const struct verify_trial *t, enum render_verify_column column,
			       char *out)
{
	const struct verify_work *w = &t->seen.work;

	switch (column) {
	case RENDER_VERIFY_POOL:
		return both(t, out);
	case RENDER_VERIFY_RESERVE:
		return reserves(t, out);
	case RENDER_VERIFY_VERDICT:
		return verify_name(t->verdict);
	case RENDER_VERIFY_REFUSED:
		snprintf(out, BOTH, "%" PRIu64, t->seen.refused[0] + t->seen.refused[1]);
		return out;
	case RENDER_VERIFY_RATE:
		snprintf(out, BOTH, "%" PRIu64, verify_rate(w));
		return out;
	case RENDER_VERIFY_P99:
		return text_time(w->timed ? w->p99_ns : UINT64_MAX, out);
	default:
		return text_time(w->timed ? w->longest_ns : UINT64_MAX, out);
	}
}

/* Numbers are to the right. */
static void print_cell(enum render_verify_column column, int name_width, const char *text)
{
	static const int widths[RENDER_VERIFY_COLUMNS] = {
		[RENDER_VERIFY_RESERVE] = 7, [RENDER_VERIFY_VERDICT] = -10,
		[RENDER_VERIFY_REFUSED] = 7, [RENDER_VERIFY_RATE] = 7,
		[RENDER_VERIFY_P99] = 8,     [RENDER_VERIFY_LONGEST] = 8,
	};

	printf("%s%*s", column ? " " : "", column ? widths[column] : -name_width, text);
}

static int name_width(const struct verify_result *r)
{
	char name[BOTH];
	int width = 4;
	size_t i;

	for (i = 0; i < r->nr_trials; i++)
		if ((int)strlen(both(&r->trials[i], name)) > width)
			width = (int)strlen(name);
	return width;
}

static void print_line(const struct verify_trial *t, int width)
{
	bool tested = t->verdict != VERIFY_NOT_TESTED;
	int column, n = tested ? RENDER_VERIFY_COLUMNS : RENDER_VERIFY_REFUSED;
	char cell[BOTH];

	for (column = 0; column < n; column++)
		print_cell((enum render_verify_column)column, width,
			   render_verify_cell(t, (enum render_verify_column)column, cell));
	if (!tested)
		printf(" %s", verify_why(t->untested));
	putchar('\n');
}

static void print_heads(int width)
{
	int column;

	for (column = 0; column < RENDER_VERIFY_COLUMNS; column++)
		print_cell((enum render_verify_column)column, width,
			   render_verify_head((enum render_verify_column)column));
	putchar('\n');
}

void render_verify_workload(const struct verify_result *r, FILE *out)
{
	const struct verify_work *w = &r->without;
	char p99[TEXT_SIZE];

	if (r->jobs)
		fprintf(out, "%u jobs %s%s, seed %" PRIu64, r->jobs,
			r->written ? "write and read " : "read", r->written ?: "", r->seed);
	else
		fputs("COMMAND", out);
	fprintf(out, "; without pressure %" PRIu64 " I/Os a second", verify_rate(w));
	if (w->timed)
		fprintf(out, ", p99 %s", text_time(w->p99_ns, p99));
}

static void put_stuck(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	char name[BOTH], text[TEXT_SIZE];

	fprintf(out, "%s with %s exhausted (reserve %s): ", verify_name(t->verdict), both(t, name),
		reserves(t, text));
	if (r->jobs)
		fprintf(out, "%u of %u jobs do not get on; ", t->seen.stuck, r->jobs);
	else
		fputs("COMMAND does not get on; ", out);
	if (t->seen.waiting)
		fprintf(out, "%u tasks wait for %s, and for %s no element has come back\n",
			t->seen.waiting, t->nr_pools > 1 ? "the pools" : "the pool",
			text_time(t->seen.slept_ns, text));
	else
		fprintf(out, "no disk of it has done anything for %s, and nobody waits for %s\n",
			text_time(VERIFY_STUCK_NS, text),
			t->nr_pools > 1 ? "the pools" : "the pool");
}

static void put_error(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	char name[BOTH];

	fprintf(out, "ERROR with %s exhausted: ", both(t, name));
	if (r->jobs)
		fprintf(out,
			"I/O of %" PRIu64 " jobs failed: %s; bio_alloc_bioset() may wait, and does "
			"not fail, where it may sleep\n",
			t->seen.work.errors, strerror(t->seen.work.error));
	else
		fprintf(out, "COMMAND ended with status %d\n", t->seen.work.error);
}

static void put_slow(const struct verify_trial *t, FILE *out)
{
	char name[BOTH], slept[TEXT_SIZE];

	fprintf(out,
		"SLOW with %s exhausted: a task slept for %s and no element came back; it went on when "
		"mempool_alloc() tried again after 5 s\n",
		both(t, name), text_time(t->seen.slept_ns, slept));
}

void render_verify_recovery(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	char text[TEXT_SIZE];

	(void)r;
	if (!t->recovered) {
		fprintf(out, "  the pressure is lifted, and not all has ended %s later\n",
			text_time(t->recovery_ns, text));
		return;
	}
	fprintf(out, "  the pressure was lifted, and all had ended %s later",
		text_time(t->recovery_ns, text));
	if (t->checked)
		fprintf(out, "; of %" PRIu64 " blocks that were written, %" PRIu64 " are damaged",
			t->blocks.read, t->blocks.damaged);
	if (t->blocks.unread)
		fprintf(out, "; %" PRIu64 " more were not read back in time", t->blocks.unread);
	fputc('\n', out);
}

void render_verify_what(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	char name[BOTH];

	switch (t->verdict) {
	case VERIFY_STALL:
	case VERIFY_BLOCKED:
		put_stuck(r, t, out);
		break;
	case VERIFY_ERROR:
		put_error(r, t, out);
		break;
	case VERIFY_SLOW:
		put_slow(t, out);
		break;
	default:
		fprintf(out, "%s with %s exhausted\n", verify_name(t->verdict), both(t, name));
	}
}

void render_verify_trial(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	render_verify_what(r, t, out);
	if (t->verdict == VERIFY_STALL || t->verdict == VERIFY_BLOCKED)
		render_verify_circle(&t->circle, out);
	render_verify_others(t, out);
	render_verify_recovery(r, t, out);
}

static void put_totals(const struct verify_result *r)
{
	uint64_t of[VERIFY_VERDICTS] = { 0 };
	struct verify_blocks sum = { 0 };
	const char *between = "";
	size_t i;
	int verdict;

	for (i = 0; i < r->nr_trials; i++) {
		of[r->trials[i].verdict]++;
		sum.read += r->trials[i].blocks.read;
		sum.damaged += r->trials[i].blocks.damaged;
		sum.unread += r->trials[i].blocks.unread;
	}
	for (verdict = VERIFY_STALL; verdict >= VERIFY_PROGRESS; verdict--) {
		if (!of[verdict])
			continue;
		printf("%s%" PRIu64 " %s", between, of[verdict],
		       verify_name((enum verify_verdict)verdict));
		between = ", ";
	}
	if (sum.read)
		printf("; %" PRIu64 " blocks read back, %" PRIu64 " damaged", sum.read,
		       sum.damaged);
	if (sum.unread)
		printf("; for %" PRIu64 " there was no time", sum.unread);
	putchar('\n');
}

void render_verify_text(const struct verify_result *r)
{
	char device[RENDER_VERIFY_NAME];
	int width = name_width(r);
	size_t i;

	printf("verify %s: ", text_escape(r->device, device, sizeof(device)));
	render_verify_workload(r, stdout);
	putchar('\n');
	print_heads(width);
	for (i = 0; i < r->nr_trials; i++)
		print_line(&r->trials[i], width);
	for (i = 0; i < r->nr_trials; i++) {
		if (!verify_fails(&r->trials[i]))
			continue;
		putchar('\n');
		render_verify_trial(r, &r->trials[i], stdout);
	}
	putchar('\n');
	put_totals(r);
}

void render_verify_blocked(const struct verify_trial *t, const char *device)
{
	const struct model_report *r = &t->report;
	char text[TEXT_SIZE];
	size_t i;

	msg_error(
		"verify: %s is stuck without any pressure: %u jobs do not get on, and no disk of it has done anything for %s; "
		"nothing was exhausted",
		device, t->seen.stuck, text_time(VERIFY_STUCK_NS, text));
	for (i = 0; t->has_report && i < BLOCKED_KINDS; i++)
		if (r->blocked[i].tasks)
			msg_note("blocked %s: %" PRIu64 " tasks, one of them in %s",
				 blocked_kind_name(i), r->blocked[i].tasks,
				 r->blocked[i].where[0] ? r->blocked[i].where : "?");
	for (i = 0; t->has_report && i < r->nr_in_flight; i++)
		msg_note("%s has not completed %" PRIu64 " requests", r->in_flight[i].name,
			 r->in_flight[i].requests);
}
