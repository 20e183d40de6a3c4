/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tracer's programs are told before they are loaded, and how large their maps are.
 */
#ifndef BIOSCOPE_LOAD_CONFIGURE_H
#define BIOSCOPE_LOAD_CONFIGURE_H

#include <stdbool.h>

#include "load/trace.h"

/**
 * configure_follows() - whether bios are followed
 * @t: the tracer, opened
 *
 * To follow bios takes more than kprobes can tell.
 *
 * Return: true if that is asked for and can be.
 */
bool configure_follows(const struct trace *t);

/**
 * configure_trace() - set constants of the programs, and sizes of maps
 * @t: the tracer: its programs are opened and chosen (targets.h), not loaded
 *
 * Return: 0 or -errno.
 */
int configure_trace(struct trace *t);

#endif
