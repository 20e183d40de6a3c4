// SPDX-License-Identifier: GPL-2.0
/*
 * Hash maps, copied.
 */
#include "read/batch.h"

#include <errno.h>
#include <stdint.h>

#include <bpf/bpf.h>

ssize_t batch_read(int fd, void *keys, size_t key_size, void *values, size_t value_size,
		   size_t most)
{
	uint32_t place, *from = NULL, count;
	size_t n = 0;
	int err = 0;

	while (!err && n < most) {
		count = (uint32_t)(most - n);
		err = bpf_map_lookup_batch(fd, from, &place, (char *)keys + n * key_size,
					   (char *)values + n * value_size, &count, NULL);
		err = err ? -errno : 0;
		/* More than the map can have at a time came and went. */
		if (err == -ENOSPC && n)
			break;
		/* This is how the end is told. */
		if (err && err != -ENOENT)
			return err;
		n += count;
		from = &place;
	}
	return (ssize_t)n;
}
