/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that verify writes beside what it prints.
 */
#ifndef BIOSCOPE_CMD_VERIFY_FILES_H
#define BIOSCOPE_CMD_VERIFY_FILES_H

#include <stdio.h>

#include "model/verify.h"
#include "run/options.h"

#define VERIFY_FILES 3

struct verify_file {
	const char *path; /* NULL: it is not wanted */
	void (*render)(const struct verify_result *r, FILE *out);
	FILE *out; /* NULL: it is not open */
};

struct verify_files {
	struct verify_file each[VERIFY_FILES];
};

/**
 * verify_files_open() - open what is asked for, so that what cannot be written is known in time
 * @o: the options
 * @f: filled in; verify_files_close() it, also after an error
 *
 * Return: MSG_EXIT_OK, or MSG_EXIT_USAGE with a message on stderr.
 */
int verify_files_open(const struct options *o, struct verify_files *f);

/**
 * verify_files_write() - write all of them, and close them
 * @f: the files
 * @r: the result
 *
 * Return: MSG_EXIT_OK, or MSG_EXIT_FAILED with a message on stderr if one could not be written.
 */
int verify_files_write(struct verify_files *f, const struct verify_result *r);

/**
 * verify_files_close() - close what is still open
 * @f: the files; may be all zero
 */
void verify_files_close(struct verify_files *f);

#endif
