/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What comes before a change of the kernel's declarations. Those beside this, which are included
 * before all that a file includes itself, turn the API of a real kernel into that of another:
 * FACT.h declares what a kernel lacks, no_FACT.h hides what it has. FACT is that of a compile probe
 * in kmod/conftest/, or one that needs no probe.
 */
#ifndef SHAPES_BASE_H
#define SHAPES_BASE_H

/* As all our files have it, for which it is too late now. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blk-integrity.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/file.h>

struct blk_holder_ops;

#endif /* SHAPES_BASE_H */
