// SPDX-License-Identifier: GPL-2.0
/*
 * Where drivers have their pools, by the types of their modules.
 */
#include "load/members.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "load/kernel_btf.h"

#define PATH 64
#define LINE_SIZE 512

/* How dm finds its targets, and md its personality. */
static const struct {
	const char *module, *type, *field;
} layout[MEMBERS_LAYOUT] = {
	[MEMBERS_DM_MAP] = { "dm_mod", "mapped_device", "map" },
	[MEMBERS_DM_NUM_TARGETS] = { "dm_mod", "dm_table", "num_targets" },
	[MEMBERS_DM_TARGETS] = { "dm_mod", "dm_table", "targets" },
	[MEMBERS_DM_TYPE] = { "dm_mod", "dm_target", "type" },
	[MEMBERS_DM_PRIVATE] = { "dm_mod", "dm_target", "private" },
	[MEMBERS_DM_NAME] = { "dm_mod", "target_type", "name" },
	[MEMBERS_MD_LEVEL] = { "md_mod", "mddev", "level" },
	[MEMBERS_MD_PRIVATE] = { "md_mod", "mddev", "private" },
	[MEMBERS_NVME_CTRL] = { "nvme", "nvme_ns", "ctrl" },
	[MEMBERS_NVME_OPS] = { "nvme", "nvme_ctrl", "ops" },
	[MEMBERS_NVME_NAME] = { "nvme", "nvme_ctrl_ops", "name" },
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
	while (list && fgets(line, sizeof(line), list))
		for (i = 0; i < m->nr_modules; i++)
			m->modules[i].builtin |= names_module(line, m->modules[i].name);
	if (list)
		fclose(list);
}

void members_init(struct members *m)
{
	size_t i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < MEMBERS_LAYOUT; i++)
		m->layout[i] = -1;
	for (i = 0; i < MEMBERS; i++) {
		if (i && !strcmp(members_table[i].module, members_table[i - 1].module))
			continue;
		m->modules[m->nr_modules++].name = members_table[i].module;
	}
	find_builtin(m);
}

/* Whether a module is loaded, or built in: then /sys/module has it only if it has parameters. */
static bool is_there(const struct members_module *module)
{
	char path[PATH];

	snprintf(path, sizeof(path), "/sys/module/%s", module->name);
	return module->builtin || !access(path, F_OK);
}

/* The types of a module, which have numbers behind those of the kernel, or else among these. */
struct types {
	const struct btf *btf; /* NULL: there are none, or they cannot be read */
	struct btf *own; /* to be freed */
	__u32 first;
};

static void types_open(struct types *t, const char *module, struct btf *kernel)
{
	char path[PATH];

	*t = (struct types){ .btf = kernel, .first = 1 };
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

static const struct btf_type *find_within(const struct types *t, __u32 id, __u32 end,
					  const char *name)
{
	for (; id < end; id++) {
		const struct btf_type *type = btf__type_by_id(t->btf, id);

		if (btf_is_struct(type) &&
		    !strcmp(btf__name_by_offset(t->btf, type->name_off), name))
			return type;
	}
	return NULL;
}

/* A module leaves out the types that the kernel image has, too. */
static const struct btf_type *find_struct(const struct types *t, const char *name)
{
	if (!t->btf)
		return NULL;
	return find_within(t, t->first, btf__type_cnt(t->btf), name) ?:
		       find_within(t, 1, t->first, name);
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

/* One member further; @base is where what it is of begins. Returns whether there is such a one. */
static bool step(struct reached *r, const char *field, size_t len, int32_t base,
		 struct member_place *out)
{
	const struct btf_member *m = NULL;

	if (r->type && btf_is_struct(r->type))
		m = find_member(r->t->btf, r->type, field, len);
	if (!m || out->steps == MEMBER_STEPS)
		return false;
	out->at[out->steps++] = base + (int32_t)(m->offset / 8);
	r->type = type_of(r->t->btf, m->type);
	return true;
}

/* "TYPE.FIELD.MEMBER": the field is where it has come to. */
static bool step_out(struct reached *r, const char *text, size_t len, struct member_place *out)
{
	char type[PATH], field[PATH], member[PATH];
	int32_t inner;

	if (len >= PATH || sscanf(text, "%63[^.].%63[^.].%63[^.-]", type, field, member) != 3)
		return false;
	inner = offset_of(r->t, type, field);
	r->type = find_struct(r->t, type);
	return inner >= 0 && step(r, member, strlen(member), -inner, out);
}

static bool step_on(struct reached *r, const char *text, size_t len, struct member_place *out)
{
	return text[0] == '^' ? step_out(r, text + 1, len - 1, out) : step(r, text, len, 0, out);
}

static void find_place(const struct types *t, const struct types *dm, const struct member *member,
		       struct member_place *out)
{
	struct reached r = { .t = t, .type = find_struct(t, member->type) };
	const char *field = member->path, *end;

	memset(out, 0, sizeof(*out));
	for (end = strstr(field, "->"); end; field = end + 2, end = strstr(field, "->")) {
		if (!step_on(&r, field, (size_t)(end - field), out))
			break;
		follow(&r, dm);
	}
	if (!end && step_on(&r, field, strlen(field), out)) {
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

/* What the types of a module say of the layout and of members. */
static void learn(struct members *m, const char *module, const struct types *t,
		  const struct types *dm)
{
	const struct btf_type *target = find_struct(t, "dm_target");
	size_t i;

	for (i = 0; i < MEMBERS_LAYOUT; i++)
		if (!strcmp(layout[i].module, module))
			m->layout[i] = offset_of(t, layout[i].type, layout[i].field);
	if (!strcmp(module, "dm_mod"))
		m->target_size = target ? target->size : 0;
	for (i = 0; i < MEMBERS; i++)
		if (!strcmp(members_table[i].module, module))
			find_place(t, dm, &members_table[i], &m->place[i]);
}

/* Whether a module was loaded of which nothing is known. */
static bool is_new(const struct members_module *module)
{
	return !module->tried && is_there(module);
}

static bool are_new(const struct members *m)
{
	size_t i;

	for (i = 0; i < m->nr_modules; i++)
		if (is_new(&m->modules[i]))
			return true;
	return false;
}

static void learn_all(struct members *m, struct btf *kernel)
{
	struct types t, dm;
	size_t i;

	types_open(&dm, "dm_mod", kernel);
	for (i = 0; i < m->nr_modules; i++) {
		if (!is_new(&m->modules[i]))
			continue;
		types_open(&t, m->modules[i].name, kernel);
		learn(m, m->modules[i].name, &t, &dm);
		m->modules[i].tried = true;
		types_close(&t);
	}
	types_close(&dm);
}

void members_refresh(struct members *m, struct btf *kernel)
{
	struct btf *loaded = NULL;

	if (!are_new(m) || (!kernel && kernel_btf_load(&loaded)))
		return;
	learn_all(m, kernel ?: loaded);
	if (!loaded)
		return;
	btf__free(loaded);
	malloc_trim(0);
}
