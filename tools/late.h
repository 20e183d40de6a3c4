/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One thing that may have to be done after this process has given up its capabilities: a child that
 * keeps what that takes waits to be asked for it.
 */
#ifndef BIOSCOPE_LATE_H
#define BIOSCOPE_LATE_H

#include <stdbool.h>
#include <sys/types.h>

struct late {
	pid_t pid; /* 0: there is none */
	int fd;
	bool asked; /* and has not answered */
};

/**
 * late_start() - fork who is to do it
 * @act: what is to be done: returns 0 or -errno; what it opens stays open as long as the child lives
 * @arg: for that
 * @l: filled in; late_end() it
 *
 * The child keeps CAP_BPF and CAP_PERFMON, has no terminal and no output, heeds no signal from the
 * keyboard, and dies with this process. To be called while no file is open that it should not keep.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int late_start(int (*act)(void *arg), void *arg, struct late *l);

/**
 * late_ask() - have it done; it may take long, where memory is short
 * @l: from late_start(); at most once
 *
 * Return: 0, or -errno if the child is gone.
 */
int late_ask(struct late *l);

/**
 * late_answered() - whether what was asked for is done
 * @l: from late_start()
 * @answer: what @act returned, or -ESRCH if the child went before it was done
 *
 * Return: true once, when it is.
 */
bool late_answered(struct late *l, int *answer);

/**
 * late_end() - end the child, and with it what it has opened
 * @l: from late_start(); may be all zero
 */
void late_end(struct late *l);

#endif
