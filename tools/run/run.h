/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For how long a command runs: as long as COMMAND, a number of seconds, or until a signal.
 */
#ifndef BIOSCOPE_RUN_H
#define BIOSCOPE_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "run/options.h"

struct run {
	pid_t child; /* COMMAND, 0: none */
	int child_status; /* as waitpid() gave it */
	bool child_done;
	bool interrupted; /* SIGINT or SIGTERM came, and then: */
	uint64_t patience_ns; /* that COMMAND has to end when it is told to */
	uint64_t over_ns; /* when it is over, CLOCK_MONOTONIC */
	uint64_t end_ns; /* likewise; 0: no limit */
	int signal_fd;
	int go_fd; /* COMMAND waits for a byte from it, and is not started if it is closed before */
	sigset_t mask; /* what we were given, and COMMAND is: signals that are blocked, */
	struct sigaction sigchld; /* and what becomes of SIGCHLD */
};

/**
 * run_init() - take signals from now on, and make COMMAND's process if there is one
 * @o: options; with --json, what COMMAND prints on stdout goes to our stderr
 * @r: filled in; run_close() it, also after an error
 *
 * The process has nothing of what is opened afterwards, whatever becomes of us.
 *
 * Return: 0 or -errno, with a message on stderr.
 */
int run_init(const struct options *o, struct run *r);

/**
 * run_start() - start the clock, and COMMAND if there is one
 * @o: options
 * @r: the run
 *
 * Return: enum msg_exit, with a message on stderr unless MSG_EXIT_OK.
 */
int run_start(const struct options *o, struct run *r);

/**
 * run_wait() - sleep until a time or until the run is over
 * @r: the run
 * @ns: at most that long, in ns
 *
 * SIGINT and SIGTERM are COMMAND's first: the run is over when it has ended, or has not within 2 s, or with
 * the second one.
 *
 * Return: true if the run goes on, false if it is over.
 */
bool run_wait(struct run *r, uint64_t ns);

/**
 * run_wait_fd() - the same, or until there is something to read
 * @r: the run
 * @ns: at most that long, in ns
 * @fd: what may be read from, or -1
 *
 * Return: true if the run goes on, false if it is over.
 */
bool run_wait_fd(struct run *r, uint64_t ns, int fd);

/**
 * run_status() - what COMMAND ended with
 * @r: the run
 *
 * Return: STATUS_COMMAND and its status (128 + signal if it was killed), MSG_EXIT_OK if that is 0, it has not
 * ended, or there is none.
 */
int run_status(const struct run *r);

/**
 * run_close() - stop COMMAND if it still runs
 * @r: the run, from run_init()
 *
 * It gets SIGTERM, and 2 s to end; if it has not then, stderr says so. SIGINT and SIGTERM stay blocked: what is
 * left to do takes no time, and a report may not have been written yet.
 */
void run_close(struct run *r);

#endif
