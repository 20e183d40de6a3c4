// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for whom, as text.
 */
#include <inttypes.h>

#include "render/verify.h"
#include "util/text.h"

static size_t next_of(const struct circle *c, size_t i)
{
	return i + 1 < c->n ? i + 1 : c->back;
}

static void put_task(const struct model_waiter *w, FILE *out)
{
	char comm[TEXT_ESCAPED];

	fprintf(out, "%s (task %" PRIu32 ")", text_escape(w->rec->comm, comm, sizeof(comm)),
		w->rec->tid);
}

static void put_age(const struct model_holder *h, FILE *out)
{
	char age[TEXT_SIZE];

	if (h)
		fprintf(out, " %s ago", text_time(h->held_ns, age));
}

/* Where, or nothing more. */
static void put_at(const struct read_stack *stack, bool stacks, FILE *out)
{
	fputs(stacks ? ", at\n" : "\n", out);
	if (stacks)
		render_text_stack(stack, out);
}

/* By what the next task has an element of what the one before it waits for. */
static void put_hold(const struct circle_link *l, FILE *out)
{
	switch (l->hold) {
	case CIRCLE_UNSUBMITTED:
		fputs("took one", out);
		put_age(l->holder, out);
		fputs(", and has not submitted the bio", out);
		break;
	case CIRCLE_PARKED:
		fputs("has one on its own list of bios, which is submitted when it returns", out);
		if (l->holder)
			fputs("; taken", out);
		put_age(l->holder, out);
		break;
	case CIRCLE_WORKS:
		fputs("works on a bio that has one", out);
		break;
	case CIRCLE_TOOK:
		fputs("took one", out);
		put_age(l->holder, out);
		break;
	}
}

static void put_holder(const struct model_holder *h, FILE *out)
{
	char comm[TEXT_ESCAPED];

	fprintf(out, "%s (task %" PRIu32 ") took one",
		text_escape(h->held->rec.comm, comm, sizeof(comm)), h->held->rec.tid);
	put_age(h, out);
}

static void put_end(const struct circle *c, bool stacks, FILE *out)
{
	fputs("  <- ", out);
	switch (c->end) {
	case CIRCLE_CLOSED:
		return;
	case CIRCLE_DISK:
		put_holder(c->holder, out);
		fprintf(out, ", and %" PRIu32 ":%" PRIu32 " has not completed its bio",
			c->dev >> 20, c->dev & 0xfffff);
		break;
	case CIRCLE_COMPLETED:
		put_holder(c->holder, out);
		fputs(", and has not freed the bio, which is completed", out);
		break;
	case CIRCLE_TASK:
		put_holder(c->holder, out);
		fputs(", has not given it back, and waits for no pool", out);
		break;
	case CIRCLE_UNKNOWN:
		fputs("nobody knows who has its elements\n", out);
		return;
	}
	put_at(c->holder->held->stack, stacks, out);
}

static void put_circle(const struct circle *c, bool stacks, FILE *out)
{
	char waited[TEXT_SIZE], pool[RENDER_VERIFY_NAME];
	size_t i;

	for (i = 0; i < c->n; i++) {
		const struct circle_link *l = &c->links[i];

		fputs("  ", out);
		put_task(l->waiter, out);
		fprintf(out, " waits for %s for %s",
			text_escape(l->waiter->pool, pool, sizeof(pool)),
			text_time(l->waiter->waited_ns, waited));
		put_at(l->waiter->stack, stacks, out);
		if (c->end != CIRCLE_CLOSED && i + 1 == c->n)
			break;
		fputs("  <- ", out);
		put_task(c->links[next_of(c, i)].waiter, out);
		fputc(' ', out);
		put_hold(l, out);
		put_at(l->holder ? l->holder->held->stack : NULL, stacks && l->holder, out);
	}
	if (c->n && c->end == CIRCLE_CLOSED) {
		fputs("  and that closes the circle: ", out);
		put_task(c->links[c->back].waiter, out);
		fputs(" waits itself\n", out);
	} else if (c->n) {
		put_end(c, stacks, out);
	}
}

void render_verify_circle(const struct circle *c, FILE *out)
{
	put_circle(c, true, out);
}

void render_verify_chain(const struct verify_result *r, const struct verify_trial *t, FILE *out)
{
	(void)r;
	put_circle(&t->circle, false, out);
}
