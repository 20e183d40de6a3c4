// SPDX-License-Identifier: GPL-2.0
/*
 * The rule checker: load, attach, map.
 */
#include "load/rules.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "load/kernel_btf.h"
#include "load/pools.h"
#include "load/trace.h"
#include "rules.skel.h"
#include "util/clock.h"
#include "util/msg.h"
#include "util/refusal.h"

#define ALLOCATIONS "bios, and so nothing at all"
#define CALLS "mempools, and bios that a driver holds on no list"
#define MEMPOOLS "violations with mempools that are of no bio_set"
#define WAITS "waits for I/O with bios on current->bio_list"

enum need {
	OPTIONAL,
	IF_THERE, /* where the kernel has the function, others rely on it */
	REQUIRED,
};

/*
 * In the order of attaching: what ends something before what begins it, and a twin before the first
 * one, since of a function's programs those run first that were attached last.
 */
static const struct {
	const char *prog;
	const char *functions[2]; /* the first that the kernel has */
	const char *without; /* what is not seen without it */
	enum need need;
	bool calls; /* it takes that calls of ->submit_bio() are seen */
} rules_probes[RULES_PROBES] = {
	{ "rules_put_again", { "bio_put" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_put", { "bio_put" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_end",
	  { "bioset_exit" },
	  "bios that are out when their bio_set goes",
	  OPTIONAL,
	  false },
	{ "rules_submitted_again", { "submit_bio_noacct" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_submitted", { "submit_bio_noacct" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_plugged", { "blk_check_plugged" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_call_again", { "__submit_bio" }, CALLS, IF_THERE, false },
	{ "rules_call", { "__submit_bio" }, CALLS, IF_THERE, false },
	{ "rules_pool_put_again", { "mempool_free" }, MEMPOOLS, OPTIONAL, true },
	{ "rules_pool_put", { "mempool_free" }, MEMPOOLS, OPTIONAL, true },
	{ "rules_pool_get_again",
	  { "mempool_alloc_noprof", "mempool_alloc" },
	  MEMPOOLS,
	  OPTIONAL,
	  true },
	{ "rules_pool_get", { "mempool_alloc_noprof", "mempool_alloc" }, MEMPOOLS, OPTIONAL, true },
	{ "rules_pool_ask_again",
	  { "mempool_alloc_noprof", "mempool_alloc" },
	  MEMPOOLS,
	  OPTIONAL,
	  true },
	{ "rules_pool_ask", { "mempool_alloc_noprof", "mempool_alloc" }, MEMPOOLS, OPTIONAL, true },
	{ "rules_waited", { "wait_for_completion_io_timeout" }, WAITS, OPTIONAL, false },
	{ "rules_wait_timed", { "wait_for_completion_io_timeout" }, WAITS, OPTIONAL, false },
	{ "rules_wait", { "wait_for_completion_io" }, WAITS, OPTIONAL, false },
	{ "rules_get_again", { "bio_alloc_bioset" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_get", { "bio_alloc_bioset" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_ask_again", { "bio_alloc_bioset" }, ALLOCATIONS, REQUIRED, false },
	{ "rules_ask", { "bio_alloc_bioset" }, ALLOCATIONS, REQUIRED, false },
};

static struct bpf_program *program(const struct rules *r, size_t i)
{
	return bpf_object__find_program_by_name(r->skel->obj, rules_probes[i].prog);
}

/* The function to attach to; NULL: this kernel has none of them. */
static const char *function_of(const struct btf *btf, size_t i)
{
	size_t n;

	for (n = 0; n < 2 && rules_probes[i].functions[n]; n++)
		if (btf__find_by_name_kind(btf, rules_probes[i].functions[n], BTF_KIND_FUNC) > 0)
			return rules_probes[i].functions[n];
	return NULL;
}

static void note_unseen(size_t i, const char *why)
{
	msg_note("not seen: %s (%s: %s)", rules_probes[i].without, rules_probes[i].prog, why);
}

/* Finds what each is attached to, and leaves out what has nothing, or would not see enough. */
static int choose(struct rules *r, const struct btf *btf)
{
	const bool calls = btf__find_by_name_kind(btf, "__submit_bio", BTF_KIND_FUNC) > 0;
	const char *function;
	size_t i;
	int err = 0;

	r->skel->rodata->has_calls = calls;
	for (i = 0; i < RULES_PROBES && !err; i++) {
		function = rules_probes[i].calls && !calls ? NULL : function_of(btf, i);
		if (function) {
			err = bpf_program__set_attach_target(program(r, i), 0, function);
			if (err)
				msg_error("cannot attach %s to %s: %s", rules_probes[i].prog,
					  function, strerror(-err));
			continue;
		}
		if (rules_probes[i].need == REQUIRED) {
			msg_error("this kernel has no BTF of %s, without which nothing is seen",
				  rules_probes[i].functions[0]);
			return -EOPNOTSUPP;
		}
		note_unseen(i, "this kernel has no such function, or no BTF of it");
		err = bpf_program__set_autoload(program(r, i), false);
	}
	/* A bit that is not known stays the last there is, which nothing sets. */
	kernel_btf_enumerator(btf, "BIO_REFFED", (uint32_t *)&r->skel->rodata->bit_reffed);
	return err;
}

static int reuse_maps(struct rules *r, const struct trace *t)
{
	const struct pools_maps fds = pools_map_fds(t->pools);
	int err;

	err = bpf_map__reuse_fd(r->skel->maps.stacks, t->stacks_fd);
	err = err ?: bpf_map__reuse_fd(r->skel->maps.pools, fds.pools);
	err = err ?: bpf_map__reuse_fd(r->skel->maps.slots, fds.slots);
	err = err ?: bpf_map__reuse_fd(r->skel->maps.free_slots, fds.free_slots);
	return err ?: bpf_map__reuse_fd(r->skel->maps.lost, fds.lost);
}

static int load(struct rules *r, const struct trace *t)
{
	struct btf *btf = NULL;
	int err = kernel_btf_load(&btf);

	if (err)
		return err;
	err = choose(r, btf);
	btf__free(btf);
	if (err)
		return err;
	err = reuse_maps(r, t) ?: rules_bpf__load(r->skel);
	if (err)
		msg_error("cannot load the rule checker: %s", refusal_text(err, NULL));
	return err;
}

static int attach_one(struct rules *r, size_t i)
{
	int err;

	if (!bpf_program__autoload(program(r, i)))
		return 0;
	r->links[i] = bpf_program__attach(program(r, i));
	if (r->links[i])
		return 0;
	err = -errno;
	if (rules_probes[i].need == OPTIONAL) {
		note_unseen(i, strerror(-err));
		return 0;
	}
	msg_error("cannot attach %s to %s: %s", rules_probes[i].prog, rules_probes[i].functions[0],
		  refusal_text(err, NULL));
	return err;
}

static int map_violations(struct rules *r)
{
	const size_t size = sizeof(*r->violations) * RECORD_RULES_SEEN;
	const void *mem =
		mmap(NULL, size, PROT_READ, MAP_SHARED, bpf_map__fd(r->skel->maps.violations), 0);
	int err = mem == MAP_FAILED ? -errno : 0;

	if (err)
		msg_error("cannot map the violations: %s", strerror(-err));
	else
		r->violations = mem;
	return err;
}

int rules_open(const struct trace *t, struct rules *r)
{
	size_t i;
	int err;

	memset(r, 0, sizeof(*r));
	r->stacks_fd = t->stacks_fd;
	r->skel = rules_bpf__open();
	if (!r->skel) {
		err = -errno;
		msg_error("cannot open the rule checker: %s", strerror(-err));
		return err;
	}
	err = load(r, t) ?: map_violations(r);
	for (i = 0; i < RULES_PROBES && !err; i++)
		err = attach_one(r, i);
	r->start_ns = clock_ns(CLOCK_MONOTONIC);
	return err;
}

uint32_t rules_used(const struct rules *r)
{
	const uint32_t used = *(const volatile uint32_t *)&r->skel->bss->violations_used;

	return used < RECORD_RULES_SEEN ? used : RECORD_RULES_SEEN;
}

int rules_find_leaks(struct rules *r, uint64_t age_ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	r->skel->bss->old_ns = age_ns;
	err = bpf_prog_test_run_opts(bpf_program__fd(r->skel->progs.rules_old), &opts);
	return err < 0 ? err : 0;
}

/* Runs that the kernel has left out, because the program was preempted there, see trace_skipped(). */
static uint64_t left_out(const struct bpf_program *prog)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len) ? 0 :
									    info.recursion_misses;
}

/* How often neither of two was there, one of which is enough. */
static uint64_t none_did(const struct rules *r, const struct bpf_program *first,
			 enum record_rules_twins what)
{
	const uint64_t all = r->skel->bss->first_ran[what] + left_out(first),
		       did = r->skel->bss->one_did[what];

	return all > did ? all - did : 0;
}

void rules_lost(const struct rules *r, uint64_t lost[RECORD_RULES_LOSTS])
{
	size_t i;

	for (i = 0; i < RECORD_RULES_LOSTS; i++)
		lost[i] = r->skel->bss->rules_lost[i];
	lost[RECORD_RULES_LOST_BIOS] += none_did(r, r->skel->progs.rules_ask, RECORD_RULES_ASK) +
					none_did(r, r->skel->progs.rules_get, RECORD_RULES_GET);
	lost[RECORD_RULES_LOST_FREES] += none_did(r, r->skel->progs.rules_put, RECORD_RULES_PUT);
}

void rules_stop(struct rules *r)
{
	size_t i;

	for (i = RULES_PROBES; i-- > 0;) {
		if (r->links[i])
			bpf_link__destroy(r->links[i]);
		r->links[i] = NULL;
	}
}

void rules_close(struct rules *r)
{
	rules_stop(r);
	if (r->violations)
		munmap((void *)r->violations, sizeof(*r->violations) * RECORD_RULES_SEEN);
	rules_bpf__destroy(r->skel);
}
