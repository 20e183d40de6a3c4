/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One job of a workload: a process that does one I/O after another.
 */
#ifndef BIOSCOPE_RUN_JOB_H
#define BIOSCOPE_RUN_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define JOB_BLOCK 4096 /* bytes */
#define JOB_LARGEST (1u << 20) /* bytes of one I/O, at most */

/* What it has done, in memory shared with who watches it. */
struct job_done {
	_Atomic uint64_t
		begun_ns; /* when the I/O began that it is in, CLOCK_MONOTONIC; 0: it is in none */
	_Atomic uint64_t ios; /* completed */
	_Atomic uint64_t errors; /* failed */
	_Atomic int error; /* errno of the last that did */
	_Atomic uint64_t longest_ns;
	__u64 times[RECORD_HIST_BUCKETS]; /* of hist_bucket() */
};

/* What it is to do. */
struct job {
	int fd; /* opened with O_DIRECT */
	uint64_t start; /* of its own area, in bytes; of whole blocks, as is: */
	uint64_t size;
	size_t largest; /* bytes of one I/O, JOB_LARGEST at most */
	bool write; /* three of four I/Os */
	uint64_t seed; /* of sizes and places */
	uint32_t round; /* what is written is told apart by this, not 0 */
	uint32_t *
		rounds; /* of each block of the area: which it has, 0: not known; NULL: nothing is written */
	struct job_done *done;
	const _Atomic bool *stop;
};

/**
 * job_run() - do I/O until it is told to stop, or one has failed
 * @j: the job
 */
void job_run(const struct job *j);

/**
 * job_check_block() - whether a block is what a job has written
 * @block: JOB_BLOCK bytes
 * @offset: where it is, in bytes
 * @round: which was written there last
 *
 * Return: true if so.
 */
bool job_check_block(const void *block, uint64_t offset, uint32_t round);

/**
 * job_random() - the next number of a sequence
 * @state: of the sequence; any value begins one
 *
 * That is splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
 *
 * Return: 64 random bits.
 */
uint64_t job_random(uint64_t *state);

#endif
