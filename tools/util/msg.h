/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bioscope says to people: always on stderr, stdout is data.
 */
#ifndef BIOSCOPE_UTIL_MSG_H
#define BIOSCOPE_UTIL_MSG_H

#include <stdio.h>

/* Exit statuses of every command. */
enum msg_exit {
	MSG_EXIT_OK = 0,
	MSG_EXIT_FAILED = 1, /* or a finding */
	MSG_EXIT_USAGE = 2,
	MSG_EXIT_CANT = 3, /* this kernel or these privileges cannot */
	MSG_EXIT_LOST = 4, /* data was lost */
};

/**
 * msg_error() - say what failed, on what, why, and what to do
 * @fmt: printf format of the sentence, without prefix and newline
 */
#define msg_error(fmt, ...) fprintf(stderr, "bioscope: " fmt "\n", ##__VA_ARGS__)

/**
 * msg_note() - tell something that is not an error
 * @fmt: printf format of the sentence, without prefix and newline
 */
#define msg_note(fmt, ...) fprintf(stderr, "bioscope: " fmt "\n", ##__VA_ARGS__)

#endif
