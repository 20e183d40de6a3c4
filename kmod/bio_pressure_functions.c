// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel functions that bio_pressure watches, and where each begins and ends: who asks for an
 * element is known by the address that the element function returns to.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/build_bug.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/slab.h>

#include "bio_pressure_internal.h"

static_assert(__same_type(&bio_alloc_bioset,
			  (struct bio *(*)(struct block_device *, unsigned short, blk_opf_t, gfp_t,
					   struct bio_set *))NULL),
	      "bio_alloc_bioset() has other arguments: find the indexes of gfp and bio_set");

/*
 * * 7bd230a26648 "mm/slab: enable slab allocation tagging for kmalloc and friends" and e26d8769da6d
 * "mempool: hook up to memory allocation profiling", v6.10, made macros of these around functions
 * with another name.
 */
#ifdef kmem_cache_alloc
#define SLAB_FUNCTION kmem_cache_alloc_noprof
#else
#define SLAB_FUNCTION kmem_cache_alloc
#endif
#ifdef mempool_alloc
#define MEMPOOL_FUNCTION mempool_alloc_noprof
#else
#define MEMPOOL_FUNCTION mempool_alloc
#endif

#define FUNCTION(function, _role, _object, _gfp) \
	{ \
		.name = __stringify(function), .role = _role, .object = _object, .gfp = _gfp \
	}

static struct bio_pressure_function bio_pressure_functions[] = {
	FUNCTION(bio_alloc_bioset, ROLE_BIO_ALLOC, 4, 3),
	/* Is not there in 7.3; may be inlined where it is. */
	FUNCTION(bvec_alloc, ROLE_BVEC_ALLOC, 0, 2),
	FUNCTION(MEMPOOL_FUNCTION, ROLE_MEMPOOL_ALLOC, 0, 1),
	/* Is not there in 6.12. */
	FUNCTION(mempool_alloc_bulk_noprof, ROLE_MEMPOOL_ALLOC_BULK, 0, -1),
	FUNCTION(mempool_exit, ROLE_DESTROY, 0, -1),
	/* mempool_exit() may be inlined there. */
	FUNCTION(mempool_destroy, ROLE_DESTROY, 0, -1),
	/* Also of a task that dies of an oops. */
	FUNCTION(do_exit, ROLE_EXIT, 0, -1),
};

/*
 * The address of a function by its name, 0 if the kernel has none: kallsyms_lookup_name() is not
 * exported since 0bd476e6c671, v5.7. The probe is registered disabled: no code is changed.
 */
static unsigned long bio_pressure_lookup(const char *name)
{
	struct kprobe probe = { .symbol_name = name, .flags = KPROBE_FLAG_DISABLED };
	unsigned long address = 0;

	if (register_kprobe(&probe) == 0) {
		address = (unsigned long)probe.addr;
		unregister_kprobe(&probe);
	}
	return address;
}

/* Finds begin and end of the function that has @address in it. */
static int bio_pressure_bounds(struct bio_pressure_function *f, unsigned long address)
{
	char symbol[KSYM_SYMBOL_LEN];
	unsigned long offset, size;
	const char *plus;

	sprint_symbol(symbol, address); /* NAME+0xOFFSET/0xSIZE */
	plus = strrchr(symbol, '+');
	if (!plus || sscanf(plus, "+0x%lx/0x%lx", &offset, &size) != 2)
		return -ENOENT;
	f->address = address - offset;
	f->end = f->address + size;
	return 0;
}

/**
 * bio_pressure_may_lack - can this function be missing from a kernel, or from what ftrace traces?
 * @f: the function
 */
bool bio_pressure_may_lack(const struct bio_pressure_function *f)
{
	return f->role == ROLE_BVEC_ALLOC || f->role == ROLE_MEMPOOL_ALLOC_BULK ||
	       f->role == ROLE_EXIT;
}

/**
 * bio_pressure_functions_init - find the functions
 *
 * Once, before anything else. Returns 0, or -ENOENT with a line in the log if one is missing that
 * every kernel has.
 */
int bio_pressure_functions_init(void)
{
	struct bio_pressure_function *f;
	unsigned long address;

	for (f = bio_pressure_functions;
	     f < bio_pressure_functions + ARRAY_SIZE(bio_pressure_functions); f++) {
		address = bio_pressure_lookup(f->name);
		if (address && !bio_pressure_bounds(f, address))
			continue;
		if (!bio_pressure_may_lack(f)) {
			pr_err("cannot find %s(): are kprobes configured?\n", f->name);
			return -ENOENT;
		}
	}
	return 0;
}

/**
 * bio_pressure_function - the watched functions in turn
 * @i: from 0
 *
 * Returns one whose address may be 0, or NULL behind the last.
 */
const struct bio_pressure_function *bio_pressure_function(unsigned int i)
{
	return i < ARRAY_SIZE(bio_pressure_functions) ? &bio_pressure_functions[i] : NULL;
}

/**
 * bio_pressure_function_at - the watched function that an address is in
 * @ip: the address
 *
 * Returns it or NULL. Any context.
 */
const struct bio_pressure_function *bio_pressure_function_at(unsigned long ip)
{
	const struct bio_pressure_function *f;

	for (f = bio_pressure_functions;
	     f < bio_pressure_functions + ARRAY_SIZE(bio_pressure_functions); f++)
		if (ip >= f->address && ip < f->end)
			return f;
	return NULL;
}

/** bio_pressure_slab_function - address of kmem_cache_alloc() */
unsigned long bio_pressure_slab_function(void)
{
	return (unsigned long)SLAB_FUNCTION;
}
