// SPDX-License-Identifier: GPL-2.0
/*
 * A tracer that runs: what it sees, what of it has become necessary, and what is over.
 */
#include "load/trace.h"

#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "load/pinned.h"
#include "load/targets.h"
#include "trace.skel.h"
#include "util/clock.h"

static bool is_attached(const struct trace *t, const char *prog)
{
	return t->probes[probe_index(prog)].state == PROBE_ATTACHED;
}

static bool is_one_attached(const struct trace *t, const char *const *progs)
{
	while (*progs && !is_attached(t, *progs))
		progs++;
	return *progs;
}

/* What each takes, one of these; and no more than that, because programs have what they need. */
static const struct {
	unsigned int sight;
	const char *progs[4];
} sights[] = {
	{ TRACE_SEES_CALLS, { "alloc_count", "alloc_enter", "alloc_enter_kprobe" } },
	{ TRACE_SEES_CACHE | TRACE_SEES_FAILURES | TRACE_SEES_FIRST_FAILURES | TRACE_SEES_TIMES,
	  { "alloc_exit", "alloc_exit_kprobe" } },
	{ TRACE_SEES_RESERVE, { "reserve_locked" } },
	{ TRACE_SEES_WAITS, { "wait_begin" } },
	{ TRACE_SEES_LIVES, { "life_begin" } },
	{ TRACE_SEES_DISKS, { "layer_queued" } },
	{ TRACE_SEES_PUNTS, { "punt_enter", "punt_enter_kprobe", "punt_locks" } },
	{ TRACE_SEES_RESCUES, { "rescue_start", "rescue_start_tp" } },
	{ TRACE_SEES_RUNS, { "rescue_end", "rescue_end_tp" } },
};

unsigned int trace_sees(const struct trace *t)
{
	unsigned int sees = 0;
	size_t i;

	for (i = 0; i < sizeof(sights) / sizeof(sights[0]); i++)
		if (is_one_attached(t, sights[i].progs))
			sees |= sights[i].sight;
	if (!(t->ask.want & TRACE_WAYS) || !t->knows_caches)
		sees &= ~TRACE_SEES_CACHE;
	if (!(t->ask.want & TRACE_TIMES))
		sees &= ~TRACE_SEES_TIMES;
	if (t->failures_late)
		sees &= ~TRACE_SEES_FIRST_FAILURES;
	if (!t->failures_settled)
		sees |= TRACE_SEES_FAILURES;
	if (!(sees & TRACE_SEES_RESCUES))
		sees &= ~TRACE_SEES_RUNS;
	else if (sees & TRACE_SEES_PUNTS)
		sees |= TRACE_SEES_WAKEUPS;
	return sees;
}

static int program_fd(const struct trace *t, size_t i)
{
	return t->pinned ? t->pinned->progs[i] : bpf_program__fd(targets_program(t, i));
}

int trace_cost(const struct trace *t, size_t i, struct trace_cost *out)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (t->probes[i].state != PROBE_ATTACHED ||
	    bpf_obj_get_info_by_fd(program_fd(t, i), &info, &len))
		return -ENOENT;
	out->runs = info.run_cnt;
	out->ns = info.run_time_ns;
	out->skipped = info.recursion_misses;
	return 0;
}

static uint64_t hasty_calls(const struct trace *t, uint32_t slot)
{
	uint64_t sum = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < t->nr_cpus; cpu++) {
		sum += t->calls[cpu].hasty[slot];
		if (t->near_calls && cpu < RECORD_NEAR_CPUS)
			sum += t->near_calls[RECORD_NEAR(1, cpu, slot)];
	}
	return sum;
}

bool trace_may_fail(const struct trace *t)
{
	uint32_t slot;

	for (slot = 0; !t->failures_settled && slot < RECORD_POOLS; slot++)
		if (pools_table(t->pools)[slot].mempool && hasty_calls(t, slot))
			return true;
	return false;
}

struct bpf_link *trace_attach_failures(const struct trace *t)
{
	return bpf_program__attach(targets_program(t, probe_index("alloc_exit")));
}

/* Whether one of the calls so far failed is not known, although some of the last were seen. */
void trace_failures_attached(struct trace *t, struct bpf_link *link, int err)
{
	size_t i = probe_index("alloc_exit");
	uint32_t slot;

	t->failures_settled = true;
	t->links[i] = link;
	t->probes[i].state = link ? PROBE_ATTACHED : PROBE_FAILED;
	t->probes[i].err = err;
	for (slot = 0; slot < RECORD_POOLS; slot++)
		t->unseen[slot] = hasty_calls(t, slot);
}

uint64_t trace_unseen(const struct trace *t, uint32_t slot)
{
	if (trace_sees(t) & TRACE_SEES_FIRST_FAILURES)
		return 0;
	return is_attached(t, "alloc_exit") ? t->unseen[slot] : hasty_calls(t, slot);
}

void trace_clear(struct trace *t, uint32_t slot)
{
	unsigned int cpu, what, lane;

	memset(&t->counts[slot], 0, sizeof(t->counts[slot]));
	for (cpu = 0; cpu < t->nr_cpus; cpu++) {
		t->calls[cpu].calls[slot] = 0;
		t->calls[cpu].hasty[slot] = 0;
		t->calls[cpu].cached[slot] = 0;
		if (!t->near_calls || cpu >= RECORD_NEAR_CPUS)
			continue;
		t->near_calls[RECORD_NEAR(0, cpu, slot)] = 0;
		t->near_calls[RECORD_NEAR(1, cpu, slot)] = 0;
	}
	for (what = 0; what < RECORD_TIMED_POOL; what++) {
		for (lane = 0; lane < RECORD_TIMED_LANES(what); lane++) {
			uint32_t row = t->rows[RECORD_TIMED(what, slot, lane)];

			if (row)
				memset(&t->times[row], 0, sizeof(t->times[row]));
		}
	}
	t->unseen[slot] = 0;
}

static bool is_long_over(uint64_t slept_ns, uint64_t woken_ns, uint64_t now_ns)
{
	/* Who sleeps does so anew every RECORD_SLEEP_NS, unless the program that sees it was left out. */
	return now_ns > (woken_ns > slept_ns ? woken_ns : slept_ns) + RECORD_FORGET_NS;
}

static void forget_wait(const struct trace *t, const void *key, uint64_t now_ns)
{
	struct record_wait w;

	if (!bpf_map_lookup_elem(t->waits_fd, key, &w) &&
	    is_long_over(w.slept_ns, w.woken_ns, now_ns) && !bpf_map_delete_elem(t->waits_fd, key))
		__atomic_fetch_sub(&t->skel->bss->waits_open, 1, __ATOMIC_RELAXED);
}

static void forget_waiter(const struct trace *t, const void *key, uint64_t now_ns)
{
	struct record_waiter w;

	if (!bpf_map_lookup_elem(t->waiters_fd, key, &w) &&
	    is_long_over(w.slept_ns, w.woken_ns, now_ns))
		bpf_map_delete_elem(t->waiters_fd, key);
}

/* Calls @forget for each key of a map. An entry that is deleted meanwhile starts it over. */
static void forget_in(const struct trace *t, int fd, size_t key_size, uint64_t now_ns,
		      void (*forget)(const struct trace *t, const void *key, uint64_t now_ns))
{
	struct record_wait_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);
	unsigned int n;

	for (n = 0; more && n < 2 * RECORD_WAITERS; n++) {
		memcpy(&key, &next, key_size);
		more = !bpf_map_get_next_key(fd, &key, &next);
		forget(t, &key, now_ns);
	}
}

/*
 * The kernel runs no kprobe where a task is preempted in bpf(2) on a map (bpf_disable_instrumentation()
 * in kernel/bpf/syscall.c), so that this is not done more often than it has to be.
 */
void trace_forget(struct trace *t)
{
	uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);

	if (now_ns < t->forget_ns)
		return;
	t->forget_ns = now_ns + RECORD_FORGET_NS / 4;
	if (t->skel->bss->waits_open)
		forget_in(t, t->waits_fd, sizeof(struct record_wait_key), now_ns, forget_wait);
	forget_in(t, t->waiters_fd, sizeof(uint32_t), now_ns, forget_waiter);
}

uint64_t trace_skipped(const struct trace *t, size_t i)
{
	struct trace_cost c;

	return trace_cost(t, i, &c) ? 0 : c.skipped;
}

bool trace_counts(const struct trace *t, size_t i)
{
	return probe_table[i].counts && t->probes[i].state == PROBE_ATTACHED;
}
