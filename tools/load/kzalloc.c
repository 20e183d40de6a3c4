// SPDX-License-Identifier: GPL-2.0
/*
 * The accounting of zeroed allocations: load and attach.
 */
#include "load/kzalloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kzalloc.skel.h"
#include "load/kzalloc_kernel.h"
#include "util/clock.h"
#include "util/msg.h"
#include "util/refusal.h"

/* What a kernel must have for a program. */
enum need {
	NOTHING,
	KVFREE_RCU,
	KFREE_RCU_NOLOCK,
	KFREE_NOLOCK,
};

/*
 * In the order of attaching: frees before allocations, so that what is seen to be allocated is seen
 * to be freed. The first one is attached before the modules are read that are there.
 */
static const struct {
	const char *name;
	enum need need;
} programs[KZALLOC_PROGS] = {
	{ "module_loaded", NOTHING },
	{ "module_gone", NOTHING },
	{ "kfree_0", NOTHING },
	{ "kfree_1", NOTHING },
	{ "kfree_2", NOTHING },
	{ "kfree_classic", NOTHING },
	{ "kfree_rcu_0", KVFREE_RCU },
	{ "kfree_rcu_1", KVFREE_RCU },
	{ "kfree_rcu_2", KVFREE_RCU },
	{ "kfree_rcu_classic", KVFREE_RCU },
	{ "kfree_rcu_nolock_0", KFREE_RCU_NOLOCK },
	{ "kfree_rcu_nolock_1", KFREE_RCU_NOLOCK },
	{ "kfree_rcu_nolock_2", KFREE_RCU_NOLOCK },
	{ "kfree_nolock_0", KFREE_NOLOCK },
	{ "kfree_nolock_1", KFREE_NOLOCK },
	{ "kfree_nolock_2", KFREE_NOLOCK },
	{ "kmalloc_0", NOTHING },
	{ "kmalloc_1", NOTHING },
	{ "kmalloc_2", NOTHING },
	{ "kmalloc_classic", NOTHING },
};

static bool has_need(enum need need, const struct kzalloc_kernel *k)
{
	switch (need) {
	case NOTHING:
		return true;
	case KVFREE_RCU:
		return k->kvfree_call_rcu;
	case KFREE_RCU_NOLOCK:
		return k->kfree_call_rcu_nolock;
	case KFREE_NOLOCK:
		return k->kfree_nolock;
	}
	return false;
}

static struct bpf_program *program(const struct kzalloc *k, size_t i)
{
	return bpf_object__find_program_by_name(k->skel->obj, programs[i].name);
}

static int configure(struct kzalloc *k, const char *module)
{
	struct kzalloc_kernel kernel;
	size_t i;
	int err = kzalloc_kernel_read(&kernel);

	if (err)
		return err;
	k->skel->rodata->nr_cpus = k->nr_cpus;
	k->skel->rodata->gfp_zero = kernel.gfp_zero;
	k->skel->rodata->kvfree_func = kernel.kvfree_func;
	if (module) {
		k->skel->rodata->only_module = true;
		strncpy(k->skel->rodata->module_name, module,
			sizeof(k->skel->rodata->module_name) - 1);
	}
	for (i = 0; i < KZALLOC_PROGS && !err; i++)
		err = bpf_program__set_autoload(program(k, i), has_need(programs[i].need, &kernel));
	return err   ?:
		       bpf_map__set_max_entries(k->skel->maps.counts,
						RECORD_KZALLOC_SITES * k->nr_cpus);
}

static int map_counts(struct kzalloc *k)
{
	size_t size = sizeof(*k->counts) * RECORD_KZALLOC_SITES * k->nr_cpus;
	const void *mem =
		mmap(NULL, size, PROT_READ, MAP_SHARED, bpf_map__fd(k->skel->maps.counts), 0);

	if (mem == MAP_FAILED) {
		int err = -errno;

		msg_error("cannot map the counters: %s", strerror(errno));
		return err;
	}
	k->counts = mem;
	return 0;
}

/* The modules that are there; one that has been loaded just now may be known already. */
static int fill_modules(struct kzalloc *k, const char *module)
{
	struct record_kzalloc_module *m = calloc(RECORD_KZALLOC_MODULES, sizeof(*m));
	int fd = bpf_map__fd(k->skel->maps.loaded), err;
	size_t i, n;

	if (!m)
		return -ENOMEM;
	err = kzalloc_kernel_modules(m, RECORD_KZALLOC_MODULES, &n);
	if (err)
		msg_error("cannot tell where modules are (/proc/modules): %s%s", strerror(-err),
			  err == -EPERM ? "; the kernel hides it, see kernel.kptr_restrict" : "");
	for (i = 0; i < n && !err; i++) {
		__u32 slot = __sync_fetch_and_add(&k->skel->bss->modules_used, 1);
		__u64 key = m[i].base;

		if (slot >= RECORD_KZALLOC_MODULES) {
			__sync_fetch_and_add(&k->skel->bss->lost[RECORD_KZALLOC_LOST_MODULES],
					     n - i);
			break;
		}
		if (bpf_map_update_elem(fd, &key, &slot, BPF_NOEXIST))
			continue;
		k->skel->bss->modules[slot] = m[i];
		if (module && !strcmp(m[i].name, module)) {
			k->skel->bss->ranges[0].base = m[i].base;
			k->skel->bss->ranges[0].size = m[i].size;
		}
	}
	free(m);
	return err;
}

static int attach_one(struct kzalloc *k, size_t i)
{
	struct bpf_program *prog = program(k, i);
	int err;

	if (!bpf_program__autoload(prog))
		return 0;
	k->links[i] = bpf_program__attach(prog);
	if (k->links[i])
		return 0;
	err = -errno;
	msg_error("cannot attach %s: %s", programs[i].name, refusal_text(err, NULL));
	return err;
}

static int attach(struct kzalloc *k, const char *module)
{
	int err = attach_one(k, 0);
	size_t i;

	err = err ?: fill_modules(k, module);
	for (i = 1; i < KZALLOC_PROGS && !err; i++)
		err = attach_one(k, i);
	return err;
}

int kzalloc_open(const char *module, struct kzalloc **out)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct kzalloc *k = calloc(1, sizeof(*k));

	*out = k;
	if (!k || cpus < 1)
		return k ? cpus : -ENOMEM;
	k->nr_cpus = (unsigned int)cpus;
	k->skel = kzalloc_bpf__open();
	if (!k->skel) {
		err = -errno;
		msg_error("cannot open the programs: %s", strerror(-err));
		return err;
	}
	err = configure(k, module);
	if (err)
		return err;
	err = kzalloc_bpf__load(k->skel);
	if (err) {
		msg_error("cannot load the programs: %s", refusal_text(err, NULL));
		return err;
	}
	err = map_counts(k);
	err = err ?: attach(k, module);
	k->start_ns = clock_ns(CLOCK_MONOTONIC);
	return err;
}

/* Two loads can meet; the kernel counts what it then skips, see trace_skipped(). */
static void count_skipped(struct kzalloc *k, size_t i)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (!bpf_obj_get_info_by_fd(bpf_program__fd(program(k, i)), &info, &len))
		k->skel->bss->lost[RECORD_KZALLOC_LOST_MODULES] += info.recursion_misses;
}

void kzalloc_stop(struct kzalloc *k)
{
	size_t i;

	for (i = KZALLOC_PROGS; i-- > 0;) {
		if (!k->links[i])
			continue;
		bpf_link__destroy(k->links[i]);
		k->links[i] = NULL;
		if (i < 2)
			count_skipped(k, i);
	}
}

void kzalloc_close(struct kzalloc *k)
{
	if (!k)
		return;
	kzalloc_stop(k);
	if (k->counts)
		munmap((void *)k->counts, sizeof(*k->counts) * RECORD_KZALLOC_SITES * k->nr_cpus);
	kzalloc_bpf__destroy(k->skel);
	free(k);
}
