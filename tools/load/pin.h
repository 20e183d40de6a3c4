/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Leaving the tracer in bpffs, for bpftool.
 */
#ifndef BIOSCOPE_LOAD_PIN_H
#define BIOSCOPE_LOAD_PIN_H

struct trace;

#define PIN_DIR "/sys/fs/bpf/bioscope"
#define PIN_MAPS PIN_DIR "/maps"
#define PIN_LINKS PIN_DIR "/links"

/* The map of the programs' variables, which has no name for people of its own. */
#define PIN_VARIABLES "variables"

/* What is asked of a tracer that is pinned, enum trace_want: who reads its maps knows it from here. */
#define PIN_WANTS TRACE_FAILURES

/**
 * pin_all() - pin maps, programs and links
 * @t: the tracer, attached
 *
 * Makes PIN_DIR with maps/ and links/ in it; on an error nothing is left there. The maps come last, so
 * that who finds them all finds all links.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int pin_all(const struct trace *t);

/**
 * pin_remove() - take away what pin_all() left
 *
 * Return: 0, -ENOENT if there is nothing, or -errno with a message on stderr.
 */
int pin_remove(void);

#endif
