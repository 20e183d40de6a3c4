// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that the targets of dm (drivers/md/dm-*.c, 6.1 to 7.3) and the personalities of md have.
 */
#include "load/members.h"

#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "load/kernel_btf.h"

#define PATH 64
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

const struct member members_table[MEMBERS] = {
	{ "crypt", "crypt.bs", "dm_crypt", "crypt_config", "bs", MEMBER_BIO_SET },
	{ "crypt", "crypt.page_pool", "dm_crypt", "crypt_config", "page_pool", MEMBER_MEMPOOL },
	{ "crypt", "crypt.req_pool", "dm_crypt", "crypt_config", "req_pool", MEMBER_MEMPOOL },
	{ "crypt", "crypt.tag_pool", "dm_crypt", "crypt_config", "tag_pool", MEMBER_MEMPOOL },
	{ "cache", "cache.bs", "dm_cache", "cache", "bs", MEMBER_BIO_SET },
	{ "cache", "cache.migration_pool", "dm_cache", "cache", "migration_pool", MEMBER_MEMPOOL },
	{ "integrity", "integrity.io", "dm_integrity", "dm_integrity_c", "io", MEMBER_IO_CLIENT },
	{ "integrity", "integrity.journal_io_mempool", "dm_integrity", "dm_integrity_c",
	  "journal_io_mempool", MEMBER_MEMPOOL },
	{ "integrity", "integrity.recheck_bios", "dm_integrity", "dm_integrity_c", "recheck_bios",
	  MEMBER_BIO_SET },
	{ "integrity", "integrity.recalc_bios", "dm_integrity", "dm_integrity_c", "recalc_bios",
	  MEMBER_BIO_SET },
	{ "writecache", "writecache.bio_set", "dm_writecache", "dm_writecache", "bio_set",
	  MEMBER_BIO_SET },
	{ "writecache", "writecache.copy_pool", "dm_writecache", "dm_writecache", "copy_pool",
	  MEMBER_MEMPOOL },
	{ "writecache", "writecache.dm_io", "dm_writecache", "dm_writecache", "dm_io",
	  MEMBER_IO_CLIENT },
	{ "zoned", "zoned.bio_set", "dm_zoned", "dmz_target", "bio_set", MEMBER_BIO_SET },
	{ "mirror", "mirror.io_client", "dm_mirror", "mirror_set", "io_client", MEMBER_IO_CLIENT },
	{ "clone", "clone.hydration_pool", "dm_clone", "clone", "hydration_pool", MEMBER_MEMPOOL },
	{ "snapshot", "snapshot.pending_pool", "dm_snapshot", "dm_snapshot", "pending_pool",
	  MEMBER_MEMPOOL },
	{ "raid1", "raid1.bio_split", "raid1", "r1conf", "bio_split", MEMBER_BIO_SET },
	{ "raid10", "raid10.bio_split", "raid10", "r10conf", "bio_split", MEMBER_BIO_SET },
	{ "raid456", "raid456.bio_split", "raid456", "r5conf", "bio_split", MEMBER_BIO_SET },
};

/* How dm finds its targets. */
static const struct {
	const char *type, *field;
	size_t at; /* in struct members */
} layout[] = {
	{ "dm_table", "num_targets", offsetof(struct members, num_targets) },
	{ "dm_table", "targets", offsetof(struct members, targets) },
	{ "dm_target", "type", offsetof(struct members, type) },
	{ "dm_target", "private", offsetof(struct members, private_data) },
	{ "target_type", "name", offsetof(struct members, name) },
	{ "dm_io_client", "bios", offsetof(struct members, io_bios) },
};

void members_init(struct members *m)
{
	size_t i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < LEN(layout); i++)
		memset((char *)m + layout[i].at, -1, sizeof(int32_t));
	for (i = 0; i < MEMBERS; i++)
		m->at[i] = -1;
}

/* Whether a module is loaded, or built in. */
static bool is_there(const char *module)
{
	char path[PATH];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

/* The types of a module, which have numbers behind those of the kernel, or else among these. */
struct types {
	bool there; /* the module is */
	const struct btf *btf; /* NULL: there are none, or they cannot be read */
	struct btf *own; /* to be freed */
	__u32 first;
};

static void types_open(struct types *t, const char *module, struct btf *kernel)
{
	char path[PATH];

	*t = (struct types){ .there = is_there(module), .first = 1 };
	if (!t->there)
		return;
	t->btf = kernel;
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", module);
	if (access(path, R_OK))
		return;
	t->btf = t->own = btf__parse_split(path, kernel);
	t->first = btf__type_cnt(kernel);
}

static void types_close(struct types *t)
{
	btf__free(t->own);
	*t = (struct types){ 0 };
}

static const struct btf_type *find_struct(const struct types *t, const char *name)
{
	__u32 id, n = t->btf ? btf__type_cnt(t->btf) : 0;

	for (id = t->first; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(t->btf, id);

		if (btf_is_struct(type) &&
		    !strcmp(btf__name_by_offset(t->btf, type->name_off), name))
			return type;
	}
	return NULL;
}

/* In bytes; -1: there is no such member. */
static int32_t offset_of(const struct types *t, const char *name, const char *field)
{
	const struct btf_type *type = find_struct(t, name);
	__u16 i;

	for (i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(t->btf, btf_members(type)[i].name_off), field))
			return (int32_t)(btf_member_bit_offset(type, i) / 8);
	return -1;
}

static void learn_layout(struct members *m, struct btf *kernel)
{
	const struct btf_type *target;
	struct types t;
	int32_t offset;
	size_t i;

	types_open(&t, "dm_mod", kernel);
	target = find_struct(&t, "dm_target");
	for (i = 0; i < LEN(layout); i++) {
		offset = offset_of(&t, layout[i].type, layout[i].field);
		memcpy((char *)m + layout[i].at, &offset, sizeof(offset));
	}
	m->target_size = target ? target->size : 0;
	m->tried_dm = t.there;
	types_close(&t);
}

/* Whether a module was loaded of which nothing is known. */
static bool are_new(const struct members *m)
{
	size_t i;

	if (!m->tried_dm && is_there("dm_mod"))
		return true;
	for (i = 0; i < MEMBERS; i++)
		if (!m->tried[i] && is_there(members_table[i].module))
			return true;
	return false;
}

static void learn(struct members *m, struct btf *kernel)
{
	const char *module = "";
	struct types t = { 0 };
	size_t i;

	if (!m->tried_dm)
		learn_layout(m, kernel);
	for (i = 0; i < MEMBERS; i++) {
		if (m->tried[i])
			continue;
		if (strcmp(members_table[i].module, module)) {
			module = members_table[i].module;
			types_close(&t);
			types_open(&t, module, kernel);
		}
		m->tried[i] = t.there;
		m->at[i] = offset_of(&t, members_table[i].type, members_table[i].field);
	}
	types_close(&t);
}

void members_refresh(struct members *m, struct btf *kernel)
{
	struct btf *loaded = NULL;

	if (!are_new(m) || (!kernel && kernel_btf_load(&loaded)))
		return;
	learn(m, kernel ?: loaded);
	if (!loaded)
		return;
	btf__free(loaded);
	malloc_trim(0);
}
