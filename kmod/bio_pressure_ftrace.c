// SPDX-License-Identifier: GPL-2.0
/*
 * The probes: one ftrace_ops watches the functions that allocate from pools and end them, and
 * one for each element function redirects it. Not kprobes: a kprobe that redirects shares its
 * place with any other kprobe there, and the kernel confuses the two when one leaves
 * (__unregister_kprobe_top() and disarm_kprobe_ftrace(), kernel/kprobes.c). An ftrace_ops with
 * IPMODIFY is what livepatch uses: there can be one for a function, and BPF trampolines give way
 * to it (53cd885bc5c3 "ftrace: Allow IPMODIFY and DIRECT ops on the same function", v6.0).
 *
 * They are registered while pressure is held only. Nothing of this module stays on the stack of
 * a task: what a refused attempt runs is bio_pressure_null(), which returns to the caller at
 * once. When unregister_ftrace_function() returns, no task is in it or in a handler any more:
 * for the ops of modules it waits until every task has been scheduled of its own will
 * (ftrace_shutdown()).
 *
 * This file is not traced, see Kbuild.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/trace_recursion.h>

#include "bio_pressure_internal.h"

#ifndef CONFIG_DYNAMIC_FTRACE_WITH_REGS
#error "bio_pressure needs CONFIG_DYNAMIC_FTRACE_WITH_REGS"
#endif

/*
 * PERMANENT: while they are registered, ftrace cannot be switched off (kernel.ftrace_enabled), and
 * registering fails where it is. Not RECURSION, by which ftrace would keep what is called from
 * within another tracer's work from the handlers: they count that (a25d036d939a "ftrace: Reverse
 * what the RECURSION flag means in the ftrace_ops", v5.11). Where several tracers have a probe on
 * a function ftrace does so all the same.
 */
#define BIO_PRESSURE_OPS (FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_PERMANENT)

/* A BPF trampoline whose lock is held makes registering fail with -EAGAIN, after 1 ms. */
#define BIO_PRESSURE_TRIES 1000

/**
 * struct bio_pressure_redirect - an element function that is redirected
 * @ops: its probe
 * @address: the function
 * @users: targets; 0: not registered
 * @slab: it is kmem_cache_alloc(), whose arguments have another order
 */
struct bio_pressure_redirect {
	struct ftrace_ops ops;
	unsigned long address;
	unsigned int users;
	bool slab;
};

/* Two for each target, and for one that finds no place. Callers of this file exclude each other. */
static struct bio_pressure_redirect bio_pressure_redirects[2 * (BIO_PRESSURE_TARGETS + 1)];
static unsigned int bio_pressure_watchers;

/* ftrace has failed and keeps a probe: it and what it works with must stay. */
static bool bio_pressure_stuck;

/* Entry of a watched function. */
static void bio_pressure_on_call(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	const struct bio_pressure_function *f = bio_pressure_function_at(ip);
	struct pt_regs *regs = ftrace_get_regs(fregs);
	const void *object;
	struct bio_pressure_place at;
	gfp_t gfp = GFP_KERNEL;
	int bit;

	if (!f || !regs || in_nmi())
		return;
	object = (const void *)regs_get_kernel_argument(regs, f->object);
	if (f->gfp >= 0)
		gfp = (__force gfp_t)regs_get_kernel_argument(regs, f->gfp);
	preempt_disable_notrace();
	at = bio_pressure_place(kernel_stack_pointer(regs));
	bit = ftrace_test_recursion_trylock(ip, parent_ip);
	if (f->role == ROLE_DESTROY)
		bio_pressure_destroyed(object);
	else if (bit < 0)
		bio_pressure_missed(f, object, gfp, MISSED_RECURSION);
	else if (f->role == ROLE_EXIT)
		bio_pressure_marks_end(&(struct bio_pressure_place){ at.stack, ULONG_MAX });
	else if (!bio_pressure_mark(f, object, gfp, &at, bio_pressure_wants(f, object)))
		bio_pressure_missed(f, object, gfp, MISSED_OVERFLOW);
	if (bit >= 0)
		ftrace_test_recursion_unlock(bit);
	preempt_enable_notrace();
}

static struct ftrace_ops bio_pressure_watch_ops;

/* What a refused attempt runs instead of its element function. */
static noinline void *bio_pressure_null(void)
{
	return NULL;
}

/* Entry of an element function. */
static void bio_pressure_on_element(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct bio_pressure_redirect *r =
		container_of(ops, struct bio_pressure_redirect, ops);
	const struct bio_pressure_function *f = bio_pressure_function_at(parent_ip);
	struct pt_regs *regs = ftrace_get_regs(fregs);
	struct bio_pressure_attempt attempt;
	int bit;

	if (!f || f->role > ROLE_MEMPOOL_ALLOC_BULK || !regs || in_nmi())
		return;
	bit = ftrace_test_recursion_trylock(ip, parent_ip);
	if (bit < 0)
		return; /* as was the call that it belongs to, which is counted */
	attempt = (struct bio_pressure_attempt){
		.role = f->role,
		.slab = r->slab,
		.data = (const void *)regs_get_kernel_argument(regs, r->slab ? 0 : 1),
		.gfp = (__force gfp_t)regs_get_kernel_argument(regs, r->slab ? 1 : 0),
		.at = bio_pressure_place(kernel_stack_pointer(regs)),
		.regs = regs,
	};
	/* The stack is as at the first instruction, so it returns to the caller. */
	if (bio_pressure_refuses(&attempt))
		instruction_pointer_set(regs, (unsigned long)bio_pressure_null);
	ftrace_test_recursion_unlock(bit);
}

static int bio_pressure_register(struct ftrace_ops *ops)
{
	int tries, err;

	for (tries = 0; tries < BIO_PRESSURE_TRIES; tries++) {
		err = register_ftrace_function(ops);
		if (err != -EAGAIN)
			break;
		usleep_range(1000, 2000);
	}
	return err;
}

/*
 * Returns an error if @ops is still registered: once ftrace has found a fault of its own
 * (ftrace_kill()) it takes nothing back. Then this module must stay, too.
 */
static int bio_pressure_unregister(struct ftrace_ops *ops)
{
	int err = unregister_ftrace_function(ops);

	if (!err) {
		ftrace_free_filter(ops); /* for the next use: ftrace keeps its state in there */
		return 0;
	}
	bio_pressure_stuck = true;
	__module_get(THIS_MODULE);
	pr_err("ftrace does not take a probe away (error %d); the module stays\n", err);
	return err;
}

static int bio_pressure_watch_register(const char **why)
{
	const struct bio_pressure_function *f;
	unsigned int i;
	int err;

	bio_pressure_watch_ops = (struct ftrace_ops){
		.func = bio_pressure_on_call,
		.flags = BIO_PRESSURE_OPS,
	};
	for (i = 0; (f = bio_pressure_function(i)); i++) {
		if (!f->address)
			continue;
		err = ftrace_set_filter_ip(&bio_pressure_watch_ops, f->address, 0, 0);
		if (err == -ENOMEM || (err && !bio_pressure_may_lack(f))) {
			*why = "a function that allocates from pools cannot be traced by ftrace";
			ftrace_free_filter(&bio_pressure_watch_ops);
			return err == -ENOMEM ? err : -EOPNOTSUPP;
		}
	}
	err = bio_pressure_register(&bio_pressure_watch_ops);
	if (err) {
		*why = err == -EBUSY ? "ftrace is switched off (sysctl kernel.ftrace_enabled)" :
				       "ftrace refuses the probe of allocations";
		ftrace_free_filter(&bio_pressure_watch_ops);
		return err == -EBUSY ? -EOPNOTSUPP : err;
	}
	return 0;
}

static int bio_pressure_watch_begin(const char **why)
{
	int err = bio_pressure_marks_alloc();

	if (err)
		return err;
	err = bio_pressure_watch_register(why);
	if (err)
		bio_pressure_marks_free();
	return err;
}

/**
 * bio_pressure_watch - have allocations from pools watched
 * @why: set to the reason if it fails
 *
 * May be called again, and is to be undone as often. Returns 0, -EOPNOTSUPP if ftrace cannot do
 * that here, -ENOMEM, or another error of ftrace. May sleep.
 */
int bio_pressure_watch(const char **why)
{
	int err;

	if (bio_pressure_stuck) {
		*why = "ftrace has failed, the kernel's log says how";
		return -EOPNOTSUPP;
	}
	err = bio_pressure_watchers ? 0 : bio_pressure_watch_begin(why);
	if (!err)
		bio_pressure_watchers++;
	return err;
}

/** bio_pressure_unwatch - counterpart; after the last no handler runs any more */
void bio_pressure_unwatch(void)
{
	if (--bio_pressure_watchers)
		return;
	if (!bio_pressure_unregister(&bio_pressure_watch_ops) && !bio_pressure_stuck)
		bio_pressure_marks_free();
}

/* The redirection of a function, or room for it. */
static struct bio_pressure_redirect *bio_pressure_redirect_of(unsigned long address)
{
	struct bio_pressure_redirect *r, *room = NULL;

	for (r = bio_pressure_redirects;
	     r < bio_pressure_redirects + ARRAY_SIZE(bio_pressure_redirects); r++) {
		if (r->users && r->address == address)
			return r;
		if (!r->users)
			room = r;
	}
	return room;
}

static int bio_pressure_redirect_begin(struct bio_pressure_redirect *r, unsigned long address,
				       bool slab, const char **why)
{
	int err;

	*r = (struct bio_pressure_redirect){
		.ops.func = bio_pressure_on_element,
		.ops.flags = BIO_PRESSURE_OPS | FTRACE_OPS_FL_IPMODIFY,
		.address = address,
		.slab = slab,
	};
	err = ftrace_set_filter_ip(&r->ops, address, 0, 0);
	if (err) {
		*why = "its element function cannot be traced by ftrace";
		ftrace_free_filter(&r->ops);
		return err == -ENOMEM ? err : -EOPNOTSUPP;
	}
	err = bio_pressure_register(&r->ops);
	if (err) {
		*why = err == -EBUSY ?
			       "a livepatch or the like redirects its element function already" :
			       "ftrace refuses to redirect its element function";
		ftrace_free_filter(&r->ops);
	}
	return err;
}

/**
 * bio_pressure_redirect - redirect an element function
 * @t: for this target
 * @slab: kmem_cache_alloc(), which bio_alloc_bioset() asks; otherwise the function of the pool
 * @why: set to the reason if it fails
 *
 * Returns 0, -EOPNOTSUPP if ftrace cannot trace it, -EBUSY if something else redirects it, or
 * another error of ftrace. May sleep.
 */
int bio_pressure_redirect(struct bio_pressure_target *t, bool slab, const char **why)
{
	unsigned long address = slab ? bio_pressure_slab_function() : (unsigned long)t->alloc;
	struct bio_pressure_redirect *r = bio_pressure_redirect_of(address);
	int err = r->users ? 0 : bio_pressure_redirect_begin(r, address, slab, why);

	if (err)
		return err;
	r->users++;
	t->redirects[t->nr_redirects++] = r;
	return 0;
}

/**
 * bio_pressure_redirect_end - counterpart of bio_pressure_redirect()
 * @t: the target
 * @from: the first to undo, in the order of their begin
 */
void bio_pressure_redirect_end(struct bio_pressure_target *t, unsigned int from)
{
	struct bio_pressure_redirect *r;

	while (t->nr_redirects > from) {
		r = t->redirects[--t->nr_redirects];
		if (r->users == 1 && bio_pressure_unregister(&r->ops))
			continue;
		r->users--;
	}
}
