/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Places inside kernel functions that a probe can be put on: where a function calls another one.
 */
#ifndef BIOSCOPE_LOAD_SITES_H
#define BIOSCOPE_LOAD_SITES_H

#include <stddef.h>
#include <stdint.h>

struct pools;

/* Length of a direct call, which is also how far behind its start its return is. */
#define SITES_CALL 5

/**
 * sites_find_call() - where a machine-code text calls a function first
 * @text: the instructions of the caller
 * @size: of @text, bytes
 * @at: address of the first of them
 * @target: address of the called function
 *
 * Pure; looks for a direct call (e8 rel32 of x86-64) whose target is exactly that. Where there is a
 * kprobe already, another tracer's, its first byte is a breakpoint (the kernel does not make a jump
 * of a kprobe on a call: can_boost(), arch/x86/kernel/kprobes/core.c) and the rest is as it was. A
 * false match in the middle of another instruction would need the four bytes after it to be that
 * very distance; the kernel refuses a probe that is not on an instruction (can_probe(),
 * arch/x86/kernel/kprobes/core.c).
 *
 * Return: offset in bytes, or -1 if there is none.
 */
long sites_find_call(const uint8_t *text, size_t size, uint64_t at, uint64_t target);

/**
 * sites_lookup() - where one kernel function calls another
 * @pools: to read kernel memory with
 * @caller: name of the calling function
 * @callee: name of the called function
 * @offset: result, bytes from the start of @caller
 *
 * Return: 0, -ENOENT if a name is not known or there is no such call, -EOPNOTSUPP if this
 * architecture's calls are not known here, or -errno of reading.
 */
int sites_lookup(struct pools *pools, const char *caller, const char *callee, uint64_t *offset);

#endif
