/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stream into memory, for what is printed as part of something else. Unlike open_memstream(3) of glibc it tells when
 * there was no memory for all of it.
 */
#ifndef BIOSCOPE_UTIL_TEXT_FILE_H
#define BIOSCOPE_UTIL_TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct text_file {
	FILE *out; /* to print to */
	char *text;
	size_t size; /* without the 0 at the end */
	size_t room;
	bool failed;
};

/**
 * text_file_open() - begin
 * @f: filled in; must stay where it is until text_file_close()
 *
 * Return: the stream, or NULL without memory.
 */
FILE *text_file_open(struct text_file *f);

/**
 * text_file_close() - what was printed
 * @f: from text_file_open(), also one that has failed, or all zero
 *
 * Return: a string to be freed, or NULL if there was no memory for all of it.
 */
char *text_file_close(struct text_file *f);

#endif
