/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where tasks were, with symbols.
 */
#ifndef BIOSCOPE_READ_STACKS_H
#define BIOSCOPE_READ_STACKS_H

#include <stddef.h>
#include <stdint.h>

#include "load/ksyms.h"
#include "load/trace.h"
#include "read/snapshot.h"

/**
 * stacks_read() - put stacks to who waits and who holds something, and names to those of who is blocked
 * @t: the tracer that the snapshot was taken from
 * @s: the snapshot
 *
 * Each stack is read once, and symbols are looked for once for all of them: in an incident thousands
 * wait in the same place. Only for reports that show stacks.
 */
void stacks_read(const struct trace *t, struct read_snapshot *s);

/**
 * stacks_read_one() - read a single stack
 * @t: the tracer that it is from
 * @id: id in the tracer's stack map, negative: none
 * @frames: filled in, room for RECORD_STACK_DEPTH
 *
 * Return: how many frames it has, 0 if it is not known.
 */
size_t stacks_read_one(const struct trace *t, int32_t id, struct ksyms_at *frames);

#endif
