// SPDX-License-Identifier: GPL-2.0
/*
 * What the jobs of a workload read or write.
 */
#include "run/workload_target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "run/job.h"
#include "util/msg.h"

#define PIECE ((size_t)16) /* blocks that are read back at once */

/* One that is written to must be nobody else's: O_EXCL is refused of a device that is mounted or claimed. */
static int open_it(struct workload *w)
{
	const struct workload_ask *a = &w->ask;
	int flags = O_DIRECT | O_CLOEXEC | (a->write ? O_RDWR | O_EXCL : O_RDONLY), err;

	w->fd = open(a->path, flags | (a->create ? O_CREAT : 0), 0600);
	if (w->fd >= 0) {
		w->created = a->create;
		return 0;
	}
	err = errno;
	msg_error("verify: cannot open %s: %s%s", a->path, strerror(err),
		  err == EEXIST		     ? "; name a file that is not there yet" :
		  err == EBUSY		     ? "; it is in use, name a file on it" :
		  err == EINVAL && a->create ? "; its file system has no direct I/O" :
					       "");
	return -err;
}

static int write_zeroes(struct workload *w, uint64_t size)
{
	void *zeroes = NULL;
	uint64_t at;
	int err = posix_memalign(&zeroes, WORKLOAD_BLOCK, JOB_LARGEST);

	if (err)
		return -err;
	memset(zeroes, 0, JOB_LARGEST);
	for (at = 0; !err && at < size; at += JOB_LARGEST)
		if (pwrite(w->fd, zeroes, JOB_LARGEST, (off_t)at) != JOB_LARGEST)
			err = errno ? -errno : -EIO;
	free(zeroes);
	return err;
}

/* Its blocks are there before anything is exhausted: what a file system does to find some is not to be tested. */
static int fill_file(struct workload *w)
{
	uint64_t size = (uint64_t)w->ask.jobs * WORKLOAD_AREA;
	int err = write_zeroes(w, size);

	if (!err && fsync(w->fd))
		err = -errno;
	if (err)
		msg_error("verify: cannot write %" PRIu64 " bytes to %s: %s", size, w->ask.path,
			  strerror(-err));
	return err;
}

static int size_of(struct workload *w, uint64_t *size)
{
	int block = 0, err = 0;
	struct stat st;

	if (fstat(w->fd, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode)) {
		*size = (uint64_t)st.st_size;
		return 0;
	}
	if (ioctl(w->fd, BLKGETSIZE64, size) || ioctl(w->fd, BLKSSZGET, &block))
		err = -errno;
	return err ?: block > WORKLOAD_BLOCK ? -EOPNOTSUPP : 0;
}

/* Each job that writes has an area of its own, or nobody could tell what has to be where. */
static int divide(struct workload *w)
{
	struct workload_ask *a = &w->ask;
	uint64_t size = 0;
	int err = size_of(w, &size);

	if (err) {
		msg_error("verify: cannot find out how large %s is: %s", a->path, strerror(-err));
		return err;
	}
	if (a->start > size || a->size > size - a->start) {
		msg_error("verify: %s has %" PRIu64 " bytes, and the region ends beyond that",
			  a->path, size);
		return -EINVAL;
	}
	size = a->size ?: size - a->start;
	if (a->write)
		size = size / a->jobs < WORKLOAD_AREA ? size / a->jobs : WORKLOAD_AREA;
	w->area = size / WORKLOAD_BLOCK * WORKLOAD_BLOCK;
	if (w->area)
		return 0;
	msg_error("verify: %s is too small for %u jobs: each needs %d bytes", a->path, a->jobs,
		  WORKLOAD_BLOCK);
	return -EINVAL;
}

int workload_target_open(struct workload *w)
{
	int err = open_it(w);

	if (!err && w->created)
		err = fill_file(w);
	return err ?: divide(w);
}

/* How many blocks of a piece have been written in a round. */
static size_t written_in(const struct workload_area *area, size_t first, size_t n, uint32_t round)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += area->rounds[first + i] == round;
	return found;
}

/* Return: how many of these are not there. */
static size_t damaged_in(const struct workload_area *area, size_t first, size_t n, uint32_t round,
			 const char *data)
{
	size_t i, damaged = 0;

	for (i = 0; i < n; i++)
		damaged += area->rounds[first + i] == round &&
			   !job_check_block(data + i * WORKLOAD_BLOCK,
					    area->start + (first + i) * WORKLOAD_BLOCK, round);
	return damaged;
}

int workload_target_check(const struct workload *w, const struct workload_area *area,
			  uint64_t *blocks, uint64_t *damaged)
{
	size_t n = w->area / WORKLOAD_BLOCK, at, len, written;
	void *data = NULL;
	ssize_t got;

	if (posix_memalign(&data, WORKLOAD_BLOCK, PIECE * WORKLOAD_BLOCK)) {
		msg_error("verify: no memory to read back what was written");
		return -ENOMEM;
	}
	for (at = 0; at < n; at += PIECE) {
		len = n - at < PIECE ? n - at : PIECE;
		written = written_in(area, at, len, w->round);
		if (!written)
			continue;
		got = pread(w->fd, data, len * WORKLOAD_BLOCK,
			    (off_t)(area->start + at * WORKLOAD_BLOCK));
		*blocks += written;
		*damaged += got == (ssize_t)(len * WORKLOAD_BLOCK) ?
				    damaged_in(area, at, len, w->round, data) :
				    written;
	}
	free(data);
	return 0;
}

void workload_target_close(struct workload *w)
{
	if (w->fd < 0)
		return;
	if (w->created && unlink(w->ask.path))
		msg_note("cannot remove %s: %s", w->ask.path, strerror(errno));
	close(w->fd);
	w->fd = -1;
}
