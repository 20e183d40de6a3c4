// SPDX-License-Identifier: GPL-2.0
/*
 * What -d and -p ask for, among the pools of a host.
 */
#include "model/choice.h"

#include <stdlib.h>
#include <string.h>

#include "util/text.h"

static bool is_gone(const struct read_pool *p)
{
	return p->id.flags & RECORD_POOL_GONE;
}

/* What can be meant where no pool is named, the likeliest first. */
enum breadth {
	CLONES,
	BIO_SETS,
	ALL_POOLS,
	BREADTHS
};

static bool is_meant(const struct read_pool *p, enum breadth breadth)
{
	if (is_gone(p))
		return false;
	if (breadth == ALL_POOLS)
		return true;
	return p->id.bs && !(p->id.flags & RECORD_POOL_IS_BVEC) &&
	       (breadth == BIO_SETS || p->id.kind != RECORD_POOL_BIO_SPLIT);
}

static size_t likeness(const struct choice *c, const struct read_pool *p, bool devices)
{
	const char *slash = c->device ? strrchr(c->device, '/') : NULL;
	char name[MODEL_NAME];
	size_t whole, part;

	if (devices)
		return text_common_prefix(slash ? slash + 1 : c->device, p->name.device);
	if (!c->pool)
		return 0;
	/* As it is printed, too: with its device. */
	model_name(&p->name, name);
	whole = text_common_prefix(c->pool, name);
	part = text_common_prefix(c->pool, p->name.pool);
	return whole > part ? whole : part;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void add(struct choice *c, const struct read_pool *p, const char *device, const char *pool)
{
	struct choice_candidate one = { .device = device, .pool = pool, .pools = 1 };
	size_t i;

	one.likeness = likeness(c, p, !pool);
	for (i = 0; i < c->n; i++) {
		struct choice_candidate *other = &c->candidates[i];

		if (!is_same(one.device, other->device) || !is_same(one.pool, other->pool))
			continue;
		other->pools++;
		if (one.likeness > other->likeness)
			other->likeness = one.likeness;
		return;
	}
	if (c->n < RECORD_POOLS)
		c->candidates[c->n++] = one;
}

static int by_likeness(const void *a, const void *b)
{
	const struct choice_candidate *x = a, *y = b;

	if (x->likeness != y->likeness)
		return x->likeness > y->likeness ? -1 : 1;
	/* dm-9 before dm-10, which qsort() would not keep. */
	return strverscmp(x->device ?: "", y->device ?: "") ?:
		       strverscmp(x->pool ?: "", y->pool ?: "");
}

static void sort(struct choice *c)
{
	qsort(c->candidates, c->n, sizeof(c->candidates[0]), by_likeness);
}

/* Devices if there is none such; else pools, of the device if one was named. */
static void suggest(const struct read_snapshot *s, const struct model_filter *filter, bool devices,
		    struct choice *c)
{
	const struct model_filter of = { .device = filter->device, .dev = filter->dev };
	size_t i;

	for (i = 0; i < s->nr_pools; i++) {
		const struct read_pool *p = &s->pools[i];
		const char *device = p->name.device;

		if (is_gone(p))
			continue;
		if (devices && device[0])
			add(c, p, device, NULL);
		else if (!devices && model_matches(p, &of))
			add(c, p, c->device ? device : NULL, p->name.pool);
	}
	sort(c);
}

static void start(const struct model_filter *filter, const char *device, struct choice *c)
{
	c->kind = CHOICE_FOUND;
	c->device = device;
	c->pool = filter->pool;
	c->slot = 0;
	c->n = 0;
}

void choice_all(const struct read_snapshot *s, const struct model_filter *filter,
		const char *device, struct choice *c)
{
	const struct model_filter of = { .device = filter->device, .dev = filter->dev };
	bool gone = false, on_device = !device;
	size_t i;

	start(filter, device, c);
	if (!device && !filter->pool)
		return;
	for (i = 0; i < s->nr_pools; i++) {
		const struct read_pool *p = &s->pools[i];

		on_device |= !is_gone(p) && model_matches(p, &of);
		if (!model_matches(p, filter))
			continue;
		if (!is_gone(p))
			return;
		gone = true;
	}
	c->kind = gone ? CHOICE_GONE : on_device ? CHOICE_NO_POOL : CHOICE_NO_DEVICE;
	suggest(s, filter, !on_device, c);
}

/* Which of them are meant. */
static size_t collect(const struct read_snapshot *s, const struct model_filter *filter,
		      enum breadth breadth, struct choice *c)
{
	size_t i, n = 0;

	c->n = 0;
	for (i = 0; i < s->nr_pools; i++) {
		const struct read_pool *p = &s->pools[i];

		if (!model_matches(p, filter) || !is_meant(p, breadth))
			continue;
		/* A pool of no device is its name, if that is not what several have. */
		add(c, p, p->name.device[0] || c->pool ? p->name.device : NULL, p->name.pool);
		c->slot = p->slot;
		n++;
	}
	return n;
}

void choice_one(const struct read_snapshot *s, const struct model_filter *filter,
		const char *device, struct choice *c)
{
	enum breadth breadth = filter->pool ? ALL_POOLS : CLONES;
	size_t n = 0;

	choice_all(s, filter, device, c);
	if (c->kind != CHOICE_FOUND)
		return;
	for (; !n && breadth < BREADTHS; breadth++)
		n = collect(s, filter, breadth, c);
	if (n == 1)
		return;
	c->kind = n ? CHOICE_SEVERAL : CHOICE_NONE;
	/* Those that were passed over can be named, too. */
	collect(s, filter, ALL_POOLS, c);
	sort(c);
}

static void print_asked(FILE *to, const struct choice *c)
{
	if (c->device)
		fprintf(to, " -d \"%s\"", c->device);
	if (c->pool)
		fprintf(to, " -p \"%s\"", c->pool);
}

static void print_what(FILE *to, const struct choice *c)
{
	switch (c->kind) {
	case CHOICE_FOUND:
		break;
	case CHOICE_NO_DEVICE:
		fprintf(to, "no pool is of device \"%s\"", c->device);
		break;
	case CHOICE_NO_POOL:
		if (c->device)
			fprintf(to, "device \"%s\" has no pool \"%s\"", c->device, c->pool);
		else
			fprintf(to, "no pool is called \"%s\"", c->pool);
		break;
	case CHOICE_GONE:
		fputs("what was asked for went away while it was traced:", to);
		print_asked(to, c);
		break;
	case CHOICE_SEVERAL:
		fputs("one pool is held at a time, and several match", to);
		print_asked(to, c);
		break;
	case CHOICE_NONE:
		fputs("this host has no pool", to);
		break;
	}
}

/* As an argument that a shell takes for one word. */
static void print_argument(FILE *to, const char *option, const char *value)
{
	const char *quote = !value[0] || value[strcspn(value, " ()!")] ? "'" : "";
	char shown[MODEL_NAME];

	/* bash reads \xNN as the byte that it was. */
	if (strcmp(text_escape(value, shown, sizeof(shown)), value) != 0)
		fprintf(to, " %s $'%s'", option, shown);
	else
		fprintf(to, " %s %s%s%s", option, quote, value, quote);
}

void choice_print(FILE *to, const struct choice *c)
{
	size_t i;

	if (c->kind == CHOICE_FOUND)
		return;
	fputs("bioscope: ", to);
	print_what(to, c);
	fputs(c->n ? "; there is:\n" : "\n", to);
	for (i = 0; i < c->n && i < CHOICE_SHOWN; i++) {
		const struct choice_candidate *one = &c->candidates[i];

		fputc(' ', to);
		if (one->device)
			print_argument(to, "-d", one->device);
		if (one->pool)
			print_argument(to, "-p", one->pool);
		if (one->pool && one->pools > 1)
			fprintf(to, " (%zu pools%s)", one->pools,
				c->kind == CHOICE_SEVERAL ?
					" that have one name: none can be held" :
					"");
		fputc('\n', to);
	}
	if (c->n > CHOICE_SHOWN)
		fprintf(to, "  and %zu more: `bioscope list' has them\n", c->n - CHOICE_SHOWN);
}
