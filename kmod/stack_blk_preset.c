// SPDX-License-Identifier: GPL-2.0
/*
 * The parameters of the module: what new items have, and items that are there, and powered on, when
 * it is loaded; so one line makes a disk. These go with the module.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/configfs.h>
#include <linux/list.h>
#include <linux/moduleparam.h>

#include "stack_blk.h"
#include "stack_blk_config.h"

#define STACK_BLK_PRESETS_MAX	256

static unsigned int stack_blk_nr_devices;
static char *stack_blk_lower;
static struct stack_blk_config *stack_blk_presets[STACK_BLK_PRESETS_MAX];

static const struct stack_blk_knob stack_blk_nr_devices_knob = {
	.name = "nr_devices", .max = STACK_BLK_PRESETS_MAX,
};

static int stack_blk_param_set(const char *val, const struct kernel_param *kp)
{
	const struct stack_blk_knob *knob = stack_blk_knob_find(stack_blk_knobs, kp->arg);
	u64 res = 0;
	int err;

	err = stack_blk_knob_parse(knob, "parameter", knob->name, val, strlen(val), &res);
	if (!err)
		stack_blk_knob_set(knob, &stack_blk_defaults, res);
	return err;
}

static int stack_blk_param_get(char *page, const struct kernel_param *kp)
{
	const struct stack_blk_knob *knob = stack_blk_knob_find(stack_blk_knobs, kp->arg);

	return stack_blk_knob_show(knob, stack_blk_knob_get(knob, &stack_blk_defaults), page);
}

static const struct kernel_param_ops stack_blk_param_ops = {
	.set = stack_blk_param_set,
	.get = stack_blk_param_get,
};

static int stack_blk_nr_devices_set(const char *val, const struct kernel_param *kp)
{
	u64 res = 0;
	int err = stack_blk_knob_parse(&stack_blk_nr_devices_knob, "parameter", "nr_devices", val,
				       strlen(val), &res);

	if (!err)
		stack_blk_nr_devices = res;
	return err;
}

static const struct kernel_param_ops stack_blk_nr_devices_ops = {
	.set = stack_blk_nr_devices_set,
	.get = param_get_uint,
};

module_param_cb(nr_devices, &stack_blk_nr_devices_ops, &stack_blk_nr_devices, 0444);
MODULE_PARM_DESC(nr_devices, "Disks to make at load; 1 if lower is given, else 0");
module_param_named(lower, stack_blk_lower, charp, 0444);
MODULE_PARM_DESC(lower, "Lower devices of the disk that is made, separated by blanks");

/* All others are the attributes of the same name, see stack_blk(4). */
module_param_cb(size_mb, &stack_blk_param_ops, "size_mb", 0444);
MODULE_PARM_DESC(size_mb, "Size in MiB of disks without lower devices");
module_param_cb(layout, &stack_blk_param_ops, "layout", 0444);
MODULE_PARM_DESC(layout, "linear, mirror or stripe");
module_param_cb(chunk_kb, &stack_blk_param_ops, "chunk_kb", 0444);
MODULE_PARM_DESC(chunk_kb, "KiB in a clone at the most, 0: no limit");
module_param_cb(pool_size, &stack_blk_param_ops, "pool_size", 0444);
MODULE_PARM_DESC(pool_size, "Elements in the reserve");
module_param_cb(rescuer, &stack_blk_param_ops, "rescuer", 0444);
MODULE_PARM_DESC(rescuer, "1: the bio_set has a rescuer");
module_param_cb(percpu_cache, &stack_blk_param_ops, "percpu_cache", 0444);
MODULE_PARM_DESC(percpu_cache, "1: the bio_set has a per-CPU cache");
module_param_cb(submit_order, &stack_blk_param_ops, "submit_order", 0444);
MODULE_PARM_DESC(submit_order, "each, batch or hold");
module_param_cb(split, &stack_blk_param_ops, "split", 0444);
MODULE_PARM_DESC(split, "trim, chain, chain_last or limits");
module_param_cb(per_bio, &stack_blk_param_ops, "per_bio", 0444);
MODULE_PARM_DESC(per_bio, "front_pad, mempool or kzalloc");
module_param_cb(clone_source, &stack_blk_param_ops, "clone_source", 0444);
MODULE_PARM_DESC(clone_source, "bioset or kmalloc");
module_param_cb(bvecs, &stack_blk_param_ops, "bvecs", 0444);
MODULE_PARM_DESC(bvecs, "shared or own");
module_param_cb(gfp, &stack_blk_param_ops, "gfp", 0444);
MODULE_PARM_DESC(gfp, "noio or nowait");
module_param_cb(defer, &stack_blk_param_ops, "defer", 0444);
MODULE_PARM_DESC(defer, "inline or workqueue");
module_param_cb(complete_in, &stack_blk_param_ops, "complete_in", 0444);
MODULE_PARM_DESC(complete_in, "lower, irq, softirq or kworker");
module_param_cb(kmalloc_fail_nth, &stack_blk_param_ops, "kmalloc_fail_nth", 0444);
MODULE_PARM_DESC(kmalloc_fail_nth, "Every Nth allocation that no bio_set backs fails, 0: none");
module_param_cb(flush, &stack_blk_param_ops, "flush", 0444);
MODULE_PARM_DESC(flush, "0: no flushes, as over lower devices without a cache");
module_param_cb(fua, &stack_blk_param_ops, "fua", 0444);
MODULE_PARM_DESC(fua, "0: no FUA");
module_param_cb(discard, &stack_blk_param_ops, "discard", 0444);
MODULE_PARM_DESC(discard, "0: no discards");
module_param_cb(write_zeroes, &stack_blk_param_ops, "write_zeroes", 0444);
MODULE_PARM_DESC(write_zeroes, "0: no writes of zeroes without data");
module_param_cb(secure_erase, &stack_blk_param_ops, "secure_erase", 0444);
MODULE_PARM_DESC(secure_erase, "0: no secure erase");
module_param_cb(nowait, &stack_blk_param_ops, "nowait", 0444);
MODULE_PARM_DESC(nowait, "0: no I/O that may not wait");
module_param_cb(polled, &stack_blk_param_ops, "polled", 0444);
MODULE_PARM_DESC(polled, "0: no polled I/O");
module_param_cb(atomic, &stack_blk_param_ops, "atomic", 0444);
MODULE_PARM_DESC(atomic, "0: no atomic writes");
module_param_cb(ioprio, &stack_blk_param_ops, "ioprio", 0444);
MODULE_PARM_DESC(ioprio, "0: clones have no I/O priority");
module_param_cb(write_hint, &stack_blk_param_ops, "write_hint", 0444);
MODULE_PARM_DESC(write_hint, "0: clones have no write hint or stream");
module_param_cb(blkcg, &stack_blk_param_ops, "blkcg", 0444);
MODULE_PARM_DESC(blkcg, "0: clones are charged to the root cgroup");
module_param_cb(partitions, &stack_blk_param_ops, "partitions", 0444);
MODULE_PARM_DESC(partitions, "0: no partitions");
module_param_cb(track, &stack_blk_param_ops, "track", 0444);
MODULE_PARM_DESC(track, "1: list clones in flight in debugfs");

static void stack_blk_preset_remove(struct stack_blk_config *cfg)
{
	configfs_unregister_group(&cfg->group);
	stack_blk_power_end(cfg);
	config_item_put(&cfg->group.cg_item);
}

static struct stack_blk_config *stack_blk_preset_make(struct config_group *parent, unsigned int i)
{
	struct stack_blk_config *cfg;
	char name[16];
	int err;

	scnprintf(name, sizeof(name), "stackb%u", i);
	cfg = stack_blk_config_new(name);
	if (!cfg)
		return ERR_PTR(-ENOMEM);
	/* From when it is registered on others may change it, too. */
	if (stack_blk_lower)
		cfg->par.lower = kstrdup(stack_blk_lower, GFP_KERNEL);
	err = stack_blk_lower && !cfg->par.lower ? -ENOMEM : 0;
	if (!err)
		err = configfs_register_group(parent, &cfg->group);
	if (err) {
		config_item_put(&cfg->group.cg_item);
		return ERR_PTR(err);
	}
	err = stack_blk_power_on(cfg);
	if (err) {
		stack_blk_preset_remove(cfg);
		return ERR_PTR(err);
	}
	return cfg;
}

/**
 * stack_blk_preset_exit - the items that were made at load go
 *
 * Context: may sleep, as long as their I/O takes.
 */
void stack_blk_preset_exit(void)
{
	while (stack_blk_nr_devices)
		stack_blk_preset_remove(stack_blk_presets[--stack_blk_nr_devices]);
}

/**
 * stack_blk_preset_init - make the items that are to be there at load
 * @parent: the top group, registered
 *
 * Context: may sleep.
 * A load that fails frees the module, whoever holds it (do_init_module(), kernel/module/main.c):
 * who has opened a disk that was made, and its partition scan, whose last fput() is done when
 * modprobe gets back to user space. So what was made stays.
 *
 * Return: 0, also if not all could be made; or an error if none could. The log then says why.
 */
int stack_blk_preset_init(struct config_group *parent)
{
	unsigned int i, nr = stack_blk_nr_devices;

	if (stack_blk_lower && nr > 1) {
		stack_blk_refuse("parameter", "lower", stack_blk_lower, strlen(stack_blk_lower),
				 "nr_devices must be 1, they cannot share lower devices");
		return -EINVAL;
	}
	if (stack_blk_lower)
		nr = 1;
	stack_blk_nr_devices = 0;
	for (i = 0; i < nr; i++) {
		struct stack_blk_config *cfg = stack_blk_preset_make(parent, i);

		if (IS_ERR(cfg)) {
			if (!i)
				return PTR_ERR(cfg);
			pr_err("parameter: nr_devices: of %u disks only %u could be made\n", nr, i);
			break;
		}
		stack_blk_presets[stack_blk_nr_devices++] = cfg;
	}
	return 0;
}
