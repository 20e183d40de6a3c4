// SPDX-License-Identifier: GPL-2.0
/*
 * A stream into memory.
 */
#include "util/text_file.h"

#include <stdbool.h>
#include <stdlib.h>

FILE *text_file_open(struct text_file *f)
{
	*f = (struct text_file){ 0 };
	f->out = open_memstream(&f->text, &f->size);
	return f->out;
}

char *text_file_close(struct text_file *f)
{
	bool failed = !f->out || ferror(f->out);

	if (f->out && fclose(f->out))
		failed = true;
	f->out = NULL;
	if (!failed)
		return f->text;
	free(f->text);
	f->text = NULL;
	return NULL;
}
