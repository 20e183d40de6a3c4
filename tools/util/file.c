// SPDX-License-Identifier: GPL-2.0
/*
 * Small files.
 */
#include "util/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int file_read(const char *path, size_t most, char **text)
{
	FILE *f = fopen(path, "re");
	size_t n = 0;
	int err = 0;

	*text = NULL;
	if (!f)
		return -errno;
	*text = malloc(most + 2);
	if (*text)
		n = fread(*text, 1, most + 1, f);
	if (!*text)
		err = -ENOMEM;
	else if (ferror(f))
		err = -errno;
	else if (n > most)
		err = -EFBIG;
	else if (memchr(*text, '\0', n))
		err = -EINVAL;
	fclose(f);
	if (err) {
		free(*text);
		*text = NULL;
	} else {
		(*text)[n] = '\0';
	}
	return err;
}
