/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the process ends with. If it runs a COMMAND, its statuses are not to be taken for ours.
 */
#ifndef BIOSCOPE_UTIL_STATUS_H
#define BIOSCOPE_UTIL_STATUS_H

#include "util/msg.h"

/*
 * Ours beside a COMMAND are these and enum msg_exit: below those that timeout(1), env(1) and shells
 * give a meaning to, from 124 on, and what few programs end with.
 */
#define STATUS_BESIDE 110

#define STATUS_COMMAND 0x100 /* flag: COMMAND's own, which is in the low byte */

/**
 * status_beside_command() - say that there is a COMMAND
 */
void status_beside_command(void);

/**
 * status_final() - what the process is to end with
 * @status: enum msg_exit, or STATUS_COMMAND and what COMMAND ended with
 *
 * Return: COMMAND's status if it is that; @status if all is fine, or there is no COMMAND; else STATUS_BESIDE more.
 */
int status_final(int status);

/**
 * status_of_error() - what to end with where the kernel has refused to load, attach or read
 * @err: -errno; lockdown, an old kernel and missing privileges have several, of which EINVAL is what a program gets
 *	 that calls a helper that is not there
 *
 * Return: MSG_EXIT_CANT if this kernel or these privileges cannot, else MSG_EXIT_FAILED.
 */
int status_of_error(int err);

#endif
