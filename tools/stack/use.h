/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who uses a disk, or a partition of it: what is mounted, other disks on it, swap, loop devices.
 */
#ifndef BIOSCOPE_STACK_USE_H
#define BIOSCOPE_STACK_USE_H

#include <stddef.h>

#include "stack/stack.h"

#define STACK_USERS 8 /* that are named */
#define STACK_USER 192

struct stack_users {
	size_t n; /* may be more than are named */
	char who[STACK_USERS][STACK_USER]; /* "mounted on /mnt" */
};

/**
 * stack_use() - find out who uses a disk
 * @s: the root
 * @disk: its name, as in /sys/block
 * @u: filled in
 *
 * Who has the disk merely open is not among them, nor what is mounted in other namespaces only.
 */
void stack_use(const struct stack *s, const char *disk, struct stack_users *u);

/**
 * stack_users_text() - all of them in a line
 * @u: the users
 * @out: the text
 * @size: its size
 *
 * Return: @out.
 */
const char *stack_users_text(const struct stack_users *u, char *out, size_t size);

#endif
