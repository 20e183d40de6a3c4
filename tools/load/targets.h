/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which probes this kernel can have, and where.
 */
#ifndef BIOSCOPE_LOAD_TARGETS_H
#define BIOSCOPE_LOAD_TARGETS_H

#include <stddef.h>

#include "load/trace.h"

/**
 * targets_program() - the program of a probe
 * @t: the tracer, its object open
 * @i: index of the probe
 *
 * Return: the program, NULL if the object has none of that name.
 */
struct bpf_program *targets_program(const struct trace *t, size_t i);

/**
 * targets_choose() - find the place of each probe
 * @t: the tracer, its object open and not loaded; what it wants is set. @t->probes is filled in,
 * and
 *	programs that are not wanted, or have no place, will not be loaded.
 *
 * Return: 0 or -errno; with a message on stderr if this kernel has no place for a probe that is
 * required.
 */
int targets_choose(struct trace *t);

#endif
