// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots of the maps.
 */
#include "read/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>

#include "util/msg.h"

static void add_row(struct record_times *sum, const struct record_times *row)
{
	unsigned int i;

	for (i = 0; i < RECORD_HIST_BUCKETS; i++)
		sum->times[i] += row->times[i];
	if (row->max_ns > sum->max_ns)
		sum->max_ns = row->max_ns;
}

/* The lanes of what is timed, added up, to be freed; *@out is NULL if there are none. */
static int read_times(const struct trace *t, enum record_timed what, uint32_t index,
		      struct record_times **out)
{
	unsigned int lane;

	*out = NULL;
	for (lane = 0; lane < RECORD_LANES; lane++) {
		uint32_t row = t->rows[RECORD_TIMED(what, index, lane)];

		if (!row)
			continue;
		if (!*out)
			*out = calloc(1, sizeof(**out));
		if (!*out)
			return -ENOMEM;
		add_row(*out, &t->times[row]);
	}
	return 0;
}

static int read_pool(const struct pools *pools, const struct trace *t, uint32_t slot,
		     struct read_pool *out)
{
	unsigned int cpu, what;
	int err = 0;

	out->slot = slot;
	out->id = pools_table(pools)[slot];
	out->name = *pools_name_of(pools, slot);
	if (!t)
		return 0;
	out->counts = t->counts[slot];
	/* Calls last, so that there are no more ways than calls. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	for (cpu = 0; cpu < t->nr_cpus; cpu++) {
		if (t->ask.want & TRACE_WAYS)
			out->cached += t->calls[cpu].cached[slot];
		out->calls += t->calls[cpu].calls[slot];
		if (t->near_calls && cpu < RECORD_NEAR_CPUS)
			out->calls += t->near_calls[RECORD_NEAR(0, cpu, slot)] +
				      t->near_calls[RECORD_NEAR(1, cpu, slot)];
	}
	out->unseen = trace_unseen(t, slot);
	for (what = 0; what < RECORD_TIMED_POOL && !err; what++)
		err = read_times(t, what, slot, &out->times[what]);
	return err;
}

static int read_pools(const struct pools *pools, const struct trace *t, struct read_snapshot *out)
{
	const struct record_pool *table = pools_table(pools);
	uint32_t slot;
	size_t n = 0;
	int err = 0;

	for (slot = 0; slot < RECORD_POOLS; slot++)
		n += table[slot].mempool != 0;
	out->pools = calloc(n ? n : 1, sizeof(*out->pools));
	if (!out->pools)
		return -ENOMEM;
	for (slot = 0; slot < RECORD_POOLS && out->nr_pools < n && !err; slot++)
		if (table[slot].mempool)
			err = read_pool(pools, t, slot, &out->pools[out->nr_pools++]);
	return err;
}

static int read_disks(const struct trace *t, struct read_snapshot *out)
{
	uint32_t row;
	int err = 0;

	out->disks = calloc(RECORD_DISKS, sizeof(*out->disks));
	if (!out->disks)
		return -ENOMEM;
	for (row = 0; row < RECORD_DISKS && !err; row++) {
		struct read_disk *d = &out->disks[out->nr_disks];

		if (!t->disks[row].dev)
			continue;
		d->id = t->disks[row];
		err = read_times(t, RECORD_TIMED_DISK, row, &d->latency);
		out->nr_disks++;
	}
	return err;
}

/*
 * Copies a hash map: keys of @key_size bytes, values to where @at says. Entries come and go while
 * it is walked; a walk whose place was deleted starts over, so the number of steps is bounded.
 */
static int copy_map(int fd, size_t key_size, size_t most, void *(*room)(struct read_snapshot *s),
		    void (*taken)(struct read_snapshot *s, const void *key),
		    struct read_snapshot *out)
{
	uint64_t key = 0, prev = 0;
	bool first = true;
	size_t steps;
	void *value;

	for (steps = 0; steps < 2 * most; steps++, first = false) {
		if (bpf_map_get_next_key(fd, first ? NULL : &prev, &key))
			break;
		memcpy(&prev, &key, key_size);
		value = room(out);
		if (!value)
			return -ENOMEM;
		if (!bpf_map_lookup_elem(fd, &key, value))
			taken(out, &key);
	}
	return 0;
}

/* The place for one more of @n members of @size bytes, zeroed; @array grows by doubling. */
static void *one_more(void **array, size_t n, size_t size)
{
	if ((n & (n - 1)) == 0) {
		void *grown = realloc(*array, (n ? 2 * n : 1) * size);

		if (!grown)
			return NULL;
		*array = grown;
	}
	memset((char *)*array + n * size, 0, size);
	return (char *)*array + n * size;
}

static void *waiter_room(struct read_snapshot *s)
{
	void *array = s->waiters;
	struct read_waiter *w = one_more(&array, s->nr_waiters, sizeof(*w));

	s->waiters = array;
	return w ? &w->rec : NULL;
}

static void waiter_taken(struct read_snapshot *s, const void *key)
{
	(void)key;
	s->nr_waiters++;
}

static void *holder_room(struct read_snapshot *s)
{
	void *array = s->holders;
	struct read_holder *h = one_more(&array, s->nr_holders, sizeof(*h));

	s->holders = array;
	return h ? &h->rec : NULL;
}

/* Keeps it if its pool is short, and was not full since. */
static void holder_taken(struct read_snapshot *s, const void *key)
{
	struct read_holder *h = &s->holders[s->nr_holders];
	size_t i;

	for (i = 0; i < s->nr_pools; i++) {
		const struct record_pool *id = &s->pools[i].id;

		if (s->pools[i].slot != h->rec.slot)
			continue;
		if ((id->flags & RECORD_POOL_GONE) || id->level >= id->reserve ||
		    h->rec.since_ns < id->full_ns)
			return;
		memcpy(&h->element.element, key, sizeof(h->element.element));
		h->element.slot = h->rec.slot;
		s->nr_holders++;
		return;
	}
}

/* Whether an element is in the reserve again. */
static bool is_back(struct pools *pools, const struct read_holder *h)
{
	const uint64_t *in;
	int i, n = pools_read_reserve(pools, h->rec.slot, &in);

	for (i = 0; i < n; i++)
		if (in[i] == h->element.element)
			return true;
	return false;
}

static int read_holders(struct pools *pools, const struct trace *t, struct read_snapshot *out)
{
	size_t i, n = 0;
	int err;

	for (i = 0; i < out->nr_pools; i++)
		n += out->pools[i].id.level < out->pools[i].id.reserve;
	if (!n)
		return 0;
	err = copy_map(t->holders_fd, sizeof(uint64_t), RECORD_HOLDERS, holder_room, holder_taken,
		       out);
	if (err)
		return err;
	for (i = 0, n = 0; i < out->nr_holders; i++)
		if (!is_back(pools, &out->holders[i]))
			out->holders[n++] = out->holders[i];
	out->nr_holders = n;
	for (i = 0; i < n && !err; i++)
		err = pools_read_elements(pools, &out->holders[i].element, 1);
	return err;
}

/* What the kernel has left out: whole allocations by one program, details of something by others. */
static void read_skipped(const struct trace *t, struct read_snapshot *out)
{
	size_t i;

	for (i = 0; i < PROBES; i++) {
		if (trace_counts(t, i))
			out->lost[RECORD_LOST_ALLOCATIONS] += trace_skipped(t, i);
		else
			out->skipped[i] = trace_skipped(t, i);
	}
}

int read_now(struct pools *pools, const struct trace *t, struct read_snapshot *out)
{
	struct timespec now;
	int err;

	memset(out, 0, sizeof(*out));
	err = pools_refresh(pools);
	pools_name_all(pools, t ? t->stacks_fd : -1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	out->time_ns = (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
	err = err ?: read_pools(pools, t, out);
	out->sees = t ? trace_sees(t) : 0;
	out->probes = t ? t->probes : NULL;
	if (!err && (out->sees & TRACE_SEES_DISKS))
		err = read_disks(t, out);
	if (!err && t)
		err = copy_map(t->waiters_fd, sizeof(uint32_t), RECORD_WAITERS, waiter_room,
			       waiter_taken, out);
	if (!err && t)
		err = read_holders(pools, t, out);
	memcpy(out->lost, pools_lost(pools), sizeof(out->lost));
	if (t)
		read_skipped(t, out);
	if (err) {
		msg_error("cannot read the tracer's maps: %s", strerror(-err));
		read_free(out);
	}
	return err;
}

void read_stack(const struct trace *t, int32_t id, struct read_stack *stack)
{
	uint64_t ip[RECORD_STACK_DEPTH] = { 0 };
	size_t n;

	stack->nr_frames = 0;
	if (id < 0 || bpf_map_lookup_elem(t->stacks_fd, &id, ip))
		return;
	for (n = 0; n < RECORD_STACK_DEPTH && ip[n]; n++)
		stack->frames[n].addr = ip[n];
	if (!ksyms_by_addr(stack->frames, n))
		stack->nr_frames = n;
}

void read_stacks(const struct trace *t, struct read_snapshot *s)
{
	size_t i;

	for (i = 0; i < s->nr_waiters; i++)
		read_stack(t, s->waiters[i].rec.stack, &s->waiters[i].stack);
	for (i = 0; i < s->nr_holders; i++)
		read_stack(t, s->holders[i].rec.stack, &s->holders[i].stack);
}

void read_free(struct read_snapshot *s)
{
	unsigned int what;
	size_t i;

	for (i = 0; i < s->nr_pools; i++)
		for (what = 0; what < RECORD_TIMED_POOL; what++)
			free(s->pools[i].times[what]);
	for (i = 0; i < s->nr_disks; i++)
		free(s->disks[i].latency);
	free(s->pools);
	free(s->waiters);
	free(s->holders);
	free(s->disks);
	memset(s, 0, sizeof(*s));
}
