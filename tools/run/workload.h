/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What drives a device while its pools are exhausted: jobs that read, or write a region that was named for
 * that and read it back, or COMMAND; and whether they get on.
 */
#ifndef BIOSCOPE_RUN_WORKLOAD_H
#define BIOSCOPE_RUN_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/verify.h"
#include "run/run.h"

#define WORKLOAD_JOBS 64 /* at most */
#define WORKLOAD_BLOCK 4096 /* bytes; every I/O is of whole ones */
#define WORKLOAD_AREA (2u << 20) /* bytes that one job writes to, at most */
#define WORKLOAD_LEAST 4 /* I/Os of each job, before it can be said to get on */

struct workload_ask {
	const char *path; /* device or file */
	uint64_t start; /* region of it, in bytes */
	uint64_t size; /* 0: to its end */
	unsigned int jobs; /* 1 to WORKLOAD_JOBS */
	bool write;
	bool create; /* the file, which must not be there */
	uint64_t seed;
	char **command; /* instead of jobs; NULL-terminated */
	const uint32_t *devs; /* the disk, and those below it: what they do is progress */
	size_t nr_devs;
};

struct workload_shared;

struct workload {
	struct workload_ask ask;
	const struct run *run; /* what signals were before */
	struct workload_shared *shared; /* with the jobs */
	size_t shared_size;
	int fd; /* of the device or file, O_DIRECT; -1: none */
	uint64_t area; /* bytes of each job */
	uint32_t round; /* how often it was started */
	size_t nr_pids;
	pid_t pids[WORKLOAD_JOBS]; /* 0: has ended, and was waited for */
	int status; /* COMMAND's, as waitpid() gave it */
	uint64_t begun_ns; /* CLOCK_MONOTONIC, of this round */
	uint64_t ended_ns; /* when it was told to stop, or had ended; 0: not yet */
	uint64_t done_before; /* I/Os of the disk, as it was started */
};

/* How it goes. */
struct workload_state {
	uint64_t longest_ns; /* that a job is in its I/O now; of COMMAND, that it runs */
	unsigned int waiting; /* jobs that are so for VERIFY_SLEPT_NS; 1 for COMMAND */
	bool ended; /* each job has done its least, or COMMAND has ended */
	bool failed; /* some I/O has, or COMMAND */
};

/**
 * workload_open() - get ready
 * @ask: what it is to do
 * @run: what signals were before run_init(), for COMMAND; must outlive it
 * @w: filled in; workload_close() it, also after an error
 *
 * A region of a device must not be in use otherwise. What is written has no other contents afterwards; a file
 * that is created has no name any more when this returns, and goes with workload_close(), or with this process.
 *
 * Return: MSG_EXIT_OK, MSG_EXIT_USAGE if it cannot be what is named, or MSG_EXIT_FAILED, with a message on stderr.
 */
int workload_open(const struct workload_ask *ask, const struct run *run, struct workload *w);

/**
 * workload_start() - make the processes, which wait for the word to go
 * @w: the workload
 *
 * They have nothing of what is opened afterwards. They end with us, however that is, unless they are in I/O
 * that does not end.
 *
 * Return: 0 or -errno with a message on stderr.
 */
int workload_start(struct workload *w);

/**
 * workload_go() - give the word
 * @w: the workload, started
 */
void workload_go(struct workload *w);

/**
 * workload_look() - how it goes
 * @w: the workload
 * @state: filled in
 */
void workload_look(struct workload *w, struct workload_state *state);

/**
 * workload_done() - how much the disks have done
 * @w: the workload
 *
 * Return: how many I/Os all of them have completed; any change of it is progress.
 */
uint64_t workload_done(const struct workload *w);

/**
 * workload_stop() - jobs are to end with the I/O they are in; COMMAND does by itself
 * @w: the workload
 */
void workload_stop(struct workload *w);

/**
 * workload_signal() - end what does not end by itself
 * @w: the workload
 * @signal: SIGTERM or SIGKILL
 */
void workload_signal(struct workload *w, int signal);

/**
 * workload_is_over() - whether all processes have ended
 * @w: the workload
 *
 * Return: true if so.
 */
bool workload_is_over(struct workload *w);

/**
 * workload_result() - what it did since it was started
 * @w: the workload, stopped
 * @out: filled in
 */
void workload_result(const struct workload *w, struct verify_work *out);

/**
 * workload_check() - read back what was written since it was started last, some of each job in turn
 * @w: the workload, which is over
 * @ns: no other read is begun after that time
 * @blocks: filled in
 *
 * Return: 0 or -errno with a message on stderr.
 */
int workload_check(struct workload *w, uint64_t ns, struct verify_blocks *blocks);

/**
 * workload_close() - end it
 * @w: the workload
 */
void workload_close(struct workload *w);

#endif
