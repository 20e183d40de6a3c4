/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tracer that `bioscope pin' has left in bpffs, read by another process.
 */
#ifndef BIOSCOPE_LOAD_PINNED_H
#define BIOSCOPE_LOAD_PINNED_H

#include <stdbool.h>
#include <sys/types.h>

#include "load/probes.h"

#define PINNED_MAPS 11

struct pools;
struct trace;

/* What is held of it: maps and programs, but no link, which would keep the programs attached. */
struct pinned {
	int maps[PINNED_MAPS]; /* file descriptors, negative: none; so are: */
	int progs[PROBES];
	ino_t links[PROBES]; /* the file of each, 0: it is not pinned */
};

/**
 * pinned_init() - what it is before pinned_open()
 * @p: filled in, so that pinned_close() is right if pinned_open() was never called
 */
void pinned_init(struct pinned *p);

/**
 * pinned_open() - find what is pinned
 * @p: from pinned_init(); pinned_close() it, also after an error
 * @pools: result, the pools that the tracer knows, whose maps are its; pools_close() them
 * @t: from trace_init(); filled in: it sees what is attached, and outlives neither @p nor *@pools
 *
 * Nothing is attached, and nothing that is counted is changed. It takes the right to load BPF programs:
 * those that find owners and levels are run.
 *
 * Return: 0, or with a message on stderr: -ENODEV if nothing is pinned, -EPROTO if that was another
 * version of bioscope whose maps are laid out differently, or another -errno.
 */
int pinned_open(struct pinned *p, struct pools **pools, struct trace *t);

/**
 * pinned_is_gone() - whether what was found is pinned no longer
 * @p: from pinned_open()
 *
 * Return: true if any of it is not: from then on not all is counted.
 */
bool pinned_is_gone(const struct pinned *p);

/**
 * pinned_close() - let go of it, which stays pinned
 * @p: from pinned_init()
 */
void pinned_close(struct pinned *p);

#endif
