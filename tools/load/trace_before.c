// SPDX-License-Identifier: GPL-2.0
/*
 * Who waited before the tracer was there: from the wait queues of pools that have nothing left, into the maps
 * where programs note who waits, so that these go on with it.
 */
#include "load/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "trace.skel.h"
#include "util/clock.h"
#include "util/msg.h"

static struct record_wait_key key_of(const struct record_pool *pool, const struct record_sleeper *s)
{
	return (struct record_wait_key){ .mempool = pool->mempool, .tid = s->tid };
}

/* Who has gone to sleep again meanwhile is known, and stays what it is; more than there is room for are lost. */
static int add(struct trace *t, int fd, const void *key, const void *value)
{
	if (!bpf_map_update_elem(fd, key, value, BPF_NOEXIST))
		return 1;
	if (errno != EEXIST)
		pools_lose(t->pools, RECORD_LOST_WAITERS);
	return 0;
}

static void see(struct trace *t, uint32_t slot, const struct record_sleeper *s)
{
	const struct record_wait_key key = key_of(&pools_table(t->pools)[slot], s);
	struct record_waiter waiter = { .slot = slot, .tid = s->tid, .tgid = s->tgid };
	struct record_wait wait = { .slot = slot, .before = 1 };

	waiter.since_ns = waiter.stuck_ns = waiter.slept_ns = clock_ns(CLOCK_MONOTONIC);
	waiter.before = 1;
	waiter.stack = -1;
	memcpy(waiter.comm, s->comm, sizeof(waiter.comm));
	wait.since_ns = wait.stuck_ns = wait.slept_ns = waiter.since_ns;
	if (!add(t, t->waits_fd, &key, &wait))
		return;
	__atomic_fetch_add(&t->skel->bss->waits_open, 1, __ATOMIC_SEQ_CST);
	add(t, t->waiters_fd, &s->tid, &waiter);
}

static int by_tid(const void *a, const void *b)
{
	const struct record_sleeper *x = a, *y = b;

	return (x->tid > y->tid) - (x->tid < y->tid);
}

/* Who has left the queue before programs looked at it: no program will see the end of that. */
static void forget_gone(struct trace *t, uint32_t slot, const struct record_sleeper *seen, int n,
			struct record_sleeper *now, int nr_now)
{
	int i;

	qsort(now, (size_t)nr_now, sizeof(*now), by_tid);
	for (i = 0; i < n; i++) {
		const struct record_wait_key key = key_of(&pools_table(t->pools)[slot], &seen[i]);
		struct record_wait w;

		if (bsearch(&seen[i], now, (size_t)nr_now, sizeof(*now), by_tid) ||
		    bpf_map_lookup_elem(t->waits_fd, &key, &w) || !w.before || w.cycles)
			continue;
		bpf_map_delete_elem(t->waiters_fd, &seen[i].tid);
		if (!bpf_map_delete_elem(t->waits_fd, &key))
			__atomic_fetch_sub(&t->skel->bss->waits_open, 1, __ATOMIC_SEQ_CST);
	}
}

static int see_pool(struct trace *t, uint32_t slot, struct record_sleeper *seen,
		    struct record_sleeper *again)
{
	int n = pools_read_queue(t->pools, slot, seen, RECORD_WAITERS), i, nr_now;

	for (i = 0; i < n; i++)
		see(t, slot, &seen[i]);
	if (n <= 0)
		return n;
	/* Calls for what somebody waits for take the way on which the end of a wait is seen. */
	memset(t->skel->bss->cheap, 0, sizeof(t->skel->bss->cheap));
	nr_now = pools_read_queue(t->pools, slot, again, RECORD_WAITERS);
	if (nr_now >= 0)
		forget_gone(t, slot, seen, n, again, nr_now);
	return 0;
}

int trace_see_waiters(struct trace *t)
{
	struct record_sleeper *seen = calloc(2UL * RECORD_WAITERS, sizeof(*seen));
	const struct record_pool *table = pools_table(t->pools);
	int err = seen ? pools_refresh(t->pools) : -ENOMEM;
	uint32_t slot;

	for (slot = 0; slot < RECORD_POOLS && !err; slot++)
		if (table[slot].mempool && table[slot].bs && !table[slot].level)
			err = see_pool(t, slot, seen, seen + RECORD_WAITERS);
	free(seen);
	t->skel->data->opening = 0;
	if (err)
		msg_error("cannot look who waits: %s", strerror(-err));
	return err;
}
