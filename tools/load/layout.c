// SPDX-License-Identifier: GPL-2.0
/*
 * How what is in a map is laid out, by its BTF: as the declarations in C that libbpf makes of it, which are
 * compared as text.
 */
#include "load/layout.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "util/text_file.h"

static void print(void *to, const char *fmt, va_list ap)
{
	vfprintf(to, fmt, ap);
}

/* The declaration of @name, behind those of all types that it takes. */
static int declare(struct btf_dump *d, uint32_t type, const char *name)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, opts, .field_name = name);

	return btf_dump__dump_type(d, type) ?: btf_dump__emit_type_decl(d, type, &opts);
}

/* Those of the variables of a section, each with its place. */
static int declare_section(struct btf_dump *d, const struct btf *btf,
			   const struct btf_type *section, FILE *to)
{
	const struct btf_var_secinfo *at = btf_var_secinfos(section);
	int i, err = 0;

	for (i = 0; i < btf_vlen(section) && !err; i++) {
		const struct btf_type *var = btf__type_by_id(btf, at[i].type);

		err = var && btf_is_var(var) ?
			      declare(d, var->type, btf__name_by_offset(btf, var->name_off)) :
			      -EINVAL;
		fprintf(to, " at %u, %u\n", at[i].offset, at[i].size);
	}
	return err;
}

/* To be freed; NULL: it cannot be told. */
static char *text_of(const struct btf *btf, uint32_t type)
{
	const struct btf_type *t = btf__type_by_id(btf, type);
	struct text_file file = { 0 };
	FILE *to = t ? text_file_open(&file) : NULL;
	struct btf_dump *d = to ? btf_dump__new(btf, print, to, NULL) : NULL;
	int err = -ENOMEM;
	char *text;

	if (d)
		err = btf_is_datasec(t) ? declare_section(d, btf, t, to) : declare(d, type, "it");
	btf_dump__free(d);
	text = text_file_close(&file);
	if (!err)
		return text;
	free(text);
	return NULL;
}

bool layout_is_same(const struct btf *a, uint32_t type_a, const struct btf *b, uint32_t type_b)
{
	char *one, *other;
	bool same;

	if (!type_a || !type_b)
		return !type_a && !type_b;
	one = text_of(a, type_a);
	other = text_of(b, type_b);
	same = one && other && !strcmp(one, other);
	free(one);
	free(other);
	return same;
}
