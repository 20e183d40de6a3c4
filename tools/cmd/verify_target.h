/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which device verify is about, what lies below it, and where may be written.
 */
#ifndef BIOSCOPE_CMD_VERIFY_TARGET_H
#define BIOSCOPE_CMD_VERIFY_TARGET_H

#include <limits.h>

#include "run/options.h"
#include "run/workload.h"
#include "util/layers.h"

struct verify_target {
	char name[64]; /* of the disk */
	char path[PATH_MAX]; /* of the block device to read */
	struct layers layers;
	struct workload_ask ask; /* what of it is known by that */
};

/**
 * verify_target_find() - from the command line to a device
 * @o: options, with DEVICE as the only word
 * @t: filled in; must not outlive @o
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int verify_target_find(const struct options *o, struct verify_target *t);

#endif
