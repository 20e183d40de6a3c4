/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a block device makes progress while one of its pools, or two, are exhausted: from what was seen
 * of a trial to a verdict. Pure functions, no I/O.
 */
#ifndef BIOSCOPE_MODEL_VERIFY_H
#define BIOSCOPE_MODEL_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/utsname.h>
#include <time.h>

#include "model/circle.h"
#include "model/model.h"

#define VERIFY_HELD 2 /* pools that are exhausted at once, at most */
#define VERIFY_TRIALS 512

/* Best first. */
enum verify_verdict {
	VERIFY_PROGRESS, /* elements were refused, and each job went on */
	VERIFY_NOT_TESTED, /* see enum verify_untested */
	VERIFY_SLOW, /* it went on, but only when mempool_alloc() had slept for its 5 s */
	VERIFY_BLOCKED, /* a job was stuck, and not for want of what an exhausted pool could give back */
	VERIFY_ERROR, /* I/O failed */
	VERIFY_STALL, /* a job was stuck until the pressure was lifted, and tasks waited for the pool */
	VERIFY_VERDICTS
};

/* Why a pool was not tested. */
enum verify_untested {
	VERIFY_UNUSED, /* the workload took nothing from it without pressure */
	VERIFY_NOT_REFUSED, /* it was exhausted, and nothing was refused */
	VERIFY_NOT_ALL_REFUSED, /* so it was of one of two */
	VERIFY_NOT_HELD, /* it could not be exhausted */
	VERIFY_GONE, /* it was destroyed while it was exhausted */
	VERIFY_NO_IO, /* COMMAND has ended, and the disk has counted no I/O */
	VERIFY_NOT_ENDED, /* COMMAND did not end, and nothing of it was stuck */
	VERIFY_NO_TIME, /* the time was over */
	VERIFY_UNTESTEDS
};

/* What a workload did. */
struct verify_work {
	uint64_t duration_ns;
	uint64_t ios; /* completed */
	uint64_t errors; /* I/Os that failed; of COMMAND: 1 if it did */
	int error; /* of one of them: errno, or COMMAND's exit status */
	bool timed; /* these are known: */
	uint64_t p99_ns;
	uint64_t longest_ns;
};

/* Of blocks that were written. */
struct verify_blocks {
	uint64_t read; /* back, */
	uint64_t damaged; /* of which these were not what was written last, or could not be read */
	uint64_t unread; /* for which there was no time */
};

/* What was seen while pools were exhausted. */
struct verify_seen {
	uint64_t
		refused[VERIFY_HELD]; /* allocations that lived off the reserve, waited or failed */
	uint64_t missed[VERIFY_HELD]; /* that could not be refused */
	bool held; /* all were, to the end */
	bool gone; /* one was destroyed before */
	bool slow_anyway; /* without pressure I/O takes as long as a sleep in vain */
	bool ended; /* the workload was done with what it has to do: a job with its least, COMMAND with all */
	unsigned int stuck; /* jobs, or 1 for COMMAND, in an I/O while nothing went on */
	unsigned int waiting; /* tasks that waited for the pools then, */
	bool at_disk; /* whose elements are all with a disk that has not completed them */
	uint64_t slept_ns; /* longest sleep for one of them that no element has ended */
	struct verify_work work;
};

#define VERIFY_STUCK_NS 10500000000ULL /* two sleeps of mempool_alloc(), and a bit */
/* Nearly one sleep: who is looked at now and then may end it soon after. */
#define VERIFY_SLEPT_NS 4500000000ULL

struct verify_trial {
	size_t nr_pools; /* 1 or 2 */
	uint32_t slots[VERIFY_HELD];
	char names[VERIFY_HELD][MODEL_NAME];
	struct pools_name parts[VERIFY_HELD]; /* of which @names are made */
	bool bio_sets[VERIFY_HELD]; /* else it is a mempool of its own */
	uint32_t flags[VERIFY_HELD]; /* RECORD_POOL_* */
	uint32_t reserves[VERIFY_HELD];
	enum verify_verdict verdict;
	enum verify_untested untested; /* of VERIFY_NOT_TESTED */
	struct verify_seen seen; /* unless it was not begun */
	bool begun;
	bool recovered; /* all jobs ended after the pressure was lifted */
	uint64_t recovery_ns; /* which took so long */
	bool checked; /* what was written was read back then: */
	struct verify_blocks blocks;
	bool has_report; /* of VERIFY_STALL and VERIFY_BLOCKED, while it lasted: */
	struct read_snapshot snapshot;
	struct model_report report;
	struct circle circle;
};

struct verify_result {
	const char *device;
	const char *path; /* of it, NULL: not known */
	char *const *command; /* if @jobs is 0; NULL-terminated, NULL: not known */
	struct utsname kernel;
	time_t begun; /* 0: not known */
	unsigned int jobs; /* 0: it was COMMAND */
	uint64_t seed; /* of what is read and written */
	const char *written; /* file or region, NULL: nothing is written */
	uint64_t most_ns; /* that all trials may take, as was said beforehand */
	uint64_t duration_ns; /* that they took */
	struct verify_work without; /* pressure */
	size_t nr_trials;
	struct verify_trial *trials;
};

/**
 * verify_trial_init() - a trial that has not begun
 * @t: filled in: NOT TESTED
 * @pools: those to exhaust
 * @n: how many, VERIFY_HELD at most
 */
void verify_trial_init(struct verify_trial *t, const struct model_pool *const *pools, size_t n);

/**
 * verify_fails() - whether a trial shows that something is wrong
 * @t: the trial
 *
 * Return: true of any verdict but PROGRESS and NOT TESTED, of what has not recovered, and of damage.
 */
bool verify_fails(const struct verify_trial *t);

/**
 * verify_breaks() - whether a trial shows that something is wrong with how the pools are used
 * @t: the trial
 *
 * Return: true of STALL, SLOW and ERROR; what BLOCKED says may be due to something else.
 */
bool verify_breaks(const struct verify_trial *t);

/**
 * verify_judge() - what a trial says
 * @t: the trial, with its pools and what was seen; its verdict, and @untested, are filled in
 */
void verify_judge(struct verify_trial *t);

/**
 * verify_worst() - how bad it is
 * @r: the result
 *
 * Return: the worst verdict; VERIFY_NOT_TESTED only if nothing else was found.
 */
enum verify_verdict verify_worst(const struct verify_result *r);

/**
 * verify_status() - what to end with
 * @r: the result
 *
 * Return: MSG_EXIT_OK if whatever was tested makes progress, and something was; MSG_EXIT_CANT if nothing was;
 * else MSG_EXIT_FAILED, also for what was damaged or has not recovered.
 */
int verify_status(const struct verify_result *r);

/**
 * verify_name() - a word for a verdict
 * @verdict: the verdict
 *
 * Return: static string: "PROGRESS" and so on.
 */
const char *verify_name(enum verify_verdict verdict);

/**
 * verify_why() - why something was not tested
 * @untested: the reason
 *
 * Return: static string, a part of a sentence.
 */
const char *verify_why(enum verify_untested untested);

/**
 * verify_rate() - how many I/Os a second a workload did
 * @w: the workload
 *
 * Return: the number, 0 also if it took no time.
 */
uint64_t verify_rate(const struct verify_work *w);

#endif
