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

/* One that is written to must be nobody else's: O_EXCL is refused of a device that is mounted or claimed. */
static int open_it(struct workload *w)
{
	const struct workload_ask *a = &w->ask;
	int flags = O_DIRECT | O_CLOEXEC | (a->write ? O_RDWR | O_EXCL : O_RDONLY), err;

	w->fd = open(a->path, flags | (a->create ? O_CREAT : 0), 0600);
	if (w->fd >= 0 && (!a->create || !unlink(a->path)))
		return MSG_EXIT_OK;
	err = errno;
	msg_error("verify: cannot open %s: %s%s", a->path, strerror(err),
		  err == EEXIST		     ? "; name a file that is not there yet" :
		  err == EBUSY		     ? "; it is in use, name a file on it" :
		  err == EINVAL && a->create ? "; its file system has no direct I/O" :
					       "");
	return MSG_EXIT_USAGE;
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
	if (!err)
		return MSG_EXIT_OK;
	msg_error("verify: cannot write %" PRIu64 " bytes to %s: %s", size, w->ask.path,
		  strerror(-err));
	return MSG_EXIT_FAILED;
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
		return MSG_EXIT_FAILED;
	}
	if (a->start > size || a->size > size - a->start) {
		msg_error("verify: %s has %" PRIu64 " bytes, and the region ends beyond that",
			  a->path, size);
		return MSG_EXIT_USAGE;
	}
	size = a->size ?: size - a->start;
	if (a->write)
		size = size / a->jobs < WORKLOAD_AREA ? size / a->jobs : WORKLOAD_AREA;
	w->area = size / WORKLOAD_BLOCK * WORKLOAD_BLOCK;
	if (w->area)
		return MSG_EXIT_OK;
	msg_error("verify: %s is too small for %u jobs: each needs %d bytes", a->path, a->jobs,
		  WORKLOAD_BLOCK);
	return MSG_EXIT_USAGE;
}

int workload_target_open(struct workload *w)
{
	int status = open_it(w);

	if (!status && w->ask.create)
		status = fill_file(w);
	return status ?: divide(w);
}

/* How many blocks have been written since it was started last. */
static size_t written_in(const struct workload *w, const struct workload_piece *piece)
{
	size_t i, found = 0;

	for (i = 0; i < piece->size / WORKLOAD_BLOCK; i++)
		found += piece->rounds[i] == w->round;
	return found;
}

/* Return: how many of these are not in the buffer. */
static size_t damaged_in(const struct workload *w, const struct workload_piece *piece)
{
	size_t i, damaged = 0;

	for (i = 0; i < piece->size / WORKLOAD_BLOCK; i++)
		damaged += piece->rounds[i] == w->round &&
			   !job_check_block((const char *)piece->buffer + i * WORKLOAD_BLOCK,
					    piece->start + i * WORKLOAD_BLOCK, w->round);
	return damaged;
}

void workload_target_check(const struct workload *w, const struct workload_piece *piece,
			   struct verify_blocks *blocks)
{
	size_t written = written_in(w, piece);
	ssize_t got;

	if (!written)
		return;
	if (!piece->buffer) {
		blocks->unread += written;
		return;
	}
	got = pread(w->fd, piece->buffer, piece->size, (off_t)piece->start);
	blocks->read += written;
	blocks->damaged += got == (ssize_t)piece->size ? damaged_in(w, piece) : written;
}

void workload_target_close(struct workload *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}
