// SPDX-License-Identifier: GPL-2.0
/*
 * Of the kernel's types, those that a BPF object asks for.
 */
#include "load/core_btf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>

#define FIRST_TWO (1 << 16)

/* Names of types that are wanted, each cut off where its flavour begins. */
struct names {
	char **all; /* sorted */
	size_t n;
	bool first_two[FIRST_TWO]; /* whether one of them begins with these two characters */
};

struct copy {
	const struct btf *from;
	struct btf *to;
	uint32_t *ids; /* by id in from: that in to, 0: not there */
};

/* --- what is wanted --------------------------------------------------------------------------- */

static size_t first_two(const char *name)
{
	return (size_t)(unsigned char)name[0] << 8 | (unsigned char)name[1];
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "NAME___FLAVOUR" is for a type NAME (libbpf's bpf_core_essential_name_len()). */
static char *without_flavour(const char *name)
{
	const char *flavour = strstr(name, "___");

	return flavour && flavour != name ? strndup(name, (size_t)(flavour - name)) : strdup(name);
}

static void free_names(struct names *names)
{
	while (names->n)
		free(names->all[--names->n]);
	free(names->all);
	free(names);
}

static struct names *names_of(const struct btf *object)
{
	struct names *names = calloc(1, sizeof(*names));
	uint32_t id, count = btf__type_cnt(object);

	if (names)
		names->all = calloc(count, sizeof(*names->all));
	if (!names || !names->all) {
		free(names);
		return NULL;
	}
	for (id = 1; id < count; id++) {
		const char *name =
			btf__name_by_offset(object, btf__type_by_id(object, id)->name_off);

		if (!name || !*name)
			continue;
		names->all[names->n] = without_flavour(name);
		if (!names->all[names->n]) {
			free_names(names);
			return NULL;
		}
		names->first_two[first_two(names->all[names->n++])] = true;
	}
	qsort(names->all, names->n, sizeof(*names->all), compare);
	return names;
}

/* A kernel may itself have types of several flavours. */
static bool is_wanted(const struct names *names, const char *name)
{
	char *essential;
	bool found;

	if (!*name || !names->first_two[first_two(name)])
		return false;
	essential = without_flavour(name);
	found = !essential ||
		bsearch(&essential, names->all, names->n, sizeof(*names->all), compare);
	free(essential);
	return found;
}

/* --- copying ---------------------------------------------------------------------------------- */

static struct btf_type *type_in(const struct btf *btf, uint32_t id)
{
	return (struct btf_type *)btf__type_by_id(btf, id);
}

/* Where the number of the @i-th type is that a type consists of; NULL: it has not so many. */
static uint32_t *part_of(struct btf_type *t, uint32_t i)
{
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return i < btf_vlen(t) ? &btf_members(t)[i].type : NULL;
	case BTF_KIND_ARRAY:
		return i < 2 ? i ? &btf_array(t)->index_type : &btf_array(t)->type : NULL;
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return i < 1 ? &t->type : NULL;
	default:
		return NULL;
	}
}

/*
 * Returns its number in the copy, or -errno. What it consists of has those of the kernel yet. Of a
 * function nothing can be read.
 */
static int copy_type(struct copy *c, uint32_t id)
{
	const struct btf_type *from = type_in(c->from, id);
	int to;

	if (!id || btf_is_func_proto(from))
		return 0;
	if (c->ids[id])
		return (int)c->ids[id];
	to = btf__add_type(c->to, c->from, from);
	if (to < 0)
		return to;
	c->ids[id] = (uint32_t)to;
	if (btf_is_ptr(from))
		type_in(c->to, (uint32_t)to)->type = 0;
	return to;
}

/* Types move when one is added. */
static int copy_parts(struct copy *c, uint32_t id)
{
	const uint32_t *part;
	uint32_t i;
	int to;

	for (i = 0; (part = part_of(type_in(c->to, id), i)); i++) {
		to = copy_type(c, *part);
		if (to < 0)
			return to;
		*part_of(type_in(c->to, id), i) = (uint32_t)to;
	}
	return 0;
}

static bool can_be_asked_for(const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_TYPEDEF:
		return true;
	default:
		return false;
	}
}

static int copy_wanted(struct copy *c, const struct names *names)
{
	uint32_t id, count = btf__type_cnt(c->from);
	int to = 0;

	for (id = 1; id < count && to >= 0; id++) {
		const struct btf_type *t = type_in(c->from, id);

		if (can_be_asked_for(t) &&
		    is_wanted(names, btf__name_by_offset(c->from, t->name_off)))
			to = copy_type(c, id);
	}
	for (id = 1; id < btf__type_cnt(c->to) && to >= 0; id++)
		to = copy_parts(c, id);
	return to < 0 ? to : 0;
}

/* --- the file --------------------------------------------------------------------------------- */

int core_btf_open(struct core_btf *c)
{
	c->fd = memfd_create("kernel types", MFD_CLOEXEC);
	if (c->fd < 0)
		return -errno;
	snprintf(c->path, sizeof(c->path), "/proc/self/fd/%d", c->fd);
	return 0;
}

void core_btf_close(struct core_btf *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static int write_types(int fd, const struct btf *types)
{
	uint32_t size;
	const void *data = btf__raw_data(types, &size);

	if (!data)
		return -ENOMEM;
	if (ftruncate(fd, 0))
		return -errno;
	return pwrite(fd, data, size, 0) == (ssize_t)size ? 0 : -EIO;
}

int core_btf_fill(const struct core_btf *c, const struct btf *kernel, const struct btf *object)
{
	struct copy copy = { .from = kernel, .to = btf__new_empty() };
	struct names *names = names_of(object);
	int err = -ENOMEM;

	copy.ids = calloc(btf__type_cnt(kernel), sizeof(*copy.ids));
	if (copy.to && copy.ids && names)
		err = copy_wanted(&copy, names) ?: write_types(c->fd, copy.to);
	btf__free(copy.to);
	free(copy.ids);
	if (names)
		free_names(names);
	return err;
}
