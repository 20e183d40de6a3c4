// SPDX-License-Identifier: GPL-2.0
/*
 * The files that verify writes beside what it prints.
 */
#include "cmd/verify_files.h"

#include <errno.h>
#include <string.h>

#include "render/verify.h"
#include "util/msg.h"

int verify_files_open(const struct options *o, struct verify_files *f)
{
	size_t i;

	*f = (struct verify_files){ { { .path = o->junit, .render = render_verify_junit },
				      { .path = o->html, .render = render_verify_html },
				      { .path = o->report, .render = render_verify_report } } };
	for (i = 0; i < VERIFY_FILES; i++) {
		struct verify_file *each = &f->each[i];

		if (!each->path)
			continue;
		each->out = fopen(each->path, "we");
		if (each->out)
			continue;
		msg_error("verify: cannot write %s: %s", each->path, strerror(errno));
		return MSG_EXIT_USAGE;
	}
	return MSG_EXIT_OK;
}

/* What one write was told may be all that is known: the last one may succeed. */
static int write_one(struct verify_file *f, const struct verify_result *r)
{
	bool failed;
	int err;

	errno = 0;
	f->render(r, f->out);
	failed = fflush(f->out) || ferror(f->out);
	err = errno;
	if (fclose(f->out) && !failed) {
		failed = true;
		err = errno;
	}
	f->out = NULL;
	if (!failed)
		return MSG_EXIT_OK;
	msg_error("verify: cannot write %s: %s", f->path, strerror(err));
	return MSG_EXIT_FAILED;
}

int verify_files_write(struct verify_files *f, const struct verify_result *r)
{
	int status = MSG_EXIT_OK;
	size_t i;

	for (i = 0; i < VERIFY_FILES; i++)
		if (f->each[i].out && write_one(&f->each[i], r))
			status = MSG_EXIT_FAILED;
	return status;
}

void verify_files_close(struct verify_files *f)
{
	size_t i;

	for (i = 0; i < VERIFY_FILES; i++) {
		if (f->each[i].out)
			fclose(f->each[i].out);
		f->each[i].out = NULL;
	}
}
