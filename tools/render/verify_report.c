// SPDX-License-Identifier: GPL-2.0
/*
 * What verify has found, as a mail to who maintains the driver.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/frames.h"
#include "render/verify.h"
#include "util/msg.h"
#include "util/text.h"
#include "util/text_file.h"

#define LINE 72 /* as mails have it */
#define DATE 32
#define FUNCTIONS 64 /* at most */
#define WORDS (RENDER_VERIFY_NAME + 16) /* what kind of pool, and its name */

#define DESCRIBED (WORDS + 192)

/* What has been said need not be said again of the next trial. */
struct said {
	bool bio_set;
	bool mempool;
};

/* Goes on in the next line where a word would not fit. */
static void fold(const char *text, FILE *out)
{
	size_t len, column = 0;

	for (; *text; text += len) {
		text += strspn(text, " \n");
		len = strcspn(text, " \n");
		if (!len)
			break;
		if (column && column + 1 + len > LINE) {
			fputc('\n', out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%.*s", column ? " " : "", (int)len, text);
	}
	fputc('\n', out);
}

__attribute__((format(printf, 2, 3))) static void put_paragraph(FILE *out, const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0) {
		fputc('\n', out);
		fold(text, out);
		free(text);
	}
	va_end(args);
}

/* A module that is no part of how it was found. */
static bool is_drivers(const struct ksyms_at *at)
{
	return at->module[0] && strncmp(at->module, "__builtin", strlen("__builtin")) &&
	       strcmp(at->module, "bio_pressure") && frames_kind_of(at->name) == FRAMES_OTHER;
}

static const char *module_of(const struct read_stack *stack)
{
	size_t i;

	for (i = 0; stack && i < stack->nr_frames; i++)
		if (is_drivers(&stack->frames[i]))
			return stack->frames[i].module;
	return NULL;
}

static bool is_exhausted(const struct verify_trial *t, const char *pool)
{
	size_t i;

	for (i = 0; i < t->nr_pools; i++)
		if (!strcmp(t->names[i], pool))
			return true;
	return false;
}

/* Who asks for an element; if that is not seen, whose the pool is; "": built in, or not known. */
static const char *driver_of(const struct verify_trial *t)
{
	const char *module = NULL;
	size_t i;

	for (i = 0; !module && i < t->circle.n; i++)
		if (is_exhausted(t, t->circle.links[i].waiter->pool))
			module = module_of(t->circle.links[i].waiter->stack);
	return module ?: t->parts[0].module;
}

static const char *pool_words(const struct verify_trial *t, size_t i, char *out)
{
	char name[RENDER_VERIFY_NAME];

	snprintf(out, WORDS, "%s %s", t->bio_sets[i] ? "bio_set" : "mempool",
		 text_escape(t->parts[i].pool, name, sizeof(name)));
	return out;
}

/* "dm" of "dm-0". */
static const char *kind_of(const char *device, char *out)
{
	size_t n = strcspn(device, "0123456789");
	char kind[MODEL_NAME];

	while (n && (device[n - 1] == '-' || device[n - 1] == '_'))
		n--;
	snprintf(kind, sizeof(kind), "%.*s", (int)n, device);
	return text_escape(kind, out, RENDER_VERIFY_NAME);
}

static void put_subject(const struct verify_result *r, const struct verify_trial *t, size_t more,
			FILE *out)
{
	static const char *const what[VERIFY_VERDICTS] = {
		[VERIFY_SLOW] = "goes on only after 5 s",
		[VERIFY_ERROR] = "fails I/O",
		[VERIFY_STALL] = "makes no progress",
	};
	const char *device = t->parts[0].device[0] ? t->parts[0].device : r->device;
	char first[WORDS], second[WORDS], kind[RENDER_VERIFY_NAME];

	fprintf(out, "%s: %s device %s with %s%s%s exhausted",
		driver_of(t)[0] ? driver_of(t) : "block", kind_of(device, kind), what[t->verdict],
		pool_words(t, 0, first), t->nr_pools > 1 ? " and " : "",
		t->nr_pools > 1 ? pool_words(t, 1, second) : "");
	if (more)
		fprintf(out, ", and %zu more", more);
	fputc('\n', out);
}

static void put_where(const struct verify_result *r, FILE *out)
{
	char date[DATE] = "", device[RENDER_VERIFY_NAME];
	struct tm tm;

	if (r->begun && gmtime_r(&r->begun, &tm))
		strftime(date, sizeof(date), " on %Y-%m-%d", &tm);
	fprintf(out, "\nFound by `bioscope verify'%s:\n", date);
	fprintf(out, "  kernel    %s %s %s\n", r->kernel.release, r->kernel.version,
		r->kernel.machine);
	fprintf(out, "  device    %s\n  workload  ",
		text_escape(r->device, device, sizeof(device)));
	render_verify_workload(r, out);
	fputc('\n', out);
}

/* "bio_set bs of stackb0 (reserve 4, no rescuer)" */
static const char *described(const struct verify_trial *t, size_t i, char *out)
{
	char words[WORDS], device[4 * sizeof(t->parts[i].device) + 4];
	const char *rescuer =
		t->flags[i] & RECORD_POOL_RESCUER ? ", with a rescuer" : ", no rescuer";

	snprintf(out, DESCRIBED, "%s%s%s (reserve %" PRIu32 "%s)", pool_words(t, i, words),
		 t->parts[i].device[0] ? " of " : "",
		 text_escape(t->parts[i].device, device, sizeof(device)), t->reserves[i],
		 t->bio_sets[i] ? rescuer : "");
	return out;
}

static void put_exhausted(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	char first[DESCRIBED], second[DESCRIBED], jobs[64] = "COMMAND ran";

	if (r->jobs)
		snprintf(jobs, sizeof(jobs), "%u jobs %s", r->jobs,
			 r->written ? "wrote and read" : "read");
	put_paragraph(
		out,
		"While %s, each allocation from %s%s%s was refused what the slab has, as where memory "
		"is short, and got only what the reserve has. No other allocation was refused "
		"anything.%s",
		jobs, described(t, 0, first), t->nr_pools > 1 ? ", and from " : "",
		t->nr_pools > 1 ? described(t, 1, second) : "",
		t->verdict == VERIFY_STALL ?
			" Who found the reserve empty slept in mempool_alloc(), and never got an "
			"element." :
			"");
}

/* What may be relied on, and what may not be done: as block/bio.c has it, in other words. */
static const char *const rules[] = {
	[false] =
		"By the kernel-doc of bio_alloc_bioset() in block/bio.c, no progress is guaranteed "
		"for mempools other than those of bio_sets: below submit_bio(), several elements of "
		"one should not be taken; what is needed for each bio belongs into the front_pad of "
		"its bio_set.",
	[true] =
		"By the kernel-doc of bio_alloc_bioset() in block/bio.c, an allocation that may sleep "
		"never fails, thanks to the reserve; for that, a caller must not allocate several bios "
		"from one bio_set without submitting each of them before the next. Below submit_bio(), "
		"that is not enough: bios that are submitted there only sit on current->bio_list "
		"until the driver returns, unless the bio_set has a rescuer, which takes them from "
		"there.",
};

static void put_rules(const struct verify_trial *t, struct said *said, FILE *out)
{
	size_t i;

	for (i = 0; i < t->nr_pools; i++) {
		bool *it = t->bio_sets[i] ? &said->bio_set : &said->mempool;

		if (!*it)
			put_paragraph(out, "%s", rules[t->bio_sets[i]]);
		*it = true;
	}
}

/* Each way once: who waits next has an element of what the link is about. */
static void put_closed(const struct circle *c, FILE *out)
{
	static const struct {
		const char *who, *before, *after;
	} how[] = {
		[CIRCLE_UNSUBMITTED] = { "task", "while it has one",
					 " whose bio it has not submitted" },
		[CIRCLE_PARKED] = { "task", "while one", " is on its own current->bio_list" },
		[CIRCLE_TOOK] = { "task", "while it has one", "" },
		[CIRCLE_WORKS] = { "worker", "for a bio that has one", "" },
	};
	bool seen[sizeof(how) / sizeof(how[0])] = { false };
	char asks[RENDER_VERIFY_NAME], has[RENDER_VERIFY_NAME];
	size_t i, next;

	for (i = 0; i < c->n; i++) {
		const struct circle_link *l = &c->links[i];

		next = i + 1 < c->n ? i + 1 : c->back;
		if (!seen[l->hold])
			put_paragraph(out, "Here, a %s asks for an element of %s %s of %s%s.",
				      how[l->hold].who,
				      text_escape(c->links[next].waiter->pool, asks, sizeof(asks)),
				      how[l->hold].before,
				      text_escape(l->waiter->pool, has, sizeof(has)),
				      how[l->hold].after);
		seen[l->hold] = true;
	}
}

static void put_here(const struct verify_trial *t, FILE *out)
{
	if (t->verdict == VERIFY_ERROR)
		put_paragraph(out,
			      "Here, I/O failed all the same: an allocation that may not sleep can "
			      "fail, and then the I/O has to be tried again.");
	else if (t->verdict == VERIFY_SLOW)
		put_paragraph(
			out,
			"Here, a task slept until mempool_alloc() tried again by itself, which "
			"is after 5 s: nobody gave an element back meanwhile.");
	else if (t->circle.end == CIRCLE_CLOSED)
		put_closed(&t->circle, out);
}

static void put_circle(const struct verify_trial *t, FILE *out)
{
	if (!t->circle.n)
		return;
	fputs("\nWho waits for whom:\n\n", out);
	render_verify_circle(&t->circle, out);
	render_verify_others(t, out);
}

/* Returns how many there are now. */
static size_t add_functions(const struct read_stack *stack, const char *module,
			    const struct ksyms_at **found, size_t n)
{
	size_t i, j;

	for (i = 0; stack && i < stack->nr_frames && n < FUNCTIONS; i++) {
		const struct ksyms_at *at = &stack->frames[i];

		if (strcmp(at->module, module) || !is_drivers(at))
			continue;
		for (j = 0; j < n && strcmp(found[j]->name, at->name); j++)
			;
		if (j == n)
			found[n++] = at;
	}
	return n;
}

static void put_functions(const struct verify_trial *t, FILE *out)
{
	const struct ksyms_at *found[FUNCTIONS];
	const struct circle *c = &t->circle;
	const char *module = driver_of(t);
	size_t i, n = 0;

	for (i = 0; i < c->n; i++) {
		const struct model_holder *h = c->links[i].holder ?: c->holder;

		n = add_functions(c->links[i].waiter->stack, module, found, n);
		n = add_functions(h ? h->held->stack : NULL, module, found, n);
	}
	if (!n)
		return;
	fprintf(out, "\nFunctions of %s in these stacks:\n\n", module);
	for (i = 0; i < n; i++)
		fprintf(out, "  %s\n", found[i]->name);
}

static void put_what(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	struct text_file file;
	char *text;

	if (text_file_open(&file))
		render_verify_what(r, t, file.out);
	text = text_file_close(&file);
	fold(text ?: "", out);
	free(text);
}

static void put_trial(const struct verify_result *r, const struct verify_trial *t,
		      struct said *said, FILE *out)
{
	fputc('\n', out);
	put_what(r, t, out);
	put_exhausted(r, t, out);
	put_rules(t, said, out);
	put_here(t, out);
	put_circle(t, out);
	put_functions(t, out);
	fputs("\nAfterwards:\n\n", out);
	render_verify_recovery(r, t, out);
	if (r->jobs && !r->written)
		fputs("  nothing was written, so no data can have been damaged\n", out);
	fputs("\nTo see it again, as root, by bioscope's own jobs or by others:\n\n", out);
	render_verify_reproduce(r, t, out);
}

static void put_report(const struct verify_result *r, FILE *out)
{
	const struct verify_trial *worst = NULL;
	char device[RENDER_VERIFY_NAME];
	struct said said = { false };
	size_t i, n = 0;

	for (i = 0; i < r->nr_trials; i++) {
		const struct verify_trial *t = &r->trials[i];

		if (!verify_breaks(t))
			continue;
		n++;
		if (!worst || t->verdict > worst->verdict)
			worst = t;
	}
	if (!worst) {
		fprintf(out, "%s on %s: nothing was found to report\n",
			text_escape(r->device, device, sizeof(device)), r->kernel.release);
		msg_note("verify: nothing was found to report");
		return;
	}
	put_subject(r, worst, n - 1, out);
	put_where(r, out);
	for (i = 0; i < r->nr_trials; i++)
		if (verify_breaks(&r->trials[i]))
			put_trial(r, &r->trials[i], &said, out);
}

/* Names may be any bytes. */
void render_verify_report(const struct verify_result *r, FILE *out)
{
	struct text_file file;
	char *text, *shown;

	if (text_file_open(&file))
		put_report(r, file.out);
	text = text_file_close(&file);
	shown = text ? text_escape_lines(text) : NULL;
	if (shown)
		fputs(shown, out);
	else
		msg_error("verify: no memory for the report");
	free(shown);
	free(text);
}
