/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hash maps, copied in one call as far as that goes: whatever comes and goes meanwhile, no key is met
 * twice, because the kernel copies a bucket under its lock and each once (htab_map_lookup_batch() in
 * kernel/bpf/hashtab.c).
 */
#ifndef BIOSCOPE_READ_BATCH_H
#define BIOSCOPE_READ_BATCH_H

#include <stddef.h>
#include <sys/types.h>

/**
 * batch_read() - copy a hash map
 * @fd: the map
 * @keys: result, room for @most of them
 * @key_size: of one, in bytes
 * @values: result, likewise
 * @value_size: of one, in bytes
 * @most: entries at the most
 *
 * Return: how many there are, or -errno.
 */
ssize_t batch_read(int fd, void *keys, size_t key_size, void *values, size_t value_size,
		   size_t most);

#endif
