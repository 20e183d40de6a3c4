// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that the targets of dm (drivers/md/dm-*.c, 6.1 to 7.3) and the personalities of md have.
 */
#include "load/members.h"

#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "load/kernel_btf.h"

#define PATH 64
#define LINE_SIZE 512
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
const struct member members_table[MEMBERS] = {
	{ "crypt", "dm_crypt", "crypt_config", "bs" },
	{ "crypt", "dm_crypt", "crypt_config", "page_pool" },
	{ "crypt", "dm_crypt", "crypt_config", "req_pool" },
	{ "crypt", "dm_crypt", "crypt_config", "tag_pool" },
	{ "cache", "dm_cache", "cache", "bs" },
	{ "cache", "dm_cache", "cache", "migration_pool" },
	{ "cache", "dm_cache", "cache", "copier->job_pool" },
	{ "cache", "dm_cache", "cache", "copier->io_client->pool" },
	{ "cache", "dm_cache", "cache", "copier->io_client->bios" },
	{ "clone", "dm_clone", "clone", "hydration_pool" },
	{ "clone", "dm_clone", "clone", "kcopyd_client->job_pool" },
	{ "clone", "dm_clone", "clone", "kcopyd_client->io_client->pool" },
	{ "clone", "dm_clone", "clone", "kcopyd_client->io_client->bios" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "io->pool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "io->bios" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "journal_io_mempool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "recheck_pool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "ahash_req_pool" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "recheck_bios" },
	{ "integrity", "dm_integrity", "dm_integrity_c", "recalc_bios" },
	{ "mirror", "dm_mirror", "mirror_set", "io_client->pool" },
	{ "mirror", "dm_mirror", "mirror_set", "io_client->bios" },
	{ "mirror", "dm_mirror", "mirror_set", "kcopyd_client->job_pool" },
	{ "mirror", "dm_mirror", "mirror_set", "kcopyd_client->io_client->pool" },
	{ "mirror", "dm_mirror", "mirror_set", "kcopyd_client->io_client->bios" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "pending_pool" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "kcopyd_client->job_pool" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "kcopyd_client->io_client->pool" },
	{ "snapshot", "dm_snapshot", "dm_snapshot", "kcopyd_client->io_client->bios" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->mapping_pool" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->copier->job_pool" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->copier->io_client->pool" },
	{ "thin-pool", "dm_thin_pool", "pool_c", "pool->copier->io_client->bios" },
	{ "verity", "dm_verity", "dm_verity", "io->pool" },
	{ "verity", "dm_verity", "dm_verity", "io->bios" },
	{ "verity", "dm_verity", "dm_verity", "recheck_pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "bio_set" },
	{ "writecache", "dm_writecache", "dm_writecache", "copy_pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_io->pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_io->bios" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_kcopyd->job_pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_kcopyd->io_client->pool" },
	{ "writecache", "dm_writecache", "dm_writecache", "dm_kcopyd->io_client->bios" },
	{ "zoned", "dm_zoned", "dmz_target", "bio_set" },
	{ "raid1", "raid1", "r1conf", "bio_split" },
	{ "raid1", "raid1", "r1conf", "r1bio_pool" },
	{ "raid10", "raid10", "r10conf", "bio_split" },
	{ "raid10", "raid10", "r10conf", "r10bio_pool" },
	{ "raid456", "raid456", "r5conf", "bio_split" },
	{ "raid456", "raid456", "r5conf", "ctx_pool" },
	{ "raid456", "raid456", "r5conf", "log->io_pool" },
	{ "raid456", "raid456", "r5conf", "log->meta_pool" },
	{ "raid456", "raid456", "r5conf", "log->bs" },
};
/* clang-format on */

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
};

/* Whether a line of modules.builtin, "kernel/drivers/md/dm-crypt.ko", is that module's. */
static bool names_module(const char *line, const char *module)
{
	const char *file = strrchr(line, '/');

	for (file = file ? file + 1 : line; *module; file++, module++)
		if (*file != *module && (*file != '-' || *module != '_'))
			return false;
	return !strncmp(file, ".ko", 3);
}

/* Where that cannot be read, all are taken for modules. */
static void find_builtin(struct members *m)
{
	char path[sizeof("/lib/modules//modules.builtin") + sizeof(((struct utsname *)0)->release)];
	struct utsname host;
	char line[LINE_SIZE];
	FILE *list;
	size_t i;

	if (uname(&host))
		return;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", host.release);
	list = fopen(path, "re");
	while (list && fgets(line, sizeof(line), list)) {
		m->builtin_dm |= names_module(line, "dm_mod");
		for (i = 0; i < MEMBERS; i++)
			m->builtin[i] |= names_module(line, members_table[i].module);
	}
	if (list)
		fclose(list);
}

void members_init(struct members *m)
{
	size_t i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < LEN(layout); i++)
		memset((char *)m + layout[i].at, -1, sizeof(int32_t));
	find_builtin(m);
}

/* Whether a module is loaded, or built in: then /sys/module has it only if it has parameters. */
static bool is_there(const char *module, bool builtin)
{
	char path[PATH];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return builtin || !access(path, F_OK);
}

/* The types of a module, which have numbers behind those of the kernel, or else among these. */
struct types {
	bool there; /* the module is */
	const struct btf *btf; /* NULL: there are none, or they cannot be read */
	struct btf *own; /* to be freed */
	__u32 first;
};

static void types_open(struct types *t, const char *module, bool builtin, struct btf *kernel)
{
	char path[PATH];

	*t = (struct types){ .there = is_there(module, builtin), .first = 1 };
	if (!t->there)
		return;
	t->btf = kernel;
	snprintf(path, sizeof(path), "/sys/kernel/btf/%s", module);
	/* It goes on with the kernel's own types, which those of a file (--btf) need not be. */
	if (kernel_btf_path() || access(path, R_OK))
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

/* A member of that name, which is @len bytes long; NULL: there is none. */
static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *type,
					    const char *name, size_t len)
{
	const char *one;
	__u16 i;

	for (i = 0; type && i < btf_vlen(type); i++) {
		one = btf__name_by_offset(btf, btf_members(type)[i].name_off);
		if (!strncmp(one, name, len) && !one[len])
			return &btf_members(type)[i];
	}
	return NULL;
}

/* In bytes; -1: there is no such member. */
static int32_t offset_of(const struct types *t, const char *name, const char *field)
{
	const struct btf_member *m =
		find_member(t->btf, find_struct(t, name), field, strlen(field));

	return m ? (int32_t)(m->offset / 8) : -1;
}

/* The type of a member or pointer, without its other names. */
static const struct btf_type *type_of(const struct btf *btf, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

/* What a path has come to. */
struct reached {
	const struct types *t; /* whose types these are */
	const struct btf_type *type;
};

static const char *name_of(const struct reached *r)
{
	return r->type ? btf__name_by_offset(r->t->btf, r->type->name_off) : "";
}

/* Goes on with what it points to; where a module only knows the name of that, dm knows more. */
static void follow(struct reached *r, const struct types *dm)
{
	r->type = r->type && btf_is_ptr(r->type) ? type_of(r->t->btf, r->type->type) : NULL;
	if (!r->type || !btf_is_fwd(r->type) || !dm->btf)
		return;
	r->type = find_struct(dm, name_of(r));
	r->t = dm;
}

/* One member further. Returns whether there is such a one. */
static bool step(struct reached *r, const char *field, size_t len, struct member_place *out)
{
	const struct btf_member *m = NULL;

	if (r->type && btf_is_struct(r->type))
		m = find_member(r->t->btf, r->type, field, len);
	if (!m || out->steps == MEMBER_STEPS)
		return false;
	out->at[out->steps++] = (int32_t)(m->offset / 8);
	r->type = type_of(r->t->btf, m->type);
	return true;
}

static void find_place(const struct types *t, const struct types *dm, const struct member *member,
		       struct member_place *out)
{
	struct reached r = { .t = t, .type = find_struct(t, member->type) };
	const char *field = member->path, *end;

	memset(out, 0, sizeof(*out));
	for (end = strstr(field, "->"); end; field = end + 2, end = strstr(field, "->")) {
		if (!step(&r, field, (size_t)(end - field), out))
			break;
		follow(&r, dm);
	}
	if (!end && step(&r, field, strlen(field), out)) {
		out->last_too = r.type && btf_is_ptr(r.type);
		if (out->last_too)
			follow(&r, dm);
		out->is_set = !strcmp(name_of(&r), "bio_set");
		/* struct mempool_s before 7.2 */
		if (out->is_set || !strncmp(name_of(&r), "mempool", strlen("mempool")))
			return;
	}
	out->steps = 0;
}

static void learn_layout(struct members *m, struct btf *kernel)
{
	const struct btf_type *target;
	struct types t;
	int32_t offset;
	size_t i;

	types_open(&t, "dm_mod", m->builtin_dm, kernel);
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

	if (!m->tried_dm && is_there("dm_mod", m->builtin_dm))
		return true;
	for (i = 0; i < MEMBERS; i++)
		if (!m->tried[i] && is_there(members_table[i].module, m->builtin[i]))
			return true;
	return false;
}

static void learn(struct members *m, struct btf *kernel)
{
	const char *module = "";
	struct types t = { 0 }, dm;
	size_t i;

	if (!m->tried_dm)
		learn_layout(m, kernel);
	types_open(&dm, "dm_mod", m->builtin_dm, kernel);
	for (i = 0; i < MEMBERS; i++) {
		if (m->tried[i])
			continue;
		if (strcmp(members_table[i].module, module)) {
			module = members_table[i].module;
			types_close(&t);
			types_open(&t, module, m->builtin[i], kernel);
		}
		m->tried[i] = t.there;
		find_place(&t, &dm, &members_table[i], &m->place[i]);
	}
	types_close(&t);
	types_close(&dm);
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

void members_label(uint32_t i, char *out, size_t size)
{
	const struct member *m = &members_table[i % MEMBERS];
	char *arrow;

	snprintf(out, size, "%s.%s", m->owner, m->path);
	while ((arrow = strstr(out, "->"))) {
		*arrow = '.';
		memmove(arrow + 1, arrow + 2, strlen(arrow + 2) + 1);
	}
}
