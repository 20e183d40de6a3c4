/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns which pool: what disks, their drivers, targets of dm and personalities of md have.
 */
#ifndef BIOSCOPE_LOAD_OWNERS_H
#define BIOSCOPE_LOAD_OWNERS_H

#include "record.h"

struct discover_bpf;
struct members;

/**
 * owners_walk() - give a slot to every pool that a disk, its driver, or a target of dm owns
 * @skel: the programs
 * @m: what is known of drivers
 *
 * Return: 0 or -errno, -EAGAIN if disks came and went so fast that the walk never came to its end: then some
 * may be missing.
 */
int owners_walk(struct discover_bpf *skel, const struct members *m);

#endif
