// SPDX-License-Identifier: GPL-2.0
/*
 * A stream into memory.
 */
#include "util/text_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define ROOM_FIRST 1024

/* There is always room for the 0 at the end. */
static bool make_room(struct text_file *f, size_t more)
{
	size_t room = f->room ?: ROOM_FIRST;
	char *text;

	while (room - f->size <= more)
		room *= 2;
	text = room == f->room ? f->text : realloc(f->text, room);
	if (!text)
		return false;
	f->text = text;
	f->room = room;
	return true;
}

static ssize_t write_text(void *cookie, const char *data, size_t size)
{
	struct text_file *f = cookie;

	if (f->failed || !make_room(f, size)) {
		f->failed = true;
		return 0;
	}
	memcpy(f->text + f->size, data, size);
	f->size += size;
	f->text[f->size] = '\0';
	return (ssize_t)size;
}

FILE *text_file_open(struct text_file *f)
{
	static const cookie_io_functions_t functions = { .write = write_text };

	*f = (struct text_file){ 0 };
	if (make_room(f, 0)) {
		f->text[0] = '\0';
		f->out = fopencookie(f, "w", functions);
	}
	return f->out;
}

char *text_file_close(struct text_file *f)
{
	char *text;

	if (!f->out || fclose(f->out) || f->failed) {
		free(f->text);
		f->text = NULL;
	}
	text = f->text;
	f->out = NULL;
	f->text = NULL;
	return text;
}
