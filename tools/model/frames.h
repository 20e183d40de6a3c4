/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of stacks: which are of no interest to who asks where a task allocates or waits, and what they are
 * called in the source.
 */
#ifndef BIOSCOPE_MODEL_FRAMES_H
#define BIOSCOPE_MODEL_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

enum frames_kind {
	FRAMES_OTHER, /* somebody's who allocates or waits, or above that */
	FRAMES_TRACER, /* what runs a BPF program, and is no part of the task's work */
	FRAMES_ALLOCATOR, /* of bios and elements */
	FRAMES_WAIT, /* for I/O */
};

/**
 * frames_kind_of() - what kind of function that is
 * @name: as the kernel has it; "": it has none, as BPF programs and trampolines
 *
 * Return: its kind, whatever suffix the compiler has given it.
 */
enum frames_kind frames_kind_of(const char *name);

/**
 * frames_bare() - how long the name of a function is without what the compiler has added
 * @name: as the kernel has it, maybe with ".isra.0", ".constprop.0", ".part.0", ".cold"
 *
 * Return: so many bytes of it are its name in the source.
 */
size_t frames_bare(const char *name);

/**
 * frames_same() - whether two names are of one function
 * @a: the one
 * @b: the other
 *
 * Return: true if they are, but for what the compiler has added.
 */
bool frames_same(const char *a, const char *b);

#endif
