/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One trial of verify: pools are exhausted, the workload runs, and what that comes to is looked at; then the
 * pressure is lifted, and the workload has to end.
 */
#ifndef BIOSCOPE_RUN_TRIAL_H
#define BIOSCOPE_RUN_TRIAL_H

#include "model/verify.h"
#include "run/session.h"
#include "run/workload.h"

#define TRIAL_LEAST_NS 1000000000ULL /* that a trial takes */
#define TRIAL_MOST_NS \
	30000000000ULL /* until COMMAND must have ended, or each job have done its least */
#define TRIAL_RECOVERY_NS 20000000000ULL /* that all may take to end after that */
#define TRIAL_CHECK_NS 5000000000ULL /* to read back what was written */

/**
 * trial_run() - exhaust pools while the workload runs
 * @s: the session, started
 * @w: the workload
 * @pools: those to exhaust, VERIFY_HELD at most
 * @t: from verify_trial_init() of these; filled in, with its verdict; trial_free() it. Without pools it is what the
 *	workload does without pressure.
 *
 * However this process ends, the kernel lifts the pressure.
 *
 * Return: 0, -EINTR if the session was interrupted, or -errno with a message on stderr.
 */
int trial_run(struct session *s, struct workload *w, const struct model_pool *const *pools,
	      struct verify_trial *t);

/**
 * trial_free() - free what a trial holds
 * @t: the trial; may be all zero
 */
void trial_free(struct verify_trial *t);

#endif
