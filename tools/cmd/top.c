// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope top: the pools of this host on a screen, those in trouble first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/lost.h"
#include "render/render.h"
#include "render/screen.h"
#include "run/locked.h"
#include "run/session.h"
#include "util/clock.h"
#include "util/msg.h"
#include "util/text_file.h"

#define LOOK_NS 200000000ULL

/* What is on the screen, and what it was made of. */
struct shown {
	const struct options *o;
	struct session *s;
	struct screen *screen;
	struct top top;
	struct read_snapshot before, after; /* of the last interval */
	struct model_report r;
	uint64_t lost; /* since the tracer started */
	uint64_t due_ns; /* when the next report is, CLOCK_MONOTONIC */
	char *lines; /* of the pool that is shown in depth, */
	uint64_t lines_of; /* which was first met then */
};

/* What @print prints, to be freed; NULL: no memory. */
static char *printed(void (*print)(const struct shown *v, const struct model_report *r,
				   const struct read_snapshot *after),
		     const struct shown *v, const struct model_report *r,
		     const struct read_snapshot *after)
{
	struct text_file file;
	FILE *was = stdout;

	if (text_file_open(&file)) {
		stdout = file.out;
		print(v, r, after);
		stdout = was;
	}
	return text_file_close(&file);
}

static void print_depth(const struct shown *v, const struct model_report *r,
			const struct read_snapshot *after)
{
	static const struct {
		unsigned int what;
		const char *name;
	} times[] = {
		{ RECORD_TIMED_WAIT, "reserve wait" },
		{ RECORD_TIMED_WAKEUP, "rescuer wakeup" },
		{ RECORD_TIMED_RUN, "rescuer run" },
		{ RECORD_TIMED_ALLOCATION, "allocation" },
		{ RECORD_TIMED_LIFETIME, "bio lifetime" },
	};
	const struct model_pool *p = NULL;
	__u64 buckets[RECORD_HIST_BUCKETS];
	size_t i;

	for (i = 0; i < r->nr_pools && !p; i++)
		p = top_is_chosen(&v->top, &r->pools[i]) ? &r->pools[i] : NULL;
	if (!p) {
		puts("This pool is gone.");
		return;
	}
	render_text_latency(r);
	render_text_waiters(r);
	render_text_holders(r);
	render_text_blocked(r);
	render_text_in_flight(r);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		model_times(&v->s->start, after, p->slot, times[i].what, buckets);
		render_text_histogram(times[i].name, buckets);
	}
}

/* All of one pool since the start, and who waits now. */
static int look_deep(struct shown *v)
{
	const struct model_filter one = { .mempool = v->top.chosen };
	struct read_snapshot after;
	struct model_report r;
	int status = session_report(v->s, &v->s->start, &one, true, &after, &r);

	if (status)
		return status;
	free(v->lines);
	v->lines = printed(print_depth, v, &r, &after);
	v->lines_of = v->top.chosen_ns;
	model_free(&r);
	read_free(&after);
	return v->lines ? MSG_EXIT_OK : MSG_EXIT_FAILED;
}

/* A new report in place of the last one, which is kept if there is none. */
static int look(struct shown *v)
{
	struct read_snapshot after;
	struct model_report r;
	int status = session_report(v->s, &v->after, &v->o->filter, false, &after, &r);

	if (status)
		return status;
	top_free(&v->top);
	model_free(&v->r);
	read_free(&v->before);
	v->before = v->after;
	v->after = after;
	v->r = r;
	v->lost += r.lost_total;
	v->r.lost_total = v->lost;
	v->due_ns += v->o->interval_ns;
	if (v->due_ns < after.time_ns)
		v->due_ns = after.time_ns + v->o->interval_ns;
	return v->top.view == TOP_ONE ? look_deep(v) : MSG_EXIT_OK;
}

/* Return: whether any was pressed. */
static bool take_keys(struct shown *v)
{
	bool pressed = false;
	int key;

	while (!v->top.done && (key = screen_key(v->screen)) >= 0) {
		pressed = true;
		top_press(&v->top, key, screen_page(v->screen));
		/* What the next key is about must be what is shown. */
		if (top_arrange(&v->top, &v->r))
			v->top.done = true;
	}
	return pressed;
}

static int draw(struct shown *v)
{
	struct screen_text text = { .lines = v->lines,
				    .running_ns = v->after.time_ns - v->s->start.time_ns };

	if (top_arrange(&v->top, &v->r)) {
		msg_error("cannot show the pools: %s", strerror(ENOMEM));
		return MSG_EXIT_FAILED;
	}
	screen_draw(v->screen, &v->top, &v->r, &text);
	return MSG_EXIT_OK;
}

/* Until there is something to do, in ns. */
static uint64_t pause_of(const struct shown *v)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC), left;

	if (v->top.paused)
		return LOOK_NS;
	left = v->due_ns > now_ns ? v->due_ns - now_ns : 0;
	return left < LOOK_NS ? left : LOOK_NS;
}

static int loop(struct shown *v)
{
	int status = draw(v);
	uint64_t kept_ns = 0, now_ns;
	bool pressed;

	while (!status && !v->top.done && screen_is_there(v->screen) &&
	       run_wait_fd(&v->s->run, pause_of(v), STDIN_FILENO)) {
		pressed = take_keys(v);
		now_ns = clock_ns(CLOCK_MONOTONIC);
		if (now_ns - kept_ns >= LOOK_NS) {
			session_keep_up(v->s);
			kept_ns = now_ns;
		}
		if (v->top.view == TOP_ONE && v->lines_of != v->top.chosen_ns)
			status = look_deep(v);
		if (now_ns >= v->due_ns && !v->top.paused) {
			status = status ?: look(v);
			pressed = true;
		}
		if (pressed)
			status = status ?: draw(v);
	}
	return status;
}

static int run(const struct options *o)
{
	struct shown v = { .o = o };
	struct session s;
	int status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		msg_error("top: stdin and stdout must be a terminal; `bioscope stat' needs none");
		return MSG_EXIT_USAGE;
	}
	locked_need("/libncursesw.so");
	locked_need("/libtinfo.so");
	status = session_open(o, o->latency ? TRACE_TIMES : 0, &s);
	if (!status)
		render_text_unseen(s.trace.probes);
	status = status ?: session_start(o, &s);
	if (!status) {
		v.s = &s;
		v.due_ns = clock_ns(CLOCK_MONOTONIC) + o->interval_ns;
		top_init(&v.top);
		status = session_report(&s, &s.start, &o->filter, false, &v.after, &v.r);
	}
	if (!status)
		status = screen_open(&v.screen) ? MSG_EXIT_FAILED : MSG_EXIT_OK;
	status = status ?: loop(&v);
	screen_close(v.screen);
	status = status ?: lost_report(o, &s);
	top_free(&v.top);
	model_free(&v.r);
	read_free(&v.before);
	read_free(&v.after);
	free(v.lines);
	session_close(&s);
	return status;
}

const struct options_command cmd_top = {
	.name = "top",
	.summary = "the pools on a screen, those in trouble first; one of them in depth",
	.doc = "Show what each used pool does, every interval, and one of them in depth: times, who waits, who "
	       "holds what is missing. h shows the keys.",
	.takes = OPTIONS_BTF | OPTIONS_WITHOUT | OPTIONS_FILTER | OPTIONS_TIME | OPTIONS_INTERVAL |
		 OPTIONS_LATENCY | OPTIONS_EXACT,
	.run = run,
};
