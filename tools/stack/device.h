/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stack_blk devices that there are: attributes from configfs, counters from sysfs.
 */
#ifndef BIOSCOPE_STACK_DEVICE_H
#define BIOSCOPE_STACK_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/stack.h"

#define STACK_DISK 32 /* DISK_NAME_LEN of the kernel */

enum stack_state {
	STACK_OFF,
	STACK_COMING, /* the kernel makes its disk, which it may not tell before that is done */
	STACK_ON,
	STACK_GOING, /* powered off, but not all of its I/O is done */
};

/* A file and what it says. */
struct stack_text {
	char *name; /* with its group, "GROUP/NAME" */
	char *value;
};

struct stack_texts {
	size_t n;
	struct stack_text *text; /* by name */
};

struct stack_device {
	char name[STACK_NAME];
	char shown[STACK_SHOWN]; /* the name, for people */
	enum stack_state state;
	char disk[STACK_DISK]; /* "": none */
	uint64_t size_bytes; /* UINT64_MAX: not known */
	struct stack_texts attributes; /* those that can be read */
	struct stack_texts counters; /* none unless STACK_ON */
};

/* What the disk has of a lower device. */
struct stack_lower {
	char dev[24]; /* MAJOR:MINOR */
	uint64_t start_bytes; /* of the disk, the first that is there; of linear */
	uint64_t size_bytes; /* that are used of it */
	char state[16]; /* ok, or failed */
};

struct stack_devices {
	size_t n;
	struct stack_device *device; /* by name */
};

/**
 * stack_device_read() - read a device
 * @s: the root
 * @name: its name
 * @d: filled in; stack_device_free() it unless there is an error
 *
 * Return: 0 or -errno; -ENOENT if there is none of that name.
 */
int stack_device_read(const struct stack *s, const char *name, struct stack_device *d);

/**
 * stack_device_free() - free what a device is made of
 * @d: the device
 */
void stack_device_free(struct stack_device *d);

/**
 * stack_devices_read() - read all devices
 * @s: the root
 * @all: filled in; stack_devices_free() it, also after an error
 *
 * Those that go meanwhile are left out. Without the module there is none. What the kernel does not tell
 * at once is left out, too: it may not while a disk is made.
 *
 * Return: 0 or -errno.
 */
int stack_devices_read(const struct stack *s, struct stack_devices *all);

/**
 * stack_devices_free() - free them
 * @all: the devices
 */
void stack_devices_free(struct stack_devices *all);

/**
 * stack_devices_find() - a device by its name, or else its disk's
 * @all: the devices
 * @name: NAME, stackbN or /dev/stackbN
 *
 * Return: the device, or NULL.
 */
const struct stack_device *stack_devices_find(const struct stack_devices *all, const char *name);

/**
 * stack_device_lower() - what became of a lower device
 * @d: the device
 * @i: which, from 0, in the order of its attribute lower
 * @l: filled in
 *
 * Return: false if there is no such, or no disk.
 */
bool stack_device_lower(const struct stack_device *d, size_t i, struct stack_lower *l);

/**
 * stack_texts_get() - what a file says
 * @texts: files
 * @name: of one
 *
 * Return: its text, or NULL if it is not among them.
 */
const char *stack_texts_get(const struct stack_texts *texts, const char *name);

#endif
