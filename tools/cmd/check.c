// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope check: violations of the contract of bio_alloc_bioset(), before any of them hangs the
 * host.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "load/rules.h"
#include "model/rules.h"
#include "read/rules.h"
#include "render/render.h"
#include "render/rules.h"
#include "render/rules_news.h"
#include "run/session.h"
#include "util/file.h"
#include "util/msg.h"

#define AGE_NS 60000000000ULL
#define MOST_SUPPRESSED (1 << 20) /* bytes of a file of suppressions */

struct check {
	const struct options *o;
	struct session session;
	struct rules rules;
	struct rules_notes *notes;
	struct suppress suppress;
	FILE *junit; /* NULL: none is wanted */
	uint32_t seen; /* violations that were told of, if they are to be */
	struct rules_told told;
};

static int read_suppressions(const char *path, struct suppress *s)
{
	unsigned int line = 0;
	const char *why = "";
	char *text = NULL;
	int err = file_read(path, MOST_SUPPRESSED, &text);

	if (err) {
		msg_error("check: cannot read %s: %s", path, strerror(-err));
		return MSG_EXIT_USAGE;
	}
	err = suppress_parse(text, s, &line, &why);
	free(text);
	if (!err)
		return MSG_EXIT_OK;
	if (err == -EINVAL)
		msg_error("check: %s, line %u: %s; a line is RULE POOL FUNCTION", path, line, why);
	else
		msg_error("check: %s: %s", path, strerror(-err));
	return err == -EINVAL ? MSG_EXIT_USAGE : MSG_EXIT_FAILED;
}

/* All that can be wrong with what was asked for, before anything is attached. */
static int prepare(struct check *c)
{
	int status = c->o->suppress ? read_suppressions(c->o->suppress, &c->suppress) : MSG_EXIT_OK;

	if (status)
		return status;
	c->notes = calloc(1, sizeof(*c->notes));
	if (!c->notes) {
		msg_error("check: no memory");
		return MSG_EXIT_FAILED;
	}
	if (!c->o->junit)
		return MSG_EXIT_OK;
	c->junit = fopen(c->o->junit, "we");
	if (c->junit)
		return MSG_EXIT_OK;
	msg_error("check: cannot write %s: %s", c->o->junit, strerror(errno));
	return MSG_EXIT_USAGE;
}

static int look(struct check *c, struct rules_snapshot *s, struct rules_report *r)
{
	int err;

	rules_note(&c->rules, c->session.pools, c->notes);
	err = rules_read(&c->rules, c->notes, s);
	if (err)
		return err;
	rules_filter(s, &c->o->filter);
	err = rules_report(s, &c->suppress, r);
	if (err) {
		msg_error("cannot make a report: %s", strerror(-err));
		rules_free(s);
	}
	return err;
}

/* Says at once what is new, and puts names to it while it is there. */
static void each(void *arg)
{
	struct check *c = arg;
	struct rules_snapshot s;
	struct rules_report r;

	uint32_t seen = rules_note(&c->rules, c->session.pools, c->notes);

	if (seen == c->seen)
		return;
	c->seen = seen;
	if (look(c, &s, &r))
		return;
	render_rules_news(&r, &c->told);
	rules_report_free(&r);
	rules_free(&s);
}

/* Returns whether all was written. */
static bool write_junit(struct check *c, const struct rules_report *r)
{
	bool ok;

	if (!c->junit)
		return true;
	render_rules_junit(r, c->junit);
	ok = !ferror(c->junit);
	ok = !fclose(c->junit) && ok;
	c->junit = NULL;
	if (!ok)
		msg_error("check: cannot write %s: %s", c->o->junit, strerror(errno));
	return ok;
}

/* If all that was asked for went away, what came of it was hardly looked at. */
static int check_gone(struct check *c)
{
	struct read_snapshot after;
	struct model_report r;
	bool gone = false;
	int status =
		session_report(&c->session, &c->session.start, &c->o->filter, false, &after, &r);

	if (status)
		return status;
	status = session_check_gone(c->o, &after, &gone);
	model_free(&r);
	read_free(&after);
	return status;
}

static int report(struct check *c)
{
	struct rules_snapshot s;
	struct rules_report r;
	int err, status;

	rules_stop(&c->rules);
	session_keep_up(&c->session);
	err = rules_find_leaks(&c->rules, c->o->age_ns ?: AGE_NS);
	if (err)
		msg_note("not seen: bios that are neither submitted nor freed (rules_old: %s)",
			 strerror(-err));
	if (look(c, &s, &r))
		return MSG_EXIT_FAILED;
	if (c->o->json)
		render_json_print(render_rules_json(&r), true);
	else
		render_rules_text(&r);
	render_rules_lost(&r, &c->suppress);
	status = write_junit(c, &r) ? rules_status(&r) : MSG_EXIT_FAILED;
	status = status ?: check_gone(c);
	rules_report_free(&r);
	rules_free(&s);
	return run_status(&c->session.run) ?: status;
}

static int trace(struct check *c)
{
	int status = session_open(c->o, TRACE_STACKS, &c->session);

	if (!status) {
		/* Not 1, which is a finding. */
		status = rules_open(&c->session.trace, &c->rules) ?
				 MSG_EXIT_CANT :
				 session_start(c->o, &c->session);
		if (!status) {
			session_run(&c->session, c->o, each, c);
			status = report(c);
		}
		if (c->rules.skel)
			rules_close(&c->rules);
	}
	session_close(&c->session);
	return status;
}

static int run(const struct options *o)
{
	struct check c = { .o = o };
	int status = prepare(&c);

	status = status ?: trace(&c);
	if (c.junit)
		fclose(c.junit);
	rules_told_free(&c.told);
	suppress_free(&c.suppress);
	free(c.notes);
	return status;
}

const struct options_command cmd_check = {
	.name = "check",
	.summary = "violations of the contract of bio_alloc_bioset(), which hang a host one day",
	.doc = "Watch every bio_set for TIME, or while COMMAND runs, and report who breaks the contract of "
	       "bio_alloc_bioset(), without any memory pressure: who asks for a bio while an earlier one of "
	       "the same bio_set has not been dispatched (unsubmitted), or for an element of another mempool "
	       "while bios wait for its return (mempool), or waits for I/O then (wait); allocations inside of "
	       "a bio_set's own rescue work (rescuer); and bios that are neither submitted nor freed (leak). "
	       "Each is told once, with what would save the host: a reserve larger than what one task was "
	       "seen to take, the rescuer, or nothing. The exit status is 1 if there is any, or 111 beside "
	       "COMMAND.",
	.takes = OPTIONS_BTF | OPTIONS_JSON | OPTIONS_FILTER | OPTIONS_TIME | OPTIONS_COMMAND |
		 OPTIONS_CHECK,
	.run = run,
};
