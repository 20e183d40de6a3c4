// SPDX-License-Identifier: GPL-2.0
/*
 * stdout, which is data.
 */
#include "util/out.h"

#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/msg.h"
#include "util/status.h"

static int last_error; /* of a write that failed before the end */

bool out_is_lost(void)
{
	if (!last_error && fflush(stdout))
		last_error = errno;
	return last_error || ferror(stdout);
}

static bool is_pipe(void)
{
	struct stat st;

	return !fstat(STDOUT_FILENO, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* A stdout that was closed from the beginning is fine as long as nothing is written to it. */
static void close_stdout(void)
{
	bool failed = ferror(stdout), wanted = __fpending(stdout) != 0, pipe = is_pipe();
	int err = last_error;

	if (fclose(stdout) && (failed || wanted || errno != EBADF)) {
		failed = true;
		err = err ?: errno;
	}
	if (!failed)
		return;
	/* What a write within printf() was told is not known. */
	if (err != EPIPE && (err || !pipe))
		msg_error("cannot write to stdout%s%s", err ? ": " : "", err ? strerror(err) : "");
	_exit(status_final(MSG_EXIT_FAILED));
}

void out_at_exit(void)
{
	atexit(close_stdout);
}
