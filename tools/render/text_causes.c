// SPDX-License-Identifier: GPL-2.0
/*
 * Text for people: who waits, and for what.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/render.h"
#include "util/msg.h"
#include "util/text.h"

#define DISKS_SHOWN 8 /* in a line */

void render_text_stack(const struct read_stack *stack, FILE *out)
{
	size_t i;

	for (i = 0; stack && i < stack->nr_frames; i++) {
		const struct ksyms_at *at = &stack->frames[i];

		/* The tracer's own frames are not the waiter's. */
		if (!at->name[0] || !strncmp(at->name, "bpf_", 4))
			continue;
		fprintf(out, "      %s+0x%" PRIx64 "%s%s%s\n", at->name, at->addr - at->start,
			at->module[0] ? " [" : "", at->module, at->module[0] ? "]" : "");
	}
}

static bool has_frames(const struct read_stack *stack)
{
	return stack && stack->nr_frames;
}

static void waiter_details(const struct model_waiter *w)
{
	char comm[TEXT_ESCAPED];

	if (w->rec->cycles)
		printf(", in its sleep %" PRIu32, w->rec->cycles);
	printf(" now");
	text_escape(w->waiter->submitter_comm, comm, sizeof(comm));
	if (w->waiter->submitter)
		printf(", for a bio of %s%stask %" PRIu32 "%s", comm, comm[0] ? " (" : "",
		       w->waiter->submitter, comm[0] ? ")" : "");
	if (w->parked)
		printf(", with %" PRIu64 " of its bios parked on its own list", w->parked);
}

void render_text_waiters(const struct model_report *r)
{
	char waited[TEXT_SIZE], comm[TEXT_ESCAPED];
	size_t i;

	for (i = 0; i < r->nr_waiters; i++) {
		const struct model_waiter *w = &r->waiters[i];

		printf("%s %s (task %" PRIu32 ") waits for %s for %s%s",
		       w->stalled ? "STALLED:" : "waiting:",
		       text_escape(w->rec->comm, comm, sizeof(comm)), w->rec->tid, w->pool,
		       w->rec->before ? "at least " : "", text_time(w->waited_ns, waited));
		waiter_details(w);
		printf("%s\n", has_frames(w->stack) ? ", at" : "");
		render_text_stack(w->stack, stdout);
	}
}

void render_text_blocked(const struct model_report *r)
{
	static const char *const what[BLOCKED_KINDS] = { "for a pool", "below submit_bio()",
							 "for I/O" };
	char longest[TEXT_SIZE];
	unsigned int kind;

	if (!r->has_causes)
		return;
	printf("blocked:");
	for (kind = 0; kind < BLOCKED_KINDS; kind++) {
		const struct blocked_tasks *b = &r->blocked[kind];

		printf("%s %" PRIu64 " %s", kind ? "," : "", b->tasks, what[kind]);
		if (b->tasks && b->longest_ns)
			printf(" (one for %s%s%s)", text_time(b->longest_ns, longest),
			       b->where[0] ? ", in " : "", b->where);
	}
	putchar('\n');
}

void render_text_in_flight(const struct model_report *r)
{
	char oldest[TEXT_SIZE], name[MODEL_NAME];
	size_t i;

	if (!r->nr_in_flight)
		return;
	printf("in flight:");
	for (i = 0; i < r->nr_in_flight && i < DISKS_SHOWN; i++) {
		const struct where_disk *d = &r->in_flight[i];

		printf("%s %s %" PRIu64, i ? "," : "", text_escape(d->name, name, sizeof(name)),
		       d->requests);
		if (d->oldest_ns)
			printf(" (one for %s)", text_time(d->oldest_ns, oldest));
	}
	if (i < r->nr_in_flight)
		printf(", and %zu more disks", r->nr_in_flight - i);
	putchar('\n');
}

static void print_bio(const struct read_holder *h)
{
	const struct record_element *e = &h->element;

	switch (e->state) {
	case RECORD_BIO_UNSUBMITTED:
		printf(", its bio is not submitted");
		break;
	case RECORD_BIO_SUBMITTED:
		printf(", its bio is submitted to %" PRIu32 ":%" PRIu32, e->dev >> 20,
		       e->dev & 0xfffff);
		break;
	case RECORD_BIO_COMPLETED:
		printf(", its bio is completed and not freed");
		break;
	case RECORD_BIO_PARKED:
		printf(", its bio is parked on the list of task %" PRIu32, h->parked_by);
		break;
	default:
		break;
	}
}

static void print_unseen(const struct where_bios *b)
{
	char comm[TEXT_ESCAPED], oldest[TEXT_SIZE];

	if (b->task)
		printf("holds: %s (task %" PRIu32 ") has parked %" PRIu64 " bios of %s",
		       text_escape(b->task->comm, comm, sizeof(comm)), b->task->tid, b->bios,
		       b->pool);
	else
		printf("holds: %s has not completed %" PRIu64 " bios of %s", b->disk, b->bios,
		       b->pool);
	if (b->oldest_ns)
		printf(", one for %s", text_time(b->oldest_ns, oldest));
	puts(", which nobody was seen to take");
}

void render_text_holders(const struct model_report *r)
{
	char held[TEXT_SIZE], comm[TEXT_ESCAPED];
	size_t i;

	for (i = 0; i < r->nr_holders; i++) {
		const struct model_holder *h = &r->holders[i];

		printf("holds: %s (task %" PRIu32 ") took an element of %s %s ago",
		       text_escape(h->held->rec.comm, comm, sizeof(comm)), h->held->rec.tid,
		       h->pool, text_time(h->held_ns, held));
		print_bio(h->held);
		printf("%s\n", has_frames(h->held->stack) ? ", at" : "");
		render_text_stack(h->held->stack, stdout);
	}
	for (i = 0; i < r->nr_unseen; i++)
		print_unseen(&r->unseen[i]);
	for (i = 0; r->has_causes && i < r->nr_pools; i++)
		if (model_sees(r, TRACE_SEES_RESERVE) && model_unknown(&r->pools[i]))
			printf("holds: nobody knows who, %" PRIu64 " more elements of %s\n",
			       model_unknown(&r->pools[i]), r->pools[i].name);
}

void render_text_alerts(const struct model_report *r)
{
	char comm[TEXT_ESCAPED];
	size_t i;

	for (i = 0; i < r->nr_waiters; i++) {
		const struct model_waiter *w = &r->waiters[i];

		if (!w->stalled || w->stuck_ns >= MODEL_STALL_NS + r->duration_ns)
			continue;
		msg_note("STALL: %s (task %" PRIu32
			 ") has slept for %s for 5 s and no element came back; "
			 "`bioscope latency -t 1' shows where, and who holds its elements",
			 text_escape(w->rec->comm, comm, sizeof(comm)), w->rec->tid, w->pool);
	}
}
