// SPDX-License-Identifier: GPL-2.0
/*
 * The types of the running kernel.
 */
#include "load/kernel_btf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#include "util/msg.h"

#define OWN "/sys/kernel/btf/vmlinux"

static const char *file;

void kernel_btf_use(const char *path)
{
	file = path;
}

const char *kernel_btf_path(void)
{
	return file;
}

bool kernel_btf_is_own(void)
{
	return !access(OWN, R_OK);
}

int kernel_btf_load(struct btf **btf)
{
	*btf = file ? btf__parse(file, NULL) : btf__load_vmlinux_btf();
	if (*btf)
		return 0;
	if (file)
		msg_error(
			"no BTF can be read from %s: %s; `pahole -J' puts some into a vmlinux that has debug "
			"information",
			file, strerror(errno));
	else
		msg_error("this kernel has no BTF (" OWN
			  "): %s; it needs CONFIG_DEBUG_INFO_BTF, or a file of its "
			  "types given with --btf",
			  strerror(errno));
	return -errno;
}

bool kernel_btf_enumerator(const struct btf *btf, const char *name, uint32_t *value)
{
	__u32 id, n = btf__type_cnt(btf);
	int i;

	for (id = 1; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const struct btf_enum *e = btf_enum(type);

		if (!btf_is_enum(type) || type->name_off)
			continue;
		for (i = 0; i < btf_vlen(type); i++, e++) {
			if (strcmp(btf__name_by_offset(btf, e->name_off), name))
				continue;
			*value = (uint32_t)e->val;
			return true;
		}
	}
	return false;
}

/* tp_btf's own way to it: typedef void (*btf_trace_NAME)(void *, arguments). */
bool kernel_btf_has_tracepoint(const struct btf *btf, const char *name)
{
	char typedef_name[64];

	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	return btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF) > 0;
}

int32_t kernel_btf_offset(const struct btf *btf, const char *type, const char *field,
			  uint32_t *size)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT), i;
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;

	for (i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];

		*size = t->size;
		if (!strcmp(btf__name_by_offset(btf, m->name_off), field))
			return (int32_t)(m->offset / 8);
	}
	return -1;
}
