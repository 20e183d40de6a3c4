// SPDX-License-Identifier: GPL-2.0
/*
 * stack_blk: module init and exit, and /sys/kernel/config/stack_blk. Its items are in
 * stack_blk_configfs.c and hold a reference on the module: it cannot be unloaded while one exists.
 */
#include <linux/configfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "stack_blk.h"
#include "stack_blk_config.h"

#define CREATE_TRACE_POINTS
#include "stack_blk_trace.h"

static struct configfs_group_operations stack_blk_group_ops = {
	.make_group = stack_blk_make_group,
	.drop_item = stack_blk_drop_item,
};

/* What this version of the module can do. */
static ssize_t stack_blk_features_show(struct config_item *item, char *page)
{
	return stack_blk_faults_list(page, stack_blk_knobs_list(stack_blk_knobs, "", page, 0));
}
CONFIGFS_ATTR_RO(stack_blk_, features);

/* What a new item has: one that differs was changed. */
static ssize_t stack_blk_defaults_show(struct config_item *item, char *page)
{
	int len = stack_blk_knobs_values(stack_blk_knobs, "", &stack_blk_defaults, page, 0);

	return stack_blk_faults_defaults(page, len);
}
CONFIGFS_ATTR_RO(stack_blk_, defaults);

static ssize_t stack_blk_scenarios_show(struct config_item *item, char *page)
{
	return stack_blk_scenarios(page);
}
CONFIGFS_ATTR_RO(stack_blk_, scenarios);

static struct configfs_attribute *stack_blk_group_attrs[] = {
	&stack_blk_attr_features,
	&stack_blk_attr_defaults,
	&stack_blk_attr_scenarios,
	NULL,
};

static const struct config_item_type stack_blk_group_type = {
	.ct_group_ops = &stack_blk_group_ops,
	.ct_attrs = stack_blk_group_attrs,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem stack_blk_subsys = {
	.su_group = {
		.cg_item = {
			.ci_namebuf = "stack_blk",
			.ci_type = &stack_blk_group_type,
		},
	},
};

static int __init stack_blk_init(void)
{
	int err = stack_blk_late_global_init();

	if (err)
		return err;
	err = stack_blk_power_init();
	if (err)
		goto err_late;
	stack_blk_faults_global_init();
	stack_blk_track_global_init();
	config_group_init(&stack_blk_subsys.su_group);
	mutex_init(&stack_blk_subsys.su_mutex);
	err = configfs_register_subsystem(&stack_blk_subsys);
	if (err)
		goto err_power;
	err = stack_blk_preset_init(&stack_blk_subsys.su_group);
	if (err)
		goto err_subsys;
	return 0;

err_subsys:
	configfs_unregister_subsystem(&stack_blk_subsys);
	mutex_destroy(&stack_blk_subsys.su_mutex);
err_power:
	stack_blk_track_global_exit();
	stack_blk_power_exit();
err_late:
	stack_blk_late_global_exit();
	return err;
}

/*
 * No item is left but the module's own: others held it. Who completed the last clone may have been
 * preempted on its way back through our text, which it has told nobody.
 */
static void __exit stack_blk_exit(void)
{
	stack_blk_preset_exit();
	configfs_unregister_subsystem(&stack_blk_subsys);
	mutex_destroy(&stack_blk_subsys.su_mutex);
	stack_blk_power_exit();
	stack_blk_track_global_exit();
	stack_blk_late_global_exit();
	synchronize_rcu_tasks();
}

module_init(stack_blk_init);
module_exit(stack_blk_exit);

MODULE_DESCRIPTION("Stacking block device for exercising bio_sets");
MODULE_LICENSE("GPL");
