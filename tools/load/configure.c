// SPDX-License-Identifier: GPL-2.0
/*
 * What the tracer's programs are told before they are loaded, and how large their maps are.
 */
#include "load/configure.h"

#include <stddef.h>

#include <bpf/libbpf.h>

#include "load/ksyms.h"
#include "record_rules.h"
#include "trace.skel.h"

/* The per-CPU offsets by which BPF finds per-CPU caches. */
static int read_cpu_offsets(struct trace *t, uint64_t table)
{
	unsigned int n = t->nr_cpus < RECORD_CPUS ? t->nr_cpus : RECORD_CPUS;

	t->knows_caches = table && n == t->nr_cpus;
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

/* What bpf/lifetime.bpf.c and bpf/layers.bpf.c have to know, and room for what they follow. */
static int configure_timing(struct trace *t)
{
	struct ksyms_want chain = { .name = "bio_chain_endio" };
	struct trace_bpf__rodata *c = t->skel->rodata;
	int err = ksyms_by_name(&chain, 1);

	if (err)
		return err;
	c->ksym_bio_chain_endio = chain.addr;
	/* Bits that are not known stay at the last there is. */
	pools_enumerator(t->pools, "BIO_CHAIN", (uint32_t *)&c->bit_chain);
	pools_enumerator(t->pools, "BIO_REFFED", (uint32_t *)&c->bit_reffed);
	pools_enumerator(t->pools, "BIO_TRACE_COMPLETION", (uint32_t *)&c->bit_traced);
	err = bpf_map__set_max_entries(t->skel->maps.flights, RECORD_BIO_SETS);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.lives, RECORD_BIO_SETS);
	return err ?: bpf_map__set_max_entries(t->skel->maps.disk_rows, RECORD_DISKS);
}

bool configure_follows(const struct trace *t)
{
	return (t->ask.want & TRACE_FOLLOW) && !t->by_kprobe;
}

static unsigned int rows_for(const struct trace *t)
{
	return RECORD_ROWS_RARE + (t->ask.want & TRACE_TIMES ? RECORD_ROWS_TIMES : 0) +
	       (configure_follows(t) ? RECORD_ROWS_FOLLOW : 0);
}

/*
 * Takes the rows of the cheap path out of .bss where they are of no use: they are its last. Not of
 * what is to be pinned: libbpf before 1.3 makes a section of another size without its BTF, by which
 * a pinned one is known.
 */
static int leave_near_out(struct trace *t)
{
	_Static_assert(offsetof(struct trace_bpf__bss, near_calls) +
				       sizeof(t->skel->bss->near_calls) ==
			       sizeof(struct trace_bpf__bss),
		       "what is behind would be taken out as well");
	if (bpf_program__autoload(t->skel->progs.alloc_count) || (t->ask.want & TRACE_FAILURES))
		return 0;
	return bpf_map__set_value_size(t->skel->maps.bss,
				       offsetof(struct trace_bpf__bss, near_calls) +
					       sizeof(t->skel->bss->near_calls[0]));
}

int configure_trace(struct trace *t)
{
	struct ksyms_want want[] = { { .name = "bio_alloc_rescue" },
				     { .name = "__per_cpu_offset" } };
	int err;

	err = ksyms_by_name(want, 2);
	if (err)
		return err;
	t->skel->rodata->nr_lanes = t->nr_lanes;
	t->skel->rodata->nr_rows = rows_for(t);
	t->skel->rodata->has_kretprobe = bpf_program__autoload(t->skel->progs.alloc_exit_kprobe);
	t->skel->rodata->want_cache = t->ask.want & TRACE_WAYS;
	t->skel->rodata->want_times = t->ask.want & TRACE_TIMES;
	t->skel->rodata->want_events = t->ask.events;
	t->skel->rodata->ksym_bio_alloc_rescue = want[0].addr;
	err = read_cpu_offsets(t, want[1].addr);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.calls, t->nr_cpus);
	err = err ?: bpf_map__set_max_entries(t->skel->maps.times, rows_for(t) + 1);
	if (!err && t->skel->rodata->has_kretprobe)
		err = bpf_map__set_max_entries(t->skel->maps.kprobe_calls, RECORD_WAITERS);
	if (!err && t->ask.events)
		err = bpf_map__set_max_entries(t->skel->maps.events, RECORD_EVENT_BYTES);
	if (!err && (t->ask.want & TRACE_STACKS))
		err = bpf_map__set_max_entries(t->skel->maps.stacks, RECORD_RULES_STACKS);
	if (!err && configure_follows(t))
		err = configure_timing(t);
	err = err ?: leave_near_out(t);
	return err ?: reuse_maps(t);
}
