// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of a stack_blk device, one decimal per file in /sys/block/stackbN/stack_blk/: the
 * ground truth a tracer is held to. Exact when no I/O is in flight.
 */
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/sysfs.h>

#include "stack_blk.h"

struct stack_blk_counter {
	struct device_attribute attr;
	enum stack_blk_stat stat;
};

/**
 * stack_blk_sum - the value of a counter
 * @dev: the device
 * @stat: which
 *
 * Return: what was counted until now.
 */
u64 stack_blk_sum(const struct stack_blk_dev *dev, enum stack_blk_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(dev->stats, cpu)->n[stat]);
	return sum;
}

static ssize_t stack_blk_counter_show(struct device *device, struct device_attribute *attr,
				      char *page)
{
	struct stack_blk_dev *dev = dev_to_disk(device)->private_data;
	struct stack_blk_counter *counter = container_of(attr, struct stack_blk_counter, attr);

	return sysfs_emit(page, "%llu\n", stack_blk_sum(dev, counter->stat));
}

#define STACK_BLK_COUNTER(_name, _stat)							\
static struct stack_blk_counter stack_blk_##_name = {					\
	.attr = __ATTR(_name, 0444, stack_blk_counter_show, NULL),			\
	.stat = _stat,									\
}

STACK_BLK_COUNTER(bios_split, STACK_BLK_SPLIT);
STACK_BLK_COUNTER(clones_allocated, STACK_BLK_ALLOCATED);
STACK_BLK_COUNTER(clones_failed, STACK_BLK_ALLOC_FAILED);
STACK_BLK_COUNTER(clones_completed, STACK_BLK_COMPLETED);
STACK_BLK_COUNTER(bios_failed, STACK_BLK_BIOS_FAILED);
STACK_BLK_COUNTER(bios_deferred, STACK_BLK_DEFERRED);
STACK_BLK_COUNTER(reads_retried, STACK_BLK_RETRIED);
STACK_BLK_COUNTER(kmalloc_failed, STACK_BLK_KMALLOC_FAILED);
STACK_BLK_COUNTER(kzalloc_dirty, STACK_BLK_KZALLOC_DIRTY);

/* Those that were split off others were not received: counted so because most are received. */
static ssize_t bios_show(struct device *device, struct device_attribute *attr, char *page)
{
	struct stack_blk_dev *dev = dev_to_disk(device)->private_data;
	/* Those first: see stack_blk_count_split(). */
	u64 split = stack_blk_sum(dev, STACK_BLK_SPLIT);

	return sysfs_emit(page, "%llu\n", stack_blk_sum(dev, STACK_BLK_BIOS) - split);
}
static DEVICE_ATTR_RO(bios);

/* One for each clone, and more: counted so because most have one. */
static ssize_t legs_submitted_show(struct device *device, struct device_attribute *attr,
				   char *page)
{
	struct stack_blk_dev *dev = dev_to_disk(device)->private_data;

	return sysfs_emit(page, "%llu\n", stack_blk_sum(dev, STACK_BLK_ALLOCATED) +
					   stack_blk_sum(dev, STACK_BLK_MORE_LEGS));
}
static DEVICE_ATTR_RO(legs_submitted);

/* Clones allocated and not yet completed. */
static ssize_t inflight_show(struct device *device, struct device_attribute *attr, char *page)
{
	struct stack_blk_dev *dev = dev_to_disk(device)->private_data;
	/* Completed first: what completes in between must not make the difference negative. */
	u64 completed = stack_blk_sum(dev, STACK_BLK_COMPLETED);
	u64 allocated = stack_blk_sum(dev, STACK_BLK_ALLOCATED);

	return sysfs_emit(page, "%llu\n", allocated - completed);
}
static DEVICE_ATTR_RO(inflight);

/* The lower devices, one a line: number, first sector here (linear), sectors used, state. */
static ssize_t lowers_show(struct device *device, struct device_attribute *attr, char *page)
{
	struct stack_blk_dev *dev = dev_to_disk(device)->private_data;
	unsigned int i;
	int len = 0;

	if (dev->sink)
		return sysfs_emit(page, "none 0 %llu ok\n", (u64)dev->lower[0].sectors);
	for (i = 0; i < dev->nr_lowers; i++) {
		const struct stack_blk_lower *lower = &dev->lower[i];
		dev_t devt = lower->handle.bdev->bd_dev;

		len += sysfs_emit_at(page, len, "%u:%u %llu %llu %s\n", MAJOR(devt), MINOR(devt),
				     (u64)lower->start, (u64)lower->sectors,
				     READ_ONCE(lower->failed) ? "failed" : "ok");
	}
	return len;
}
static DEVICE_ATTR_RO(lowers);

static struct attribute *stack_blk_disk_attrs[] = {
	&dev_attr_bios.attr,
	&stack_blk_bios_split.attr.attr,
	&stack_blk_clones_allocated.attr.attr,
	&stack_blk_clones_failed.attr.attr,
	&stack_blk_clones_completed.attr.attr,
	&dev_attr_legs_submitted.attr,
	&stack_blk_bios_failed.attr.attr,
	&stack_blk_bios_deferred.attr.attr,
	&stack_blk_reads_retried.attr.attr,
	&stack_blk_kmalloc_failed.attr.attr,
	&stack_blk_kzalloc_dirty.attr.attr,
	&dev_attr_inflight.attr,
	&dev_attr_lowers.attr,
	NULL,
};

static const struct attribute_group stack_blk_disk_group = {
	.name = "stack_blk",
	.attrs = stack_blk_disk_attrs,
};

const struct attribute_group *stack_blk_disk_groups[] = {
	&stack_blk_disk_group,
	NULL,
};
