// SPDX-License-Identifier: GPL-2.0
/*
 * Scenarios: named settings of the knobs, each acts out a row of the contract of
 * bio_alloc_bioset() (its kernel-doc in block/bio.c; kzalloc()'s in include/linux/slab.h). Writing
 * a name to the attribute "scenario" sets all knobs, "scenarios" lists what comes of it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/string.h>

#include "stack_blk.h"

/**
 * struct stack_blk_scenario - one of them
 * @name: row of the contract, and what is varied
 * @outcome: of reads and writes of 16 KiB while the slab refuses all clones from the bio_set:
 *	progress, failure (some get an error) or stall (until it no longer refuses, or
 *	kmalloc_fail_nth is 0 again)
 * @contract: what the row says
 * @par: the knobs
 */
struct stack_blk_scenario {
	const char *name;
	const char *outcome;
	const char *contract;
	struct stack_blk_params par;
};

/* I/O of four pieces of 4 KiB: with a smaller reserve it cannot have all of its clones at once. */
#define SCENARIO(_name, _outcome, _contract, _reserve, ...) {				\
	.name = _name, .outcome = _outcome, .contract = _contract,			\
	.par = { .chunk_kb = 4, .pool_size = _reserve, __VA_ARGS__ },			\
}

static const struct stack_blk_scenario stack_blk_scenarios_table[] = {
	SCENARIO("K1", "progress", "kzalloc() gives zeroed memory",
		 2, .per_bio = STACK_BLK_KZALLOC),
	SCENARIO("K1-fails", "failure", "kzalloc() may fail, nothing backs it",
		 2, .per_bio = STACK_BLK_KZALLOC, .kmalloc_fail_nth = 3),
	SCENARIO("B1", "progress", "with a bio_set, the mempool backs the allocation",
		 2),
	SCENARIO("B2", "failure", "without a bio_set it is kmalloc(), which may fail",
		 2, .clone_source = STACK_BLK_KMALLOC, .per_bio = STACK_BLK_MEMPOOL,
		 .kmalloc_fail_nth = 3),
	SCENARIO("B3", "progress", "what may sleep never fails: it waits for the reserve",
		 1),
	SCENARIO("B4", "stall", "several unsubmitted at a time: no rescuer can save that",
		 2, .submit_order = STACK_BLK_HOLD, .rescuer = 1),
	SCENARIO("B4-kept", "progress", "one unsubmitted at a time",
		 2),
	SCENARIO("B5", "progress", "submitted ones wait for the return: the rescuer sends them",
		 2, .submit_order = STACK_BLK_BATCH, .rescuer = 1),
	SCENARIO("B5-no-rescuer", "stall", "submitted ones wait for the return, nobody sends them",
		 2, .submit_order = STACK_BLK_BATCH),
	SCENARIO("B5-worker", "progress", "a worker is not under submit_bio_noacct()",
		 2, .submit_order = STACK_BLK_BATCH, .defer = STACK_BLK_WORKQUEUE),
	SCENARIO("B6", "stall", "another mempool has no rescuer, the bio_set's does not help",
		 1, .submit_order = STACK_BLK_BATCH, .rescuer = 1,
		 .per_bio = STACK_BLK_MEMPOOL, .kmalloc_fail_nth = 1),
	SCENARIO("B7", "progress", "per-bio data in front_pad needs no other mempool",
		 2, .submit_order = STACK_BLK_BATCH, .rescuer = 1, .kmalloc_fail_nth = 1),
	SCENARIO("B8", "failure", "what may not sleep gets NULL when the reserve is empty",
		 2, .submit_order = STACK_BLK_BATCH, .gfp = STACK_BLK_NOWAIT),
};

/**
 * stack_blk_scenarios - print name, outcome and contract of each, one a line
 * @page: where to
 *
 * Return: bytes printed.
 */
ssize_t stack_blk_scenarios(char *page)
{
	int i, len = 0;

	for (i = 0; i < ARRAY_SIZE(stack_blk_scenarios_table); i++) {
		const struct stack_blk_scenario *s = &stack_blk_scenarios_table[i];

		len += sysfs_emit_at(page, len, "%-14s %-9s %s\n", s->name, s->outcome,
				     s->contract);
	}
	return len;
}

/**
 * stack_blk_scenario_apply - set all knobs as a scenario says
 * @item: name of the configfs item, for messages
 * @page: name of the scenario
 * @count: its length, maybe with a newline
 * @par: the parameters; those that the contract does not speak of stay
 *
 * Return: 0, or -EINVAL if there is none of that name: the log then says so.
 */
int stack_blk_scenario_apply(const char *item, const char *page, size_t count,
			     struct stack_blk_params *par)
{
	size_t len = stack_blk_value_len(page, count);
	int i;

	for (i = 0; i < ARRAY_SIZE(stack_blk_scenarios_table); i++) {
		const struct stack_blk_scenario *s = &stack_blk_scenarios_table[i];
		const struct stack_blk_params before = *par;

		if (strlen(s->name) != len || memcmp(page, s->name, len))
			continue;
		*par = s->par;
		par->lower = before.lower;
		par->size_mb = before.size_mb;
		par->layout = before.layout;
		par->pass = before.pass;
		par->partitions = before.partitions;
		par->track = before.track;
		return 0;
	}
	stack_blk_refuse(item, "scenario", page, count, "see the file scenarios for their names");
	return -EINVAL;
}
