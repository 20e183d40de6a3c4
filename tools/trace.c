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
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "ksyms.h"
#include "msg.h"
#include "trace.skel.h"

/* Index of a probe's program in the skeleton by name; the table is tested against the object. */
static struct bpf_program *prog_of(const struct trace *t, const struct probe *probe)
{
	return bpf_object__find_program_by_name(t->skel->obj, probe->prog);
}

/* Picks the first of the probe's functions that this kernel has. */
static int choose_target(struct trace *t, size_t i, const struct btf *btf)
{
	const struct probe *probe = &probe_table[i];
	struct bpf_program *prog = prog_of(t, probe);
	size_t s;

	if (!prog)
		return -ENOENT;
	if (!probe->symbols[0])
		return 0;
	for (s = 0; s < 3 && probe->symbols[s]; s++) {
		if (btf__find_by_name_kind(btf, probe->symbols[s], BTF_KIND_FUNC) < 0)
			continue;
		t->probes[i].symbol = probe->symbols[s];
		return bpf_program__set_attach_target(prog, 0, probe->symbols[s]);
	}
	t->probes[i].state = PROBE_MISSING;
	t->probes[i].symbol = probe->symbols[0];
	return bpf_program__set_autoload(prog, false);
}

static int choose_targets(struct trace *t)
{
	struct btf *btf = btf__load_vmlinux_btf();
	size_t i;
	int err = 0;

	if (!btf) {
		msg_error("this kernel has no BTF (/sys/kernel/btf/vmlinux): %s; it needs "
			  "CONFIG_DEBUG_INFO_BTF",
			  strerror(errno));
		return -errno;
	}
	for (i = 0; i < PROBES && !err; i++) {
		err = choose_target(t, i, btf);
		if (!err && probe_table[i].required && t->probes[i].state == PROBE_MISSING) {
			msg_error("this kernel has no function %s(): without it nothing is seen of "
				  "%s",
				  t->probes[i].symbol, probe_table[i].without);
			err = -ENOENT;
		}
	}
	btf__free(btf);
	return err;
}

static bool is_missing(const struct trace *t, const char *prog)
{
	size_t i;

	for (i = 0; i < PROBES; i++)
		if (!strcmp(probe_table[i].prog, prog))
			return t->probes[i].state == PROBE_MISSING;
	return true;
}

static int configure(struct trace *t, bool alloc_hist)
{
	struct ksyms_want want[] = { { .name = "bio_alloc_rescue" },
				     { .name = "__per_cpu_offset" } };
	unsigned int rows = RECORD_POOLS * t->nr_cpus;
	int pools_fd, slots_fd, used_fd, lost_fd, err;

	err = ksyms_by_name(want, 2);
	if (err)
		return err;
	t->skel->rodata->nr_cpus = t->nr_cpus;
	t->skel->rodata->want_alloc_hist = alloc_hist;
	t->skel->rodata->has_punt_symbol = !is_missing(t, "punt_enter");
	t->skel->rodata->ksym_bio_alloc_rescue = want[0].addr;
	t->skel->rodata->ksym_per_cpu_offset = want[1].addr;
	err = bpf_map__set_max_entries(t->skel->maps.counts, rows);
	if (!err && alloc_hist)
		err = bpf_map__set_max_entries(t->skel->maps.alloc_hists, rows);
	pools_map_fds(t->pools, &pools_fd, &slots_fd, &used_fd, &lost_fd);
	err = err ?: bpf_map__reuse_fd(t->skel->maps.pools, pools_fd);
	err = err ?: bpf_map__reuse_fd(t->skel->maps.slots, slots_fd);
	err = err ?: bpf_map__reuse_fd(t->skel->maps.used, used_fd);
	return err ?: bpf_map__reuse_fd(t->skel->maps.lost, lost_fd);
}

static int attach_one(struct trace *t, size_t i)
{
	struct bpf_program *prog = prog_of(t, &probe_table[i]);

	if (t->probes[i].state == PROBE_MISSING)
		return 0;
	t->links[i] = bpf_program__attach(prog);
	if (t->links[i]) {
		t->probes[i].state = PROBE_ATTACHED;
		return 0;
	}
	t->probes[i].state = PROBE_FAILED;
	t->probes[i].err = errno;
	return probe_table[i].required ? -errno : 0;
}

/*
 * In the order of the table, exits before entries: a frame that an entry made before its exit was
 * attached would never be taken off again, while an exit without a frame is counted as an orphan.
 */
static int attach(struct trace *t)
{
	size_t i;
	int err;

	for (i = 0; i < PROBES; i++) {
		err = attach_one(t, i);
		if (err) {
			msg_error("cannot attach to %s(): %s; `bioscope doctor` says what this host "
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

static int map_all(struct trace *t, bool alloc_hist)
{
	t->counts = map_array(t->skel->maps.counts);
	t->hists = map_array(t->skel->maps.hists);
	if (alloc_hist)
		t->alloc_hists = map_array(t->skel->maps.alloc_hists);
	t->waiters_fd = bpf_map__fd(t->skel->maps.waiters);
	t->stacks_fd = bpf_map__fd(t->skel->maps.stacks);
	if (t->counts && t->hists && (t->alloc_hists || !alloc_hist))
		return 0;
	msg_error("cannot map the counters: %s", strerror(errno));
	return -errno;
}

int trace_open(struct pools *pools, bool alloc_hist, struct trace *t)
{
	int cpus = libbpf_num_possible_cpus(), err;

	memset(t, 0, sizeof(*t));
	t->pools = pools;
	if (cpus < 1)
		return cpus;
	t->nr_cpus = (unsigned int)cpus;
	t->skel = trace_bpf__open();
	if (!t->skel) {
		err = -errno;
		msg_error("cannot open the tracer's programs: %s", strerror(errno));
		return err;
	}
	err = choose_targets(t);
	if (err)
		return err;
	err = configure(t, alloc_hist);
	err = err ?: trace_bpf__load(t->skel);
	if (err) {
		msg_error("cannot load the tracer's programs: %s; `bioscope doctor` says what this "
			  "host supports",
			  strerror(-err));
		return err;
	}
	err = map_all(t, alloc_hist);
	return err ?: attach(t);
}

uint64_t trace_skipped(const struct trace *t)
{
	uint64_t skipped = 0;
	size_t i;

	for (i = 0; i < PROBES; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (t->probes[i].state == PROBE_ATTACHED &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog_of(t, &probe_table[i])), &info, &len))
			skipped += info.recursion_misses;
	}
	return skipped;
}

void trace_close(struct trace *t)
{
	size_t i;

	for (i = PROBES; i-- > 0;)
		bpf_link__destroy(t->links[i]);
	trace_bpf__destroy(t->skel);
	t->skel = NULL;
}
