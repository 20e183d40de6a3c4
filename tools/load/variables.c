// SPDX-License-Identifier: GPL-2.0
/*
 * Pools that are variables of the kernel or of a module, looked for.
 */
#include "load/variables.h"

#include <stdio.h>
#include <string.h>

#include "discover.skel.h"
#include "load/kernel_btf.h"
#include "load/walk.h"

#define SG_POOLS 8 /* lib/sg_pool.c has 5 */

int variables_find(struct variables *v, const struct btf *kernel)
{
	uint32_t i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < VARIABLES; i++)
		v->symbols[i].name = variables_table[i].name;
	v->sg_pool_at = kernel_btf_offset(kernel, "sg_pool", "pool", &v->sg_pool_size);
	return ksyms_by_name(v->symbols, VARIABLES);
}

static int add_pool(struct discover_bpf *skel, const struct ksyms_want *symbol, uint64_t address,
		    uint32_t which)
{
	struct record_gendisk *nobody = &skel->bss->member_of;

	memset(nobody, 0, sizeof(*nobody));
	snprintf(nobody->module, sizeof(nobody->module), "%s", symbol->module);
	return walk_add(skel, address, RECORD_POOL_VARIABLE, which, true);
}

/* What is there is a pointer, 0 as long as nobody has needed it. */
static int add_pointer(struct discover_bpf *skel, const struct ksyms_want *symbol, uint64_t at,
		       uint32_t which)
{
	uint64_t address;
	int err = walk_memory(skel, at, &address, sizeof(address));

	return err || !address ? 0 : add_pool(skel, symbol, address, which);
}

/* Those of lists of memory areas, by their size: struct sg_pool has a pointer each. */
static int add_sg_pools(struct discover_bpf *skel, const struct variables *v, uint32_t which)
{
	const struct ksyms_want *symbol = &v->symbols[which];
	struct ksyms_at at = { .addr = symbol->addr };
	uint32_t i;
	int err = 0;

	for (i = 0; i < SG_POOLS && v->sg_pool_at >= 0 && !err; i++) {
		at.addr = symbol->addr + (uint64_t)i * v->sg_pool_size;
		/* How many there are, the kernel does not say but by where another variable is. */
		if (ksyms_by_addr(&at, 1) || at.start != symbol->addr)
			break;
		err = add_pointer(skel, symbol, at.addr + (uint32_t)v->sg_pool_at,
				  which + i * VARIABLES);
	}
	return err;
}

int variables_walk(struct discover_bpf *skel, const struct variables *v)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < VARIABLES && !err; i++) {
		const struct ksyms_want *symbol = &v->symbols[i];

		if (!symbol->addr)
			continue;
		if (variables_table[i].kind == VARIABLE_SET)
			err = walk_add_named(skel, symbol->addr);
		else if (variables_table[i].kind == VARIABLE_POOL)
			err = add_pool(skel, symbol, symbol->addr, i);
		else if (variables_table[i].kind == VARIABLE_POINTER)
			err = add_pointer(skel, symbol, symbol->addr, i);
		else
			err = add_sg_pools(skel, v, i);
	}
	return err;
}
