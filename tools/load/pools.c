// SPDX-License-Identifier: GPL-2.0
/*
 * Finding every pool of the host.
 */
#include "load/pools.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "discover.skel.h"
#include "load/core_btf.h"
#include "load/kernel_btf.h"
#include "load/ksyms.h"
#include "load/members.h"
#include "load/naming.h"
#include "load/owners.h"
#include "load/variables.h"
#include "load/walk.h"
#include "util/clock.h"
#include "util/msg.h"
#include "util/refusal.h"
#include "util/uevents.h"

struct pools {
	struct discover_bpf *skel;
	struct btf *btf; /* of the kernel image, until pools_release_btf() */
	struct core_btf types; /* of those, what the object needs that is loaded */
	struct record_pool *table; /* mmapped */
	uint64_t *lost; /* mmapped */
	struct ksyms_want superblock; /* of block devices */
	struct variables variables;
	bool torn; /* the walk did not come to its end */
	uint32_t bio_trace_completion; /* bit of bi_flags */
	bool causes; /* the programs that tell them are loaded */
	struct bpf_link *blocked, *parked;
	struct naming *names;
	int uevents; /* what tells that a disk has become another one; negative: nothing does */
	struct members members;
	uint32_t generations[RECORD_POOLS];
};

static int share_maps(const struct discover_bpf *skel, const struct pools_maps *shared)
{
	int err = bpf_map__reuse_fd(skel->maps.pools, shared->pools);

	err = err ?: bpf_map__reuse_fd(skel->maps.slots, shared->slots);
	err = err ?: bpf_map__reuse_fd(skel->maps.free_slots, shared->free_slots);
	return err ?: bpf_map__reuse_fd(skel->maps.lost, shared->lost);
}

const char *pools_types_path(const struct pools *p)
{
	return p->types.path;
}

int pools_fill_types(const struct pools *p, const struct bpf_object *object)
{
	return core_btf_fill(&p->types, p->btf, bpf_object__btf(object));
}

static struct discover_bpf *open_skel(const struct pools *p, const struct pools_maps *shared)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = pools_types_path(p));
	struct discover_bpf *skel = discover_bpf__open_opts(&opts);
	int err;

	if (!skel)
		return NULL;
	skel->rodata->ksym_blockdev_superblock = p->superblock.addr;
	skel->rodata->bio_trace_completion = p->bio_trace_completion;
	bpf_program__set_autoload(skel->progs.blocked_tasks, p->causes);
	bpf_program__set_autoload(skel->progs.parked_bios, p->causes);
	bpf_program__set_autoload(skel->progs.read_requests, p->causes);
	err = shared ? share_maps(skel, shared) : 0;
	err = err ?: pools_fill_types(p, skel->obj);
	err = err ?: discover_bpf__load(skel);
	if (!err)
		return skel;
	discover_bpf__destroy(skel);
	errno = -err;
	return NULL;
}

static void *map_array(const struct bpf_map *map)
{
	size_t size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	return mem == MAP_FAILED ? NULL : mem;
}

static int find_symbols(struct pools *p)
{
	int err;

	p->superblock.name = "blockdev_superblock";
	err = ksyms_by_name(&p->superblock, 1) ?: variables_find(&p->variables, p->btf);
	if (err)
		msg_error("cannot look up kernel addresses: %s; %s", strerror(-err),
			  err == -EPERM ? "run as root, with kernel.kptr_restrict at 0 or 1" :
					  "`bioscope doctor` says what is missing");
	return err;
}

static int load_btf(struct pools *p)
{
	int err = kernel_btf_load(&p->btf);

	if (err)
		return err;
	err = core_btf_open(&p->types);
	if (err) {
		msg_error("cannot make a file in memory: %s", strerror(-err));
		return err;
	}
	/* The last bit there is, which no kernel sets, if it is not known: bios look unsubmitted. */
	if (!kernel_btf_enumerator(p->btf, "BIO_TRACE_COMPLETION", &p->bio_trace_completion))
		p->bio_trace_completion = 31;
	return 0;
}

/* Slot 0 is none. */
static int offer_slots(struct pools *p)
{
	int fd = bpf_map__fd(p->skel->maps.free_slots), err = 0;
	uint32_t slot;

	for (slot = 1; slot < RECORD_POOLS && !err; slot++)
		err = bpf_map_update_elem(fd, NULL, &slot, BPF_ANY);
	return err;
}

static int start(struct pools *p, const struct pools_maps *shared)
{
	int err;

	err = load_btf(p) ?: find_symbols(p);
	if (err)
		return err;
	p->skel = open_skel(p, shared);
	/* A kernel that takes only the others is told so by pools_watch_causes(). */
	if (!p->skel && p->causes) {
		p->causes = false;
		p->skel = open_skel(p, shared);
	}
	if (!p->skel) {
		err = -errno;
		msg_error("cannot load the program that finds bio_sets: %s",
			  refusal_text(err, REFUSAL_DOCTOR));
		return err;
	}
	p->table = map_array(p->skel->maps.pools);
	p->lost = map_array(p->skel->maps.lost);
	err = p->table && p->lost ? 0 : -errno;
	/* Of shared maps they are offered already. */
	if (!err && !shared)
		err = offer_slots(p);
	if (err)
		msg_error("cannot set up the table of bio_sets: %s", strerror(-err));
	return err;
}

int pools_open(struct pools **out, bool causes, const struct pools_maps *shared)
{
	struct pools *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->causes = causes;
	p->uevents = uevents_open();
	p->types.fd = -1;
	members_init(&p->members);
	p->names = naming_open();
	err = p->names ? start(p, shared) : -ENOMEM;
	if (err) {
		pools_close(p);
		return err;
	}
	*out = p;
	return 0;
}

int pools_walk(struct pools *p)
{
	int err;

	members_refresh(&p->members, p->btf);
	err = owners_walk(p->skel, &p->members);

	p->torn = err == -EAGAIN;
	if (p->torn)
		err = 0;
	err = err ?: variables_walk(p->skel, &p->variables);
	if (err)
		msg_error("cannot walk the host's block devices: %s", strerror(-err));
	return err;
}

const char *pools_incomplete(const struct pools *p)
{
	if (!p->superblock.addr)
		return "the kernel does not tell where blockdev_superblock is (CONFIG_KALLSYMS_ALL), so "
		       "disks cannot be found";
	return p->torn ? "disks came and went so fast that no walk came to its end" : NULL;
}

void pools_release_btf(struct pools *p)
{
	btf__free(p->btf);
	p->btf = NULL;
	core_btf_close(&p->types);
}

void pools_close(struct pools *p)
{
	if (!p)
		return;
	pools_release_btf(p);
	bpf_link__destroy(p->blocked);
	bpf_link__destroy(p->parked);
	discover_bpf__destroy(p->skel);
	naming_close(p->names);
	if (p->uevents >= 0)
		close(p->uevents);
	free(p);
}

bool pools_has_function(const struct pools *p, const char *name)
{
	return btf__find_by_name_kind(p->btf, name, BTF_KIND_FUNC) > 0;
}

bool pools_has_tracepoint(const struct pools *p, const char *name)
{
	return kernel_btf_has_tracepoint(p->btf, name);
}

bool pools_enumerator(const struct pools *p, const char *name, uint32_t *value)
{
	return kernel_btf_enumerator(p->btf, name, value);
}

struct pools_maps pools_map_fds(const struct pools *p)
{
	return (struct pools_maps){ .pools = bpf_map__fd(p->skel->maps.pools),
				    .slots = bpf_map__fd(p->skel->maps.slots),
				    .free_slots = bpf_map__fd(p->skel->maps.free_slots),
				    .lost = bpf_map__fd(p->skel->maps.lost) };
}

const struct record_pool *pools_table(const struct pools *p)
{
	return p->table;
}

const uint64_t *pools_lost(const struct pools *p)
{
	return p->lost;
}

void pools_lose(struct pools *p, unsigned int what)
{
	__atomic_fetch_add(&p->lost[what], 1, __ATOMIC_RELAXED);
}

int pools_refresh(struct pools *p)
{
	int err = 0;

	p->skel->bss->levels_next = 0;
	while (!err && p->skel->bss->levels_next < RECORD_POOLS)
		err = walk_run(p->skel->progs.read_levels);
	return err;
}

int pools_read_memory(struct pools *p, uint64_t from, void *to, size_t size)
{
	return walk_memory(p->skel, from, to, size);
}

int pools_read_reserve(struct pools *p, uint32_t slot, const uint64_t **elements)
{
	int err;

	p->skel->bss->reserve_slot = slot;
	err = walk_run(p->skel->progs.read_reserve);
	*elements = (const uint64_t *)p->skel->bss->reserve_elements;
	return err ?: (int)p->skel->bss->reserve_n;
}

int pools_watch_causes(struct pools *p)
{
	if (!p->causes)
		return -EOPNOTSUPP;
	p->blocked = bpf_program__attach_iter(p->skel->progs.blocked_tasks, NULL);
	if (p->blocked)
		p->parked = bpf_program__attach_iter(p->skel->progs.parked_bios, NULL);
	p->causes = p->parked;
	return p->causes ? 0 : -errno;
}

static ssize_t read_tasks(const struct pools *p, struct bpf_link *link, size_t size, void **out)
{
	return p->causes ? walk_tasks(link, size, out) : -EOPNOTSUPP;
}

ssize_t pools_read_blocked(struct pools *p, struct record_blocked **out)
{
	return read_tasks(p, p->blocked, sizeof(**out), (void **)out);
}

ssize_t pools_read_parked(struct pools *p, struct record_parked **out)
{
	return read_tasks(p, p->parked, sizeof(**out), (void **)out);
}

ssize_t pools_read_requests(struct pools *p, uint32_t slot, struct record_request **out)
{
	return p->causes ? walk_requests(p->skel, p->table[slot].bs, out) : -EOPNOTSUPP;
}

int pools_read_queue(struct pools *p, uint32_t slot, struct record_sleeper *out, size_t most)
{
	return walk_queue(p->skel, slot, out, most);
}

int pools_read_elements(struct pools *p, struct record_element *e, size_t n)
{
	size_t part;
	int err;

	for (; n; n -= part, e += part) {
		part = n < RECORD_ELEMENTS ? n : RECORD_ELEMENTS;
		memset(p->skel->bss->elements, 0, sizeof(p->skel->bss->elements));
		memcpy(p->skel->bss->elements, e, part * sizeof(*e));
		err = walk_run(p->skel->progs.read_bios);
		if (err)
			return err;
		memcpy(e, p->skel->bss->elements, part * sizeof(*e));
	}
	return 0;
}

static void walk_again(void *arg)
{
	struct pools *p = arg;

	members_refresh(&p->members, p->btf);
	owners_walk(p->skel, &p->members);
	variables_walk(p->skel, &p->variables);
}

void pools_name_all(struct pools *p, int stacks_fd)
{
	if (uevents_of_block(p->uevents))
		naming_expect(p->names);
	naming_update(p->names, p->table, stacks_fd, clock_ns(CLOCK_MONOTONIC), walk_again, p);
}

uint32_t pools_used(const struct pools *p)
{
	uint32_t slot, n = 0;

	for (slot = 0; slot < RECORD_POOLS; slot++)
		n += p->table[slot].mempool != 0;
	return n;
}

int pools_retire(struct pools *p, uint32_t slot)
{
	memset(&p->table[slot], 0, sizeof(p->table[slot]));
	naming_forget(p->names, slot);
	p->generations[slot]++;
	return bpf_map_update_elem(bpf_map__fd(p->skel->maps.free_slots), NULL, &slot, BPF_ANY);
}

uint32_t pools_generation(const struct pools *p, uint32_t slot)
{
	return p->generations[slot];
}

const struct pools_name *pools_name_of(const struct pools *p, uint32_t slot)
{
	return naming_of(p->names, slot);
}
