// SPDX-License-Identifier: GPL-2.0
/*
 * From the kernel's disks to the pools that each of them, its driver, and what that drives have.
 */
#include "load/owners.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "discover.skel.h"
#include "load/ksyms.h"
#include "load/members.h"
#include "load/walk.h"

#define WALK_RUNS 4096 /* of 64 inodes each: an end to a list that never ends */
#define WALK_TORN 64 /* times that somebody left the list where the walk was */
#define TARGETS 1024 /* of a table that are looked at */
#define TARGET_NAME 16 /* bytes of a target's name that are compared */
#define STRANGER 4096 /* bytes of a driver's private data that are searched for bio_sets */
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static int add(struct discover_bpf *skel, const struct record_gendisk *owner, uint64_t address,
	       enum record_pool_kind kind, uint32_t offset, bool mempool)
{
	memcpy(&skel->bss->member_of, owner, sizeof(*owner));
	return walk_add(skel, address, kind, offset, mempool);
}

/*
 * Finds the bio_sets in the private data of a driver whose types are not known, because the kernel
 * has no BTF of modules or it is none of the table, by what a bio_set is made of.
 */
static int add_strangers(struct discover_bpf *skel, const struct record_gendisk *d)
{
	uint64_t words[STRANGER / 8] = { 0 };
	size_t slab = skel->bss->offset_bio_slab / 8, data = skel->bss->offset_pool_data / 8, i;
	int err = 0;

	/* What lies behind may not be there. */
	for (i = 0; i < sizeof(words) && !err; i += 512)
		err = walk_memory(skel, d->private_data + i, (char *)words + i, 512);
	for (i = 0, err = 0; i + slab < STRANGER / 8 && i + data < STRANGER / 8; i++) {
		if (!words[i + slab] || words[i + slab] != words[i + data])
			continue;
		err = add(skel, d, d->private_data + i * 8, RECORD_POOL_MEMBER, (uint32_t)i * 8,
			  false);
		if (err)
			break;
	}
	return err;
}

/* What is at an address, @size bytes; 0 if it cannot be read. */
static uint64_t value_at(struct discover_bpf *skel, uint64_t address, size_t size)
{
	uint64_t value = 0;

	return walk_memory(skel, address, &value, size) ? 0 : value;
}

/* A member of @size bytes; 0 if its place is not known, or cannot be read. */
static uint64_t member(struct discover_bpf *skel, uint64_t object, int32_t at, size_t size)
{
	return object && at >= 0 ? value_at(skel, object + (uint64_t)at, size) : 0;
}

/* The address of a pool; 0: it is not there. */
static uint64_t follow(struct discover_bpf *skel, const struct member_place *place, uint64_t from)
{
	uint32_t i;

	for (i = 0; i < place->steps && from; i++) {
		from += (uint64_t)(int64_t)place->at[i];
		if (i + 1 < place->steps || place->last_too)
			from = value_at(skel, from, sizeof(from));
	}
	return place->steps ? from : 0;
}

/* A snapshot that is merged is one still. */
static bool is_owner(const char *owner, const char *name)
{
	size_t len = strlen(owner);

	return !strncmp(owner, name, len) && (!name[len] || !strcmp(name + len, "-merge"));
}

/* Adds what is known of the private data of @owner: a target, a personality, or, "", a disk. */
static int add_members(struct discover_bpf *skel, const struct members *m,
		       const struct record_gendisk *d, const char *module, const char *owner,
		       uint64_t private_data)
{
	uint64_t address;
	uint32_t i;
	int err = 0;

	for (i = 0; i < MEMBERS && !err; i++) {
		if (!is_owner(members_table[i].owner, owner) ||
		    (module && strcmp(members_table[i].module, module)))
			continue;
		address = follow(skel, &m->place[i], private_data);
		if (address)
			err = add(skel, d, address, RECORD_POOL_TYPED, i, !m->place[i].is_set);
	}
	return err;
}

/* A table may be replaced meanwhile: what cannot be read, or is nothing of the kind, is left out. */
static int add_targets(struct discover_bpf *skel, const struct members *m,
		       const struct record_gendisk *d)
{
	const int32_t *at = m->layout;
	uint64_t table = member(skel, d->private_data, at[MEMBERS_DM_MAP], sizeof(table));
	uint64_t target = member(skel, table, at[MEMBERS_DM_TARGETS], sizeof(target)), type, name;
	uint64_t n = member(skel, table, at[MEMBERS_DM_NUM_TARGETS], sizeof(uint32_t)), i;
	char text[TARGET_NAME + 1] = "";
	int err = 0;

	for (i = 0; i < n && i < TARGETS && target && !err; i++, target += m->target_size) {
		type = member(skel, target, at[MEMBERS_DM_TYPE], sizeof(type));
		name = member(skel, type, at[MEMBERS_DM_NAME], sizeof(name));
		if (!name || walk_memory(skel, name, text, TARGET_NAME) || !text[0])
			continue;
		err = add_members(skel, m, d, NULL, text,
				  member(skel, target, at[MEMBERS_DM_PRIVATE], sizeof(uint64_t)));
	}
	return err;
}

/* The personality, which its level tells; one that takes over changes both. */
static int add_personality(struct discover_bpf *skel, const struct members *m,
			   const struct record_gendisk *d)
{
	int32_t conf_at = m->layout[MEMBERS_MD_PRIVATE], level_at = m->layout[MEMBERS_MD_LEVEL];
	uint64_t conf = member(skel, d->private_data, conf_at, sizeof(conf));
	int32_t level = (int32_t)member(skel, d->private_data, level_at, sizeof(level));
	const char *personality = level == 1  ? "raid1" :
				  level == 10 ? "raid10" :
				  level >= 4  ? "raid456" :
						NULL;

	if (!personality || conf != member(skel, d->private_data, conf_at, sizeof(conf)))
		return 0;
	return add_members(skel, m, d, NULL, personality, conf);
}

/*
 * The module that has the types of the driver, by what its operations are where it is built in, or
 * where those are of a module that several drivers share.
 */
static const char *driver_of(const struct record_gendisk *d)
{
	static const char *const drivers[][2] = {
		{ "dm_blk_dops", "dm_mod" },	   { "dm_rq_blk_dops", "dm_mod" },
		{ "bcache_cached_ops", "bcache" }, { "bcache_flash_ops", "bcache" },
		{ "md_fops", "md_mod" },	   { "nvme_bdev_ops", "nvme" },
	};
	struct ksyms_at at = { .addr = d->fops };
	size_t i;

	if (d->module[0] && strcmp(d->module, "nvme_core"))
		return d->module;
	if (ksyms_by_addr(&at, 1))
		return d->module;
	for (i = 0; i < LEN(drivers); i++)
		if (!strcmp(at.name, drivers[i][0]))
			return drivers[i][1];
	return d->module;
}

/* Whether a namespace is one of PCI: what other transports have is none of struct nvme_dev. */
static bool is_pci(struct discover_bpf *skel, const struct members *m,
		   const struct record_gendisk *d)
{
	const int32_t *at = m->layout;
	uint64_t ctrl = member(skel, d->private_data, at[MEMBERS_NVME_CTRL], sizeof(ctrl));
	uint64_t ops = member(skel, ctrl, at[MEMBERS_NVME_OPS], sizeof(ops));
	uint64_t name = member(skel, ops, at[MEMBERS_NVME_NAME], sizeof(name));
	char text[sizeof("pcie")];

	return name && !walk_memory(skel, name, text, sizeof(text)) &&
	       !memcmp(text, "pcie", sizeof(text));
}

/* Whether the types of a driver are known. */
static bool is_known(const struct members *m, const char *module)
{
	size_t i;

	for (i = 0; i < MEMBERS; i++)
		if (m->place[i].steps && !strcmp(members_table[i].module, module))
			return true;
	return false;
}

static int add_owned(struct discover_bpf *skel, const struct members *m,
		     const struct record_gendisk *d)
{
	const char *module = d->private_data ? driver_of(d) : "";
	int err;

	if (!d->private_data)
		return 0;
	/* Drivers of requests clone no bios. */
	if (!is_known(m, module))
		return d->takes_bios ? add_strangers(skel, d) : 0;
	if (!strcmp(module, "nvme") && !is_pci(skel, m, d))
		return 0;
	err = add_members(skel, m, d, module, "", d->private_data);
	if (!err && !strcmp(module, "dm_mod"))
		err = add_targets(skel, m, d);
	if (!err && !strcmp(module, "md_mod"))
		err = add_personality(skel, m, d);
	return err;
}

struct disks {
	size_t n, room;
	struct record_gendisk *all;
};

/* Adds what a run has told. */
static int take_disks(const struct discover_bpf *skel, struct disks *d)
{
	size_t more = skel->bss->nr_disks % (LEN(skel->bss->disks) + 1);
	size_t room = 2 * d->room + more;
	struct record_gendisk *all;

	if (!more)
		return 0;
	if (d->n + more > d->room) {
		all = realloc(d->all, room * sizeof(*all));
		if (!all)
			return -ENOMEM;
		d->room = room;
		d->all = all;
	}
	memcpy(d->all + d->n, skel->bss->disks, more * sizeof(*d->all));
	d->n += more;
	return 0;
}

/* All disks; at once, because the list is not locked: who leaves it while we stand there ends the walk. */
static int walk_disks(struct discover_bpf *skel, struct disks *d)
{
	unsigned int runs, torn = 0;
	int err = 0;

	skel->bss->walk_next = 0;
	skel->bss->walk_done = 0;
	for (runs = 0; runs < WALK_RUNS && torn < WALK_TORN; runs++) {
		err = walk_run(skel->progs.walk_disks) ?: take_disks(skel, d);
		if (err || skel->bss->walk_done)
			return err;
		if (!skel->bss->walk_torn)
			continue;
		/* From the start: what has a slot keeps it. */
		torn++;
		skel->bss->walk_next = 0;
		d->n = 0;
	}
	return -EAGAIN;
}

int owners_walk(struct discover_bpf *skel, const struct members *m)
{
	struct disks disks = { 0 };
	int err = walk_disks(skel, &disks), failed = 0;
	size_t i;

	/* Also of those that a walk which was torn has found. */
	for (i = 0; i < disks.n && !failed; i++)
		failed = add_owned(skel, m, &disks.all[i]);
	free(disks.all);
	return failed ?: err;
}
