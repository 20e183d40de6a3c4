// SPDX-License-Identifier: GPL-2.0
/*
 * The one-shot programs of bpf/discover.bpf.c, run.
 */
#include "load/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "discover.skel.h"

#define QUEUE_RUNS 256 /* an end to a list that never ends */
#define REQUEST_RUNS 1024 /* likewise */
#define TASKS_READ 65536 /* bytes at a time */

int walk_run(struct bpf_program *prog)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

	return err < 0 ? err : 0;
}

int walk_memory(struct discover_bpf *skel, uint64_t from, void *to, size_t size)
{
	size_t part;
	int err;

	for (; size; size -= part, from += part, to = (char *)to + part) {
		part = size < sizeof(skel->bss->memory) ? size : sizeof(skel->bss->memory);
		skel->bss->memory_at = from;
		skel->bss->memory_size = (uint32_t)part;
		err = walk_run(skel->progs.read_memory) ?: skel->bss->memory_error;
		if (err)
			return err;
		memcpy(to, skel->bss->memory, part);
	}
	return 0;
}

/* Reads a file to its end. Returns how many bytes there are, to be freed. */
static ssize_t read_all(int fd, char **out)
{
	size_t size = 0, room = 0;
	ssize_t n = 1;

	for (*out = NULL; n > 0; size += n > 0 ? (size_t)n : 0) {
		if (room - size < TASKS_READ) {
			char *more = realloc(*out, room = 2 * room + TASKS_READ);

			if (!more) {
				errno = ENOMEM;
				n = -1;
				break;
			}
			*out = more;
		}
		n = read(fd, *out + size, room - size);
	}
	if (!n)
		return (ssize_t)size;
	n = -errno;
	free(*out);
	*out = NULL;
	return n;
}

ssize_t walk_tasks(struct bpf_link *link, size_t size, void **out)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	char *bytes = NULL;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read_all(fd, &bytes);
	close(fd);
	*out = bytes;
	return n < 0 ? n : n / (ssize_t)size;
}

int walk_queue(struct discover_bpf *skel, uint32_t slot, struct record_sleeper *out, size_t most)
{
	size_t n = 0, more;
	unsigned int runs;
	int err = 0;

	skel->bss->queue_slot = slot;
	skel->bss->queue_next = 0;
	skel->bss->queue_done = 0;
	for (runs = 0; runs < QUEUE_RUNS && !err && !skel->bss->queue_done && n < most; runs++) {
		err = walk_run(skel->progs.read_queue);
		more = skel->bss->queue_n < most - n ? skel->bss->queue_n : most - n;
		memcpy(out + n, skel->bss->sleepers, more * sizeof(*out));
		n += more;
		/* Where it stood somebody has left: from the start. */
		if (!more && !skel->bss->queue_done)
			skel->bss->queue_next = n = 0;
	}
	return err ?: (int)n;
}

/* Adds what a run has told. */
static int add_requests(const struct discover_bpf *skel, struct record_request **out, size_t *n)
{
	size_t more = skel->bss->requests_n % (RECORD_REQUESTS + 1);
	struct record_request *all;

	if (!more)
		return 0;
	all = realloc(*out, (*n + more) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	memcpy(all + *n, skel->bss->requests, more * sizeof(*all));
	*out = all;
	*n += more;
	return 0;
}

ssize_t walk_requests(struct discover_bpf *skel, uint64_t bio_split, struct record_request **out)
{
	unsigned int runs;
	size_t n = 0;
	int err = 0;

	*out = NULL;
	skel->bss->requests_of = bio_split;
	skel->bss->requests_queue = 0;
	skel->bss->requests_tag = 0;
	skel->bss->requests_bio = 0;
	skel->bss->requests_done = 0;
	skel->bss->requests_none = 0;
	for (runs = 0; runs < REQUEST_RUNS && !err && !skel->bss->requests_done; runs++)
		err = walk_run(skel->progs.read_requests) ?: add_requests(skel, out, &n);
	if (!err && skel->bss->requests_none)
		err = -EOPNOTSUPP;
	if (!err && !skel->bss->requests_done)
		err = -E2BIG;
	if (!err)
		return (ssize_t)n;
	free(*out);
	*out = NULL;
	return err;
}

int walk_add(struct discover_bpf *skel, uint64_t address, enum record_pool_kind kind,
	     uint32_t offset, bool mempool)
{
	skel->bss->member_address = address;
	skel->bss->member_kind = kind;
	skel->bss->member_offset = offset;
	return walk_run(mempool ? skel->progs.add_mempool : skel->progs.add_member);
}

int walk_add_named(struct discover_bpf *skel, uint64_t address)
{
	skel->bss->named_bs = address;
	return walk_run(skel->progs.add_named);
}
