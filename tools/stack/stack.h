/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stack_blk devices through configfs: a directory each, whose files are the attributes. The module
 * says in the kernel's log why it has refused one.
 */
#ifndef BIOSCOPE_STACK_H
#define BIOSCOPE_STACK_H

#include <stdbool.h>
#include <stddef.h>

#define STACK_VALUE 4096 /* an attribute is at most a page, with the NUL that the kernel adds */
#define STACK_NAME 256 /* of a device */
#define STACK_SHOWN (4 * STACK_NAME) /* the same, escaped */
#define STACK_WHY 1536
#define STACK_SLOW_S 2 /* what takes longer is told, and given up on once interrupted */

struct stack {
	const char *root; /* all paths are below; "" but in tests */
	int log_fd; /* the kernel's log from where stack_begin() found its end, -1: cannot be read */
};

/**
 * stack_path() - a path below the root
 * @s: the root
 * @out: the path
 * @size: its size
 * @fmt: printf format of the path
 *
 * Return: 0 or -ENAMETOOLONG.
 */
int stack_path(const struct stack *s, char *out, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/**
 * stack_read() - the text of a file
 * @path: which
 * @out: at least STACK_VALUE bytes; without the newline at its end
 *
 * Return: 0 or -errno.
 */
int stack_read(const char *path, char *out);

/**
 * stack_is_there() - whether the module is loaded and its configfs is in reach
 * @s: the root
 *
 * Return: true if so.
 */
bool stack_is_there(const struct stack *s);

/**
 * stack_load() - load the module and mount configfs, as far as that is not done
 * @s: from stack_begin()
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int stack_load(const struct stack *s);

/**
 * stack_begin() - before something is changed
 * @s: the root, whose log is opened; stack_end() it
 *
 * From here on SIGINT, SIGTERM and SIGHUP do not end the process: what would wait ends with -EINTR.
 */
void stack_begin(struct stack *s);

/**
 * stack_end() - close the log
 * @s: from stack_begin()
 */
void stack_end(struct stack *s);

/**
 * stack_sleep() - wait a moment
 * @ms: how long
 *
 * Return: true if a signal came that wants us to end.
 */
bool stack_sleep(unsigned int ms);

/**
 * stack_run() - run a program, after stack_begin(), and wait for it
 * @argv: the program and its arguments, NULL-terminated
 *
 * Return: its exit status, 127 if there is none such; -errno, -EINTR if a signal wants us to end.
 */
int stack_run(char *const argv[]);

/**
 * stack_make() - make a device, which is powered off
 * @s: from stack_begin()
 * @name: its name
 *
 * Return: 0 or -errno.
 */
int stack_make(const struct stack *s, const char *name);

/**
 * stack_remove() - remove a device
 * @s: from stack_begin()
 * @name: its name
 *
 * The kernel ends its faults and waits ten seconds for its I/O, and cannot be interrupted meanwhile.
 *
 * Return: 0 or -errno.
 */
int stack_remove(const struct stack *s, const char *name);

/**
 * stack_is_preset() - whether a device is one that the module made when it was loaded
 * @s: the root
 * @name: of the device
 *
 * Return: true if so: it goes with the module, and not before.
 */
bool stack_is_preset(const struct stack *s, const char *name);

/**
 * stack_get() - read an attribute
 * @s: the root
 * @name: of the device
 * @attr: the attribute; "GROUP/NAME" if it is in a group
 * @out: at least STACK_VALUE bytes
 *
 * Return: 0 or -errno.
 */
int stack_get(const struct stack *s, const char *name, const char *attr, char *out);

/**
 * stack_set() - write an attribute
 * @s: from stack_begin()
 * @name: of the device
 * @attr: the attribute
 * @value: the value
 * @slow: to be said if it takes long, NULL: nothing
 *
 * Return: 0 or -errno; -EINTR if a signal wants us to end, -ETIMEDOUT if so and the kernel goes on with it.
 */
int stack_set(const struct stack *s, const char *name, const char *attr, const char *value,
	      const char *slow);

/**
 * stack_said() - the last that the kernel said about a device, since this was asked or stack_begin()
 * @s: from stack_begin()
 * @name: of the device
 * @out: what it said, at least STACK_WHY bytes; "" if nothing
 */
void stack_said(const struct stack *s, const char *name, char *out);

/**
 * stack_why() - why an attribute was not written
 * @s: from stack_begin()
 * @name: of the device
 * @attr: the attribute
 * @err: from stack_set()
 * @out: the reason, in the kernel's own words if it has said something, at least STACK_WHY bytes
 *
 * Return: @out.
 */
const char *stack_why(const struct stack *s, const char *name, const char *attr, int err,
		      char *out);

/**
 * stack_exit() - what to end with after an error
 * @err: -errno, of stack_make() or stack_set()
 *
 * Return: enum msg_exit: MSG_EXIT_USAGE for a value that is none, or a device that is not there.
 */
int stack_exit(int err);

/**
 * stack_log_line() - what a line of the kernel's log says about a device
 * @record: as read from /dev/kmsg
 * @name: of the device
 * @out: what it says, at least STACK_WHY bytes
 *
 * Return: whether it is about that device.
 */
bool stack_log_line(const char *record, const char *name, char *out);

/**
 * stack_log_refusal() - a refusal as a sentence
 * @said: "ATTR: 'VALUE' refused: REASON", from stack_log_line()
 * @out: "ATTR 'VALUE' is refused: REASON", with an error as text; anything else as it is
 */
void stack_log_refusal(const char *said, char *out);

#endif
