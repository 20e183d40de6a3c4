/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small files.
 */
#ifndef BIOSCOPE_UTIL_FILE_H
#define BIOSCOPE_UTIL_FILE_H

#include <stddef.h>

/**
 * file_read() - read a whole file of text
 * @path: of the file; also what is no regular file is read to its end
 * @most: bytes that it may have
 * @text: result, ended by a NUL, to be freed
 *
 * Return: 0 or -errno; -EFBIG if it has more, -EINVAL if there is a NUL in it.
 */
int file_read(const char *path, size_t most, char **text);

#endif
