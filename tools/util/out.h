/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stdout, which is data: that it was written is part of what a command does.
 */
#ifndef BIOSCOPE_UTIL_OUT_H
#define BIOSCOPE_UTIL_OUT_H

#include <stdbool.h>

/**
 * out_at_exit() - when the process ends, say so if what it printed could not be written
 *
 * It ends as one that failed then, see status_final(), whatever it was to end with. Of a pipe that nobody reads any more
 * nothing is said.
 */
void out_at_exit(void);

/**
 * out_is_lost() - write out what was printed; whether going on is of no use, because that cannot be
 *
 * Return: true if so.
 */
bool out_is_lost(void);

#endif
