// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for whom, as a picture: a row for each task and the pool that it waits for, from which an arrow leads
 * down to the next task, or from the last one back along the left side to where the circle closes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/verify.h"
#include "render/xml.h"
#include "util/text.h"

#define WIDTH 760
#define MARGIN 12
#define BACK_X 24 /* where the arrow goes up */
#define TASK_X 60
#define TASK_WIDTH 240
#define POOL_X 468
#define POOL_WIDTH 280
#define HEIGHT 46 /* of a box */
#define ROW 104
#define CHAR_WIDTH 8 /* of the font of boxes, which is monospaced */

#define TASK_CENTRE (TASK_X + TASK_WIDTH / 2)
#define POOL_CENTRE (POOL_X + POOL_WIDTH / 2)

struct picture {
	const struct verify_trial *t;
	const struct circle *c;
	size_t id;
	FILE *out;
};

static int top_of(size_t row)
{
	return MARGIN + (int)row * ROW;
}

static int middle_of(size_t row)
{
	return top_of(row) + HEIGHT / 2;
}

/* Between a row and the next one. */
static int below(size_t row)
{
	return top_of(row) + HEIGHT + (ROW - HEIGHT) / 2;
}

/* As much as @width has room for, with an ellipsis for the rest; the whole is in the box's title. */
static void put_short(const char *s, int width, FILE *out)
{
	size_t most = (size_t)(width / CHAR_WIDTH) - 1, n = 0;
	char shown[RENDER_VERIFY_NAME], *at;

	text_escape(s, shown, sizeof(shown));
	for (at = shown; *at; at++) {
		/* Bytes that go on with a character are none. */
		if ((*at & 0xc0) == 0x80 || n++ < most)
			continue;
		*at = '\0';
		xml_put(out, shown);
		fputs("…", out);
		return;
	}
	xml_put(out, shown);
}

struct box {
	const char *kind; /* its class */
	int x, y, width;
	const char *name;
	const char *detail;
};

static void put_box(const struct box *b, FILE *out)
{
	fprintf(out, "<g class=\"%s\"><title>", b->kind);
	xml_put_name(out, b->name);
	fprintf(out, "%s", b->detail[0] ? ", " : "");
	xml_put_name(out, b->detail);
	fprintf(out, "</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>\n",
		b->x, b->y, b->width, HEIGHT, strcmp(b->kind, "pool") ? 8 : 0);
	fprintf(out, "<text class=\"name\" x=\"%d\" y=\"%d\">", b->x + b->width / 2, b->y + 19);
	put_short(b->name, b->width, out);
	fprintf(out, "</text><text x=\"%d\" y=\"%d\">", b->x + b->width / 2, b->y + 37);
	put_short(b->detail, b->width, out);
	fputs("</text></g>\n", out);
}

static void put_task(const struct picture *p, size_t row)
{
	const struct record_waiter *w = p->c->links[row].waiter->rec;
	char detail[TEXT_SIZE];

	snprintf(detail, sizeof(detail), "task %" PRIu32, w->tid);
	put_box(&(struct box){ "task", TASK_X, top_of(row), TASK_WIDTH, w->comm, detail }, p->out);
}

/* Of the pools that are exhausted, or else of those of the report; "": not known. */
static const char *reserve_of(const struct verify_trial *t, const char *pool, char *out)
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < t->nr_pools; i++)
		if (!strcmp(t->names[i], pool))
			snprintf(out, TEXT_SIZE, "reserve %" PRIu32, t->reserves[i]);
	for (i = 0; !out[0] && t->has_report && i < t->report.nr_pools; i++)
		if (!strcmp(t->report.pools[i].name, pool))
			snprintf(out, TEXT_SIZE, "reserve %" PRIu32, t->report.pools[i].reserve);
	return out;
}

static void put_pool(const struct picture *p, size_t row)
{
	const char *pool = p->c->links[row].waiter->pool;
	char reserve[TEXT_SIZE];

	put_box(&(struct box){ "pool", POOL_X, top_of(row), POOL_WIDTH, pool,
			       reserve_of(p->t, pool, reserve) },
		p->out);
}

static void begin_edge(const struct picture *p, const char *kind)
{
	fprintf(p->out, "<path class=\"edge %s\" marker-end=\"url(#circle-arrow-%zu)\" d=\"", kind,
		p->id);
}

static void put_label(const struct picture *p, int x, int y, const char *label)
{
	fprintf(p->out, "<text class=\"label\" x=\"%d\" y=\"%d\">", x, y - 7);
	xml_put_name(p->out, label);
	fputs("</text>\n", p->out);
}

static void put_wait(const struct picture *p, size_t row)
{
	char time[TEXT_SIZE], label[TEXT_SIZE + sizeof("waits ")];

	snprintf(label, sizeof(label), "waits %s",
		 text_time(p->c->links[row].waiter->waited_ns, time));
	begin_edge(p, "waits");
	fprintf(p->out, "M%d %dH%d\"/>\n", TASK_X + TASK_WIDTH, middle_of(row), POOL_X);
	put_label(p, (TASK_X + TASK_WIDTH + POOL_X) / 2, middle_of(row), label);
}

/* By which the one below has an element of the pool of a row. */
static void put_down(const struct picture *p, size_t row, const char *label)
{
	begin_edge(p, "held");
	fprintf(p->out, "M%d %dV%dH%dV%d\"/>\n", POOL_CENTRE, top_of(row) + HEIGHT, below(row),
		TASK_CENTRE, top_of(row + 1));
	put_label(p, (TASK_CENTRE + POOL_CENTRE) / 2, below(row), label);
}

static void put_back(const struct picture *p, size_t row, const char *label)
{
	begin_edge(p, "held back");
	fprintf(p->out, "M%d %dV%dH%dV%dH%d\"/>\n", POOL_CENTRE, top_of(row) + HEIGHT, below(row),
		BACK_X, middle_of(p->c->back), TASK_X);
	put_label(p, (TASK_CENTRE + POOL_CENTRE) / 2, below(row), label);
}

#define LABEL 64

static const char *hold_label(const struct circle_link *l, char *out)
{
	static const char *const how[] = {
		[CIRCLE_UNSUBMITTED] = "has one, not submitted",
		[CIRCLE_PARKED] = "has one on its own list of bios",
		[CIRCLE_TOOK] = "has one",
		[CIRCLE_WORKS] = "works on a bio that has one",
	};
	char age[TEXT_SIZE];

	if (!l->holder)
		return how[l->hold];
	snprintf(out, LABEL, "%s, taken %s ago", how[l->hold], text_time(l->holder->held_ns, age));
	return out;
}

/* Who is known to have taken the last one; where nobody is, nothing. */
static const char *end_label(const struct circle *c, char *out)
{
	char comm[TEXT_ESCAPED], age[TEXT_SIZE];

	out[0] = '\0';
	if (!c->holder)
		return out;
	if (c->end == CIRCLE_TASK)
		snprintf(out, LABEL + TEXT_ESCAPED, "taken %s ago",
			 text_time(c->holder->held_ns, age));
	else
		snprintf(out, LABEL + TEXT_ESCAPED, "taken by %s (task %" PRIu32 ") %s ago",
			 text_escape(c->holder->held->rec.comm, comm, sizeof(comm)),
			 c->holder->held->rec.tid, text_time(c->holder->held_ns, age));
	return out;
}

static void put_end(const struct picture *p)
{
	char label[LABEL + TEXT_ESCAPED], name[TEXT_ESCAPED] = "", detail[LABEL] = "";
	const struct circle *c = p->c;
	struct box b = { "end", TASK_X, top_of(c->n), TASK_WIDTH, name, detail };

	switch (c->end) {
	case CIRCLE_DISK:
		b.kind = "end disk";
		snprintf(name, sizeof(name), "disk %" PRIu32 ":%" PRIu32, c->dev >> 20,
			 c->dev & 0xfffff);
		b.detail = "has not completed the bio";
		break;
	case CIRCLE_COMPLETED:
		b.kind = "end completed";
		b.name = "a completed bio";
		b.detail = "is not freed";
		break;
	case CIRCLE_TASK:
		b.kind = "end task";
		b.name = c->holder->held->rec.comm;
		snprintf(detail, sizeof(detail), "task %" PRIu32 ", waits for no pool",
			 c->holder->held->rec.tid);
		break;
	default:
		b.kind = "end unknown";
		b.name = "unknown";
		b.detail = "nobody knows who has them";
	}
	put_box(&b, p->out);
	put_down(p, c->n - 1, end_label(c, label));
}

static void begin(const struct picture *p, const struct verify_result *r)
{
	int height = top_of(p->c->n) + (p->c->end == CIRCLE_CLOSED ? 0 : HEIGHT + MARGIN);
	FILE *out = p->out;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-labelledby=\"circle-title-%zu circle-desc-%zu\">\n",
		WIDTH, height, p->id, p->id);
	fprintf(out, "<title id=\"circle-title-%zu\">Who waits for whom</title>\n", p->id);
	fprintf(out, "<desc id=\"circle-desc-%zu\">", p->id);
	render_verify_xml(render_verify_chain, r, p->t, out);
	fprintf(out,
		"</desc>\n<defs><marker id=\"circle-arrow-%zu\" viewBox=\"0 0 10 10\" refX=\"10\" "
		"refY=\"5\" markerWidth=\"11\" markerHeight=\"11\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
		"<path class=\"head\" d=\"M0 0L10 5L0 10z\"/></marker></defs>\n",
		p->id);
}

void render_verify_svg(const struct verify_result *r, const struct verify_trial *t, size_t id,
		       FILE *out)
{
	const struct picture p = { t, &t->circle, id, out };
	char label[LABEL];
	size_t i;

	begin(&p, r);
	for (i = 0; i < p.c->n; i++) {
		put_task(&p, i);
		put_pool(&p, i);
		put_wait(&p, i);
		if (i + 1 < p.c->n)
			put_down(&p, i, hold_label(&p.c->links[i], label));
	}
	if (p.c->end == CIRCLE_CLOSED)
		put_back(&p, i - 1, hold_label(&p.c->links[i - 1], label));
	else
		put_end(&p);
	fputs("</svg>\n", out);
}
