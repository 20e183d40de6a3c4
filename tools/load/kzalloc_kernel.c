// SPDX-License-Identifier: GPL-2.0
/*
 * What bpf/kzalloc.bpf.c has to know of the running kernel.
 */
#include "load/kzalloc_kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "util/msg.h"

/* include/linux/gfp.h, gfp_types.h: a macro of this value until an enum of bits replaced it. */
#define GFP_ZERO_MACRO 0x100u

static const struct btf_type *function_type(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	return id < 0 ? NULL : btf__type_by_id(btf, btf__type_by_id(btf, (__u32)id)->type);
}

static const struct btf_enum *enumerator(const struct btf *btf, const struct btf_type *t,
					 const char *name)
{
	const struct btf_enum *e = btf_enum(t);
	unsigned int i;

	for (i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, e[i].name_off), name))
			return &e[i];
	return NULL;
}

/* The enum has no name, by which CO-RE would find it. */
static uint64_t find_gfp_zero(const struct btf *btf)
{
	const struct btf_enum *e;
	const struct btf_type *t;
	__u32 id, n = btf__type_cnt(btf);

	for (id = 1; id < n; id++) {
		t = btf__type_by_id(btf, id);
		if (!btf_is_enum(t) || t->name_off)
			continue;
		e = enumerator(btf, t, "___GFP_ZERO_BIT");
		if (e)
			return 1ULL << e->val;
	}
	return GFP_ZERO_MACRO;
}

static int read_btf(const struct btf *btf, struct kzalloc_kernel *k)
{
	const struct btf_type *rcu, *t;

	memset(k, 0, sizeof(*k));
	if (btf__find_by_name_kind(btf, "btf_trace_kmalloc", BTF_KIND_TYPEDEF) < 0) {
		msg_error(
			"this kernel has no tracepoint kmem:kmalloc: it needs CONFIG_TRACEPOINTS");
		return -ENOENT;
	}
	k->gfp_zero = find_gfp_zero(btf);
	rcu = function_type(btf, "kvfree_call_rcu");
	t = rcu && btf_vlen(rcu) > 1 ? btf__type_by_id(btf, btf_params(rcu)[1].type) : NULL;
	k->kvfree_call_rcu = t != NULL;
	k->kvfree_func = t && btf_is_typedef(t); /* rcu_callback_t, later void * */
	k->kfree_call_rcu_nolock = function_type(btf, "kfree_call_rcu_nolock") != NULL;
	k->kfree_nolock = function_type(btf, "kfree_nolock") != NULL;
	return 0;
}

int kzalloc_kernel_read(struct kzalloc_kernel *k)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int err;

	if (!btf) {
		err = -errno;
		msg_error("this kernel has no BTF (/sys/kernel/btf/vmlinux): %s; it needs "
			  "CONFIG_DEBUG_INFO_BTF",
			  strerror(errno));
		return err;
	}
	err = read_btf(btf, k);
	btf__free(btf);
	return err;
}

static int by_base(const void *a, const void *b)
{
	const struct record_kzalloc_module *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

int kzalloc_kernel_modules(struct record_kzalloc_module *m, size_t max, size_t *n)
{
	FILE *f = fopen("/proc/modules", "re");
	char *line = NULL, name[RECORD_KZALLOC_MODULE];
	unsigned long long size, base;
	size_t room = 0, i, hidden = 0;

	*n = 0;
	if (!f)
		return errno == ENOENT ? 0 : -errno; /* a kernel without modules */
	while (getline(&line, &room, f) > 0) {
		/* name size refcount users state address */
		if (sscanf(line, "%55s %llu %*s %*s %*s %llx", name, &size, &base) != 3)
			continue;
		if (!base) {
			hidden++;
			continue;
		}
		if (*n < max) {
			memset(&m[*n], 0, sizeof(*m));
			memcpy(m[*n].name, name, sizeof(name));
			m[*n].base = base;
			m[*n].size = size;
		}
		(*n)++;
	}
	free(line);
	fclose(f);
	if (hidden && !*n)
		return -EPERM;
	if (*n < max)
		max = *n;
	qsort(m, max, sizeof(*m), by_base);
	for (i = 0; i + 1 < max; i++)
		if (m[i].base + m[i].size > m[i + 1].base)
			m[i].size = m[i + 1].base - m[i].base;
	return 0;
}
