// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope kzalloc: zeroed memory by module and call site: asked for, given, live, left behind.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "load/kzalloc.h"
#include "util/msg.h"
#include "util/status.h"
#include "render/render.h"
#include "render/kzalloc.h"
#include "run/run.h"

#define HOUR_NS 3600000000000ULL

static int report(const struct options *o, struct kzalloc *k)
{
	struct kzalloc_snapshot s;
	struct kzalloc_report r;
	int err = kzalloc_read(k, &s), status;

	if (err)
		return status_of_error(err);
	err = kzalloc_report(&s, o->module[0] ? o->module : NULL, &r);
	kzalloc_free_snapshot(&s);
	if (err) {
		msg_error("cannot make a report: %s", strerror(-err));
		return MSG_EXIT_FAILED;
	}
	if (o->json)
		render_json_print(render_kzalloc_json(&r), true);
	else
		render_kzalloc_text(&r);
	render_kzalloc_lost(&r);
	status = kzalloc_report_status(&r);
	kzalloc_report_free(&r);
	return status;
}

static int run(const struct options *o)
{
	struct kzalloc *k = NULL;
	struct run r;
	int err = run_init(o, &r), status;

	err = err ?: kzalloc_open(o->module[0] ? o->module : NULL, &k);
	status = err ? status_of_error(err) : run_start(o, &r);
	if (!status) {
		while (run_wait(&r, HOUR_NS))
			;
		kzalloc_stop(k);
		status = report(o, k);
		status = run_status(&r) ?: status;
	}
	run_close(&r);
	kzalloc_close(k);
	return status;
}

const struct options_command cmd_kzalloc = {
	.name = "kzalloc",
	.summary = "zeroed memory by module and call site: asked for, live, left behind",
	.doc = "Count every kmalloc() of zeroed memory (kzalloc(), kcalloc(), kzalloc_obj(), ...) by "
	       "module and call site, and follow each object until it is freed. What a module has not "
	       "freed when it is unloaded, and is not freed until the report, is its leak; then the "
	       "exit status is 1, or 111 beside COMMAND, which may load and unload the module."
	       "\v"
	       "Objects that were there before bioscope are not known, nor are their frees. An object "
	       "given to kfree_rcu() counts as freed. Frees by kfree_bulk() are not seen; that is told "
	       "when such an address is given out again, and leaks of that call site are then not "
	       "certain: the exit status is 4, or 114.\n\n"
	       "Not counted is memory from anywhere else: kmem_cache_zalloc(), pages, vmalloc(), "
	       "per-CPU memory. A call site is what the kernel takes for the caller: of "
	       "devm_kzalloc(), and on older kernels of kvzalloc(), it is a function of the kernel. "
	       "krealloc() of an object is a free and, only with __GFP_ZERO, an allocation, or, if it "
	       "stays in its place, nothing.",
	.takes = OPTIONS_JSON | OPTIONS_MODULE | OPTIONS_TIME | OPTIONS_COMMAND,
	.run = run,
};
