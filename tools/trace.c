// SPDX-License-Identifier: GPL-2.0
/*
 * The tracer: load, attach, map.
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel_btf.h"
#include "ksyms.h"
#include "msg.h"
#include "targets.h"
#include "trace.skel.h"

/* The per-CPU offsets by which BPF finds per-CPU caches; without them it calls everything slab. */
static int read_cpu_offsets(struct trace *t, uint64_t table)
{
	unsigned int n = t->nr_cpus < RECORD_CPUS ? t->nr_cpus : RECORD_CPUS;

	if (!table)
		return 0;
	return pools_read_memory(t->pools, table, t->skel->bss->cpu_offset, n * sizeof(uint64_t));
}

static int reuse_maps(struct trace *t)
{
	const struct pools_maps fds = pools_map_fds(t->pools);
	int err;

	err = bpf_map__reuse_fd(t->skel->maps.pools, fds.pools);
	err = err ?: bpf_map__reuse_fd(t->skel->maps.slots, fds.slots);
	err = err ?: bpf_map__reuse_fd(t->skel->maps.free_slots, fds.free_slots);
	return err ?: bpf_map__reuse_fd(t->skel->maps.lost, fds.lost);
}

/* As many lanes as there are CPUs, as far as that is a power of two, and not too many. */
static unsigned int lanes_for(unsigned int cpus)
{
	unsigned int lanes = 1;

	while (2 * lanes <= cpus && 2 * lanes <= RECORD_LANES)
		lanes *= 2;
	return lanes;
}

/* What bpf/lifetime.bpf.c and bpf/layers.bpf.c have to know, and room for what they follow. */
static int configure_timing(struct trace *t)
{
	struct ksyms_want chain = { .name = "bio_chain_endio" };
	struct trace_bpf__rodata *c = t->skel->rodata;
	int err = ksyms_by_name(&chain, 1);

	if (err)
		return err;
	c->ksym_bio_chain_endio = chain.addr;
	/* Bits that are not known stay at the last there is, which no kernel sets. */
	pools_enumerator(t->pools, "BIO_CHAIN", (uint32_t *)&c->bit_chain);
	pools_enumerator(t->pools, "BIO_REFFED", (uint32_t *)&c->bit_reffed);
	pools_enumerator(t->pools, "BIO_TRACE_COMPLETION", (uint32_t *)&c->bit_traced);
	err = bpf_map__set_max_entries(t->skel->maps.flights, RECORD_BIOS);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.lives, RECORD_BIOS);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.disk_rows, RECORD_DISKS);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.lifetimes, RECORD_POOLS * t->nr_lanes);
	return err   ?:
		       bpf_map__set_max_entries(t->skel->maps.disk_times,
						RECORD_DISKS * t->nr_lanes);
}

static int configure(struct trace *t, uint32_t events)
{
	struct ksyms_want want[] = { { .name = "bio_alloc_rescue" },
				     { .name = "__per_cpu_offset" } };
	int err;

	err = ksyms_by_name(want, 2);
	if (err)
		return err;
	t->skel->rodata->nr_lanes = t->nr_lanes;
	t->skel->rodata->has_kretprobe = t->by_kprobe;
	t->skel->rodata->want_cache = t->want & TRACE_WAYS;
	t->skel->rodata->want_times = t->want & TRACE_TIMES;
	t->skel->rodata->want_events = events;
	t->skel->rodata->ksym_bio_alloc_rescue = want[0].addr;
	err = read_cpu_offsets(t, want[1].addr);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.calls, t->nr_cpus);
	if (!err && events)
		err = bpf_map__set_max_entries(t->skel->maps.events, RECORD_EVENT_BYTES);
	if (!err && (t->want & TRACE_TIMES))
		err = bpf_map__set_max_entries(t->skel->maps.allocations,
					       RECORD_POOLS * t->nr_lanes);
	if (!err && (t->want & TRACE_FOLLOW))
		err = configure_timing(t);
	return err ?: reuse_maps(t);
}

static struct bpf_link *attach_program(struct trace *t, size_t i)
{
	LIBBPF_OPTS(bpf_kprobe_opts, opts, .offset = t->probes[i].offset);

	if (probe_table[i].kprobe && probe_table[i].returned)
		return kretprobe_attach(targets_program(t, i), t->probes[i].symbol, &t->returns);
	if (bpf_program__type(targets_program(t, i)) == BPF_PROG_TYPE_KPROBE)
		return bpf_program__attach_kprobe_opts(targets_program(t, i), t->probes[i].symbol,
						       &opts);
	return bpf_program__attach(targets_program(t, i));
}

static int attach_one(struct trace *t, size_t i)
{
	if (t->probes[i].state == PROBE_MISSING || !bpf_program__autoload(targets_program(t, i)))
		return 0;
	t->links[i] = attach_program(t, i);
	if (t->links[i]) {
		t->probes[i].state = PROBE_ATTACHED;
		return 0;
	}
	t->probes[i].state = PROBE_FAILED;
	t->probes[i].err = errno;
	return probe_table[i].required || probe_table[i].counts ? -errno : 0;
}

/*
 * In the order of the table: what ends a thing before what begins it, so that nothing is begun that
 * is never ended.
 */
static int attach(struct trace *t)
{
	size_t i;
	int err;

	for (i = 0; i < PROBES; i++) {
		if (probe_table[i].late && t->failures_late)
			continue;
		err = attach_one(t, i);
		if (err) {
			msg_error(
				"cannot attach to %s(): %s; `bioscope doctor` says what this host "
				"supports",
				t->probes[i].symbol, strerror(-err));
			return err;
		}
	}
	return 0;
}

static const void *map_array(const struct bpf_map *map)
{
	size_t size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	const void *mem = mmap(NULL, size, PROT_READ, MAP_SHARED, bpf_map__fd(map), 0);

	return mem == MAP_FAILED ? NULL : mem;
}

static int map_all(struct trace *t)
{
	t->calls = map_array(t->skel->maps.calls);
	t->near_calls = t->skel->bss->near_calls;
	t->counts = map_array(t->skel->maps.counts);
	t->hists = map_array(t->skel->maps.hists);
	if (t->want & TRACE_TIMES)
		t->allocations = map_array(t->skel->maps.allocations);
	if (t->want & TRACE_FOLLOW) {
		t->lifetimes = map_array(t->skel->maps.lifetimes);
		t->disk_times = map_array(t->skel->maps.disk_times);
		t->disks = t->skel->bss->disks;
	}
	t->waits_fd = bpf_map__fd(t->skel->maps.waits);
	t->waiters_fd = bpf_map__fd(t->skel->maps.waiters);
	t->holders_fd = bpf_map__fd(t->skel->maps.holders);
	t->stacks_fd = bpf_map__fd(t->skel->maps.stacks);
	t->events_fd = bpf_map__fd(t->skel->maps.events);
	if (t->calls && t->counts && t->hists && (t->allocations || !(t->want & TRACE_TIMES)) &&
	    ((t->lifetimes && t->disk_times) || !(t->want & TRACE_FOLLOW)))
		return 0;
	msg_error("cannot map the counters: %s", strerror(errno));
	return -errno;
}

/* Whether BPF knows which calls may not sleep. That bit is in BTF since 6.10. */
static bool knows_hasty(const struct pools *pools)
{
	uint32_t bit = RECORD_GFP_DIRECT_RECLAIM_BIT;

	pools_enumerator(pools, "___GFP_DIRECT_RECLAIM_BIT", &bit);
	return bit == RECORD_GFP_DIRECT_RECLAIM_BIT;
}

int trace_open(struct pools *pools, unsigned int want, uint32_t events, struct trace *t)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = kernel_btf_path());
	int cpus = libbpf_num_possible_cpus(), err;

	memset(t, 0, sizeof(*t));
	t->pools = pools;
	t->returns.fd = -1;
	t->by_kprobe = !kernel_btf_is_own();
	/* To follow bios takes more than kprobes can tell. */
	t->want = t->by_kprobe ? want & ~(unsigned int)TRACE_FOLLOW : want;
	if (cpus < 1)
		return cpus;
	t->nr_cpus = (unsigned int)cpus;
	t->nr_lanes = lanes_for(t->nr_cpus);
	t->failures_late = !t->by_kprobe && knows_hasty(pools) &&
			   !(events & 1U << RECORD_EVENT_FAILED) &&
			   !(want & (TRACE_FAILURES | TRACE_WAYS | TRACE_TIMES));
	t->sees_failures = !t->failures_late;
	t->skel = trace_bpf__open_opts(&opts);
	if (!t->skel) {
		err = -errno;
		msg_error("cannot open the tracer's programs: %s", strerror(errno));
		return err;
	}
	err = targets_choose(t);
	if (err)
		return err;
	err = configure(t, events);
	err = err ?: trace_bpf__load(t->skel);
	if (err) {
		msg_error("cannot load the tracer's programs: %s; `bioscope doctor` says what this "
			  "host supports",
			  strerror(-err));
		return err;
	}
	err = map_all(t);
	return err ?: attach(t);
}

int trace_cost(const struct trace *t, size_t i, struct trace_cost *out)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (t->probes[i].state != PROBE_ATTACHED ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(targets_program(t, i)), &info, &len))
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

	for (cpu = 0; cpu < t->nr_cpus; cpu++)
		sum += t->calls[cpu].hasty[slot] +
		       (cpu < RECORD_NEAR_CPUS ? t->near_calls[RECORD_NEAR(1, cpu, slot)] : 0);
	return sum;
}

bool trace_may_fail(const struct trace *t)
{
	uint32_t slot;

	for (slot = 0; !t->sees_failures && slot < RECORD_POOLS; slot++)
		if (hasty_calls(t, slot))
			return true;
	return false;
}

int trace_attach_failures(struct trace *t)
{
	size_t i = probe_index("alloc_exit");

	attach_one(t, i);
	return t->links[i] ? 0 : -(t->probes[i].err ?: ENOENT);
}

/* What was called before it returned is not seen, and neither is what returns meanwhile. */
void trace_failures_attached(struct trace *t, int err)
{
	size_t i = probe_index("alloc_exit");
	uint32_t slot;

	t->sees_failures = true;
	t->probes[i].state = err ? PROBE_FAILED : PROBE_ATTACHED;
	t->probes[i].err = -err;
	for (slot = 0; slot < RECORD_POOLS; slot++)
		t->unseen[slot] = hasty_calls(t, slot);
}

uint64_t trace_unseen(const struct trace *t, uint32_t slot)
{
	bool seen = t->probes[probe_index("alloc_exit")].state == PROBE_ATTACHED;

	if (!t->failures_late)
		return 0;
	return seen ? t->unseen[slot] : hasty_calls(t, slot);
}

/* Deletes the wait if it is long over. */
static void forget(const struct trace *t, const struct record_wait_key *key, uint64_t now_ns)
{
	struct record_wait w;

	if (!bpf_map_lookup_elem(t->waits_fd, key, &w) && w.woken_ns &&
	    now_ns > w.woken_ns + RECORD_FORGET_NS && !bpf_map_delete_elem(t->waits_fd, key))
		__atomic_fetch_sub(&t->skel->bss->waits_open, 1, __ATOMIC_RELAXED);
}

void trace_forget(const struct trace *t)
{
	struct record_wait_key key, next;
	struct timespec now;
	bool more;
	unsigned int n;

	if (!t->skel->bss->waits_open)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	more = !bpf_map_get_next_key(t->waits_fd, NULL, &next);
	/* An entry that is deleted meanwhile starts it over. */
	for (n = 0; more && n < 2 * RECORD_WAITERS; n++) {
		key = next;
		more = !bpf_map_get_next_key(t->waits_fd, &key, &next);
		forget(t, &key, (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec);
	}
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

void trace_close(struct trace *t)
{
	size_t i;

	for (i = PROBES; i-- > 0;)
		bpf_link__destroy(t->links[i]);
	kretprobe_remove(&t->returns);
	trace_bpf__destroy(t->skel);
	t->skel = NULL;
}
