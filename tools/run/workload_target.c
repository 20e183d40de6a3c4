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
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#include "run/job.h"
#include "util/clock.h"
#include "util/msg.h"

/* Also what has no direct I/O is made before that is refused, and must not be left. */
static int open_direct(const struct workload_ask *a)
{
	int flags = O_CLOEXEC | (a->write ? O_RDWR | O_EXCL : O_RDONLY), err;
	int fd = open(a->path, flags | (a->create ? O_CREAT : 0), 0600);

	if (fd < 0)
		return -errno;
	if (!(a->create && unlink(a->path)) && !fcntl(fd, F_SETFL, O_DIRECT))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* One that is written to must be nobody else's: O_EXCL is refused of a device that is mounted or claimed. */
static int open_it(struct workload *w)
{
	const struct workload_ask *a = &w->ask;
	int err;

	w->fd = open_direct(a);
	if (w->fd >= 0)
		return MSG_EXIT_OK;
	err = -w->fd;
	w->fd = -1;
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

/* Of what one job has written to. */
struct piece {
	uint64_t start; /* in bytes, as is: */
	size_t size;
	const uint32_t *rounds;
};

/* The one that begins @at bytes behind the beginning of what is a job's own. */
static struct piece piece_of(const struct workload *w, const uint32_t *rounds, unsigned int job,
			     uint64_t at)
{
	return (struct piece){
		.start = w->ask.start + job * w->area + at,
		.size = w->area - at < WORKLOAD_PIECE ? w->area - at : WORKLOAD_PIECE,
		.rounds = &rounds[job * WORKLOAD_BLOCKS + at / WORKLOAD_BLOCK],
	};
}

/* How many blocks have been written since it was started last. */
static size_t written_in(const struct workload *w, const struct piece *piece)
{
	size_t i, found = 0;

	for (i = 0; i < piece->size / WORKLOAD_BLOCK; i++)
		found += piece->rounds[i] == w->round;
	return found;
}

/* Return: how many of these are not in the buffer. */
static size_t damaged_in(const struct workload *w, const struct piece *piece, const char *buffer)
{
	size_t i, damaged = 0;

	for (i = 0; i < piece->size / WORKLOAD_BLOCK; i++)
		damaged += piece->rounds[i] == w->round &&
			   !job_check_block(buffer + i * WORKLOAD_BLOCK,
					    piece->start + i * WORKLOAD_BLOCK, w->round);
	return damaged;
}

static void check_piece(const struct workload *w, const struct piece *piece, uint64_t end_ns,
			void *buffer, struct verify_blocks *blocks)
{
	size_t written = written_in(w, piece);
	ssize_t got;

	if (!written)
		return;
	if (clock_ns(CLOCK_MONOTONIC) >= end_ns) {
		blocks->unread += written;
		return;
	}
	got = pread(w->fd, buffer, piece->size, (off_t)piece->start);
	blocks->read += written;
	blocks->damaged += got == (ssize_t)piece->size ? damaged_in(w, piece, buffer) : written;
}

/* Where there is no time for all, each round begins with another piece. */
int workload_target_check(const struct workload *w, const uint32_t *rounds, uint64_t ns,
			  struct verify_blocks *blocks)
{
	size_t i, pieces = (w->area + WORKLOAD_PIECE - 1) / WORKLOAD_PIECE;
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + ns, at;
	void *buffer = NULL;
	unsigned int job;

	*blocks = (struct verify_blocks){ 0 };
	if (posix_memalign(&buffer, WORKLOAD_BLOCK, WORKLOAD_PIECE)) {
		msg_error("verify: no memory to read back what was written");
		return -ENOMEM;
	}
	for (i = 0; i < pieces; i++) {
		at = (w->round + i) % pieces * WORKLOAD_PIECE;
		for (job = 0; job < w->ask.jobs; job++) {
			const struct piece piece = piece_of(w, rounds, job, at);

			check_piece(w, &piece, end_ns, buffer, blocks);
		}
	}
	free(buffer);
	return 0;
}

void workload_target_close(struct workload *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}
