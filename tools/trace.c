// SPDX-License-Identifier: GPL-2.0
/*
 * The tracer: load, attach, map.
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kernel_btf.h"
#include "ksyms.h"
#include "msg.h"
#include "preemption.h"
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
	t->nr_lanes = lanes_for(t->nr_cpus);
	c->nr_lanes = t->nr_lanes;
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
	unsigned int rows = RECORD_POOLS * t->nr_rows;
	int err;

	err = ksyms_by_name(want, 2);
	if (err)
		return err;
	t->skel->rodata->nr_cpus = t->nr_cpus;
	t->skel->rodata->nr_rows = t->nr_rows;
	t->skel->rodata->has_copies = t->has_copies;
	t->skel->rodata->cache_in_slab = trace_cache_in_slab(t);
	t->skel->rodata->want_alloc_hist = t->want & TRACE_TIMES;
	t->skel->rodata->want_events = events;
	t->skel->rodata->ksym_bio_alloc_rescue = want[0].addr;
	err = read_cpu_offsets(t, want[1].addr);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.counts, rows);
	if (!err && events)
		err = bpf_map__set_max_entries(t->skel->maps.events, RECORD_EVENT_BYTES);
	if (!err && (t->want & TRACE_TIMES))
		err = bpf_map__set_max_entries(t->skel->maps.alloc_hists, rows);
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
	return probe_table[i].required ? -errno : 0;
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
	t->counts = map_array(t->skel->maps.counts);
	t->hists = map_array(t->skel->maps.hists);
	if (t->want & TRACE_TIMES)
		t->alloc_hists = map_array(t->skel->maps.alloc_hists);
	if (t->want & TRACE_FOLLOW) {
		t->lifetimes = map_array(t->skel->maps.lifetimes);
		t->disk_times = map_array(t->skel->maps.disk_times);
		t->disks = t->skel->bss->disks;
	}
	t->waiters_fd = bpf_map__fd(t->skel->maps.waiters);
	t->holders_fd = bpf_map__fd(t->skel->maps.holders);
	t->stacks_fd = bpf_map__fd(t->skel->maps.stacks);
	t->events_fd = bpf_map__fd(t->skel->maps.events);
	if (t->counts && t->hists && (t->alloc_hists || !(t->want & TRACE_TIMES)) &&
	    ((t->lifetimes && t->disk_times) || !(t->want & TRACE_FOLLOW)))
		return 0;
	msg_error("cannot map the counters: %s", strerror(errno));
	return -errno;
}

bool trace_cache_in_slab(const struct trace *t)
{
	return !t->by_kprobe && (t->want & (TRACE_TIMES | TRACE_LEAN)) == TRACE_LEAN;
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
	t->has_copies = !t->by_kprobe && !(want & TRACE_LEAN) && preemption_in_programs();
	t->nr_rows = t->nr_cpus * (t->has_copies ? 2 : 1);
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
	err = err ?: attach(t);
	t->skel->bss->both_attached = !err;
	return err;
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

static bool has_copy(const struct trace *t, size_t i)
{
	size_t j;

	for (j = 0; j < PROBES; j++)
		if (probe_table[j].copy_of && !strcmp(probe_table[j].copy_of, probe_table[i].prog))
			return t->probes[j].state == PROBE_ATTACHED;
	return false;
}

uint64_t trace_skipped(const struct trace *t)
{
	uint64_t skipped = 0, exits = 0;
	struct trace_cost c;
	size_t i;

	for (i = 0; i < PROBES; i++) {
		if (probe_table[i].copy_of || trace_cost(t, i, &c))
			continue;
		if (!has_copy(t, i))
			skipped += c.skipped;
		else if (i == probe_index("alloc_exit"))
			exits = c.skipped;
	}
	if (exits > t->skel->bss->counted_by_copy)
		skipped += exits - t->skel->bss->counted_by_copy;
	return skipped;
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
