// SPDX-License-Identifier: GPL-2.0
/*
 * Every kmalloc() of zeroed memory: counted by call site, and followed until it is freed.
 *
 * None may be missed, or what is freed looks like a leak; but the kernel skips a program that runs
 * already on the CPU (bpf_prog.active, 700d4796ef59). Therefore there are copies, and any one that
 * runs is enough:
 * - Where tracepoints run without preemption, a copy is skipped in an interrupt that came while it
 *   ran. Below the deepest, hardirq, a task and a softirq can each be in one: three lose nothing.
 * - On 7.x, tasks that were preempted in a copy keep it from all others on the CPU until they go
 *   on. The classic tracepoint and the kprobe still run without preemption, and are skipped in
 *   interrupts only. A loss takes tasks preempted in each of the other three, and an interrupt in
 *   this one.
 */
#include <asm/ptrace.h>

#include "kzalloc.bpf.h"

#define COPY_CLASSIC 3 /* number of the copy at a classic tracepoint */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Before ac3b43283923 ("module: replace module_layout with module_memory", 6.4). */
struct module_layout {
	void *base;
	unsigned int size;
};

struct module___layout {
	struct module_layout core_layout;
	struct module_layout init_layout;
};

/* Since then. */
struct module_memory {
	void *base;
	unsigned int size;
};

struct module___memory {
	struct module_memory mem[7];
};

/* Records of the classic tracepoints. */
struct trace_event_raw_kmalloc {
	unsigned long call_site;
	const void *ptr;
	unsigned long bytes_req;
	unsigned long bytes_alloc;
	unsigned long gfp_flags;
};

struct trace_event_raw_kfree {
	const void *ptr;
};

#pragma clang attribute pop

enum mod_mem_type {
	MOD_TEXT = 0,
	MOD_INIT_TEXT = 4,
};

/* Arguments are call_site, ptr, bytes_req, bytes_alloc, gfp_flags, node. */
#define KMALLOC(copy)                                                                    \
	SEC("raw_tp/kmalloc")                                                            \
	int kmalloc_##copy(struct bpf_raw_tracepoint_args *ctx)                          \
	{                                                                                \
		return allocated(ctx->args[0], ctx->args[1], ctx->args[2], ctx->args[3], \
				 ctx->args[4], copy);                                    \
	}

KMALLOC(0)
KMALLOC(1)
KMALLOC(2)

SEC("tp/kmem/kmalloc")
int kmalloc_classic(struct trace_event_raw_kmalloc *ctx)
{
	return allocated(ctx->call_site, (__u64)ctx->ptr, ctx->bytes_req, ctx->bytes_alloc,
			 ctx->gfp_flags, COPY_CLASSIC);
}

#define KFREE(copy)                                           \
	SEC("raw_tp/kfree")                                   \
	int kfree_##copy(struct bpf_raw_tracepoint_args *ctx) \
	{                                                     \
		return freed(ctx->args[1]);                   \
	}

KFREE(0)
KFREE(1)
KFREE(2)

SEC("tp/kmem/kfree")
int kfree_classic(struct trace_event_raw_kfree *ctx)
{
	return freed((__u64)ctx->ptr);
}

/*
 * kfree_rcu() ends in kfree_bulk() or in a sheaf of the slab, where no tracepoint is: the object
 * counts as freed from here on. With a function, that is where the head is in the object or,
 * without a head, the object.
 */
static __always_inline int freed_later(__u64 head, __u64 arg)
{
	return freed(kvfree_func && head ? head - arg : arg);
}

/* The verifier of 6.1 has no type for an argument that is a function: ask for numbers. */
static __always_inline int freed_later_at(void *ctx)
{
	__u64 head = 0, arg = 0;

	bpf_get_func_arg(ctx, 0, &head);
	bpf_get_func_arg(ctx, 1, &arg);
	return freed_later(head, arg);
}

#define KFREE_RCU(name, function, copy)     \
	SEC("fentry/" function)             \
	int name##_##copy(void *ctx)        \
	{                                   \
		return freed_later_at(ctx); \
	}

KFREE_RCU(kfree_rcu, "kvfree_call_rcu", 0)
KFREE_RCU(kfree_rcu, "kvfree_call_rcu", 1)
KFREE_RCU(kfree_rcu, "kvfree_call_rcu", 2)
KFREE_RCU(kfree_rcu_nolock, "kfree_call_rcu_nolock", 0)
KFREE_RCU(kfree_rcu_nolock, "kfree_call_rcu_nolock", 1)
KFREE_RCU(kfree_rcu_nolock, "kfree_call_rcu_nolock", 2)

SEC("kprobe/kvfree_call_rcu")
int kfree_rcu_classic(struct pt_regs *ctx)
{
	return freed_later(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
}

/* The slab frees what is its own with it, 7.x; it has no tracepoint. */
#define KFREE_NOLOCK(copy)                           \
	SEC("fentry/kfree_nolock")                   \
	int BPF_PROG(kfree_nolock_##copy, __u64 ptr) \
	{                                            \
		return freed(ptr);                   \
	}

KFREE_NOLOCK(0)
KFREE_NOLOCK(1)
KFREE_NOLOCK(2)

static __always_inline void read_memory(struct module___memory *mod, __u32 type,
					struct record_kzalloc_range *out)
{
	__u64 mem = (__u64)mod + bpf_core_field_offset(struct module___memory, mem) +
		    type * bpf_core_type_size(struct module_memory);

	out->base = (__u64)BPF_CORE_READ((struct module_memory *)mem, base);
	out->size = BPF_CORE_READ((struct module_memory *)mem, size);
}

static __always_inline void module_ranges(void *mod, struct record_kzalloc_range *core,
					  struct record_kzalloc_range *init)
{
	struct module___layout *layout = mod;

	if (bpf_core_field_exists(struct module___memory, mem)) {
		read_memory(mod, bpf_core_enum_value(enum mod_mem_type, MOD_TEXT), core);
		read_memory(mod, bpf_core_enum_value(enum mod_mem_type, MOD_INIT_TEXT), init);
		return;
	}
	core->base = (__u64)BPF_CORE_READ(layout, core_layout.base);
	core->size = BPF_CORE_READ(layout, core_layout.size);
	init->base = (__u64)BPF_CORE_READ(layout, init_layout.base);
	init->size = BPF_CORE_READ(layout, init_layout.size);
}

/* Call sites of what was at these addresses before are not those of what is there now. */
static __always_inline void sites_retire(struct record_kzalloc_range *core,
					 struct record_kzalloc_range *init)
{
	__u64 addr;
	int i;

	for (i = 0; i < RECORD_KZALLOC_SITES; i++) {
		addr = sites[i].addr;
		if (in_range(addr, core->base, core->size) ||
		    in_range(addr, init->base, init->size))
			bpf_map_delete_elem(&slots, &addr);
	}
}

static __always_inline bool is_module_wanted(const char *name)
{
	int i;

	if (!only_module)
		return false;
	for (i = 0; i < RECORD_KZALLOC_MODULE; i++) {
		if (name[i] != module_name[i])
			return false;
		if (!name[i])
			break;
	}
	return true;
}

/* Before anything of the module has run. */
SEC("raw_tp/module_load")
int module_loaded(struct bpf_raw_tracepoint_args *ctx)
{
	struct module *mod = (struct module *)ctx->args[0];
	struct record_kzalloc_range core = {}, init = {};
	struct record_kzalloc_module *m;
	__u32 slot, index;

	module_ranges(mod, &core, &init);
	sites_retire(&core, &init);
	slot = claim(&modules_used, RECORD_KZALLOC_MODULES);
	index = slot;
	barrier_var(index);
	if (index >= RECORD_KZALLOC_MODULES) {
		lost_add(RECORD_KZALLOC_LOST_MODULES);
		return 0;
	}
	m = &modules[index];
	bpf_probe_read_kernel(m->name, sizeof(m->name), mod->name);
	m->size = core.size;
	m->init_base = init.base;
	m->init_size = init.size;
	m->loaded_ns = bpf_ktime_get_ns();
	m->base = core.base;
	if (is_module_wanted(m->name)) {
		ranges[0] = core;
		ranges[1] = init;
	}
	if (bpf_map_update_elem(&loaded, &core.base, &slot, BPF_ANY))
		lost_add(RECORD_KZALLOC_LOST_MODULES);
	return 0;
}

/* After all of it has run; what its init function left behind when it failed, too. */
SEC("raw_tp/module_free")
int module_gone(struct bpf_raw_tracepoint_args *ctx)
{
	struct record_kzalloc_range core = {}, init = {};
	struct record_kzalloc_module *m;
	__u32 *found, i;

	module_ranges((void *)ctx->args[0], &core, &init);
	found = bpf_map_lookup_elem(&loaded, &core.base);
	if (!found)
		return 0;
	i = *found;
	barrier_var(i);
	if (i >= RECORD_KZALLOC_MODULES)
		return 0;
	m = &modules[i];
	m->gone_ns = bpf_ktime_get_ns();
	if (is_module_wanted(m->name)) {
		ranges[0].size = 0;
		ranges[1].size = 0;
	}
	if (bpf_map_delete_elem(&loaded, &core.base))
		lost_add(RECORD_KZALLOC_LOST_MODULES);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
