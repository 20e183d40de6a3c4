// SPDX-License-Identifier: GPL-2.0
/*
 * One job of a workload.
 */
#include "run/job.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/hist.h"
#include "util/clock.h"

#define WORDS (JOB_BLOCK / sizeof(uint64_t))

uint64_t job_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* What is in a block says where and when it was written, in each word. */
static uint64_t first_word(uint64_t offset, uint32_t round)
{
	uint64_t state = offset ^ ((uint64_t)round << 44);

	return job_random(&state);
}

static void fill_block(uint64_t *block, uint64_t offset, uint32_t round)
{
	uint64_t word = first_word(offset, round);
	size_t i;

	for (i = 0; i < WORDS; i++)
		block[i] = word + i;
}

bool job_check_block(const void *block, uint64_t offset, uint32_t round)
{
	const uint64_t *words = block;
	uint64_t word = first_word(offset, round);
	size_t i;

	for (i = 0; i < WORDS; i++)
		if (words[i] != word + i)
			return false;
	return true;
}

/* Of one I/O. Small ones need one vector, large ones more, and are split where their lengths cross a limit. */
static void choose(const struct job *j, uint64_t *state, uint64_t *offset, size_t *len)
{
	static const size_t sizes[] = { JOB_BLOCK, JOB_BLOCK, JOB_BLOCK, 65536,
					65536,	   65536,     262144,	 JOB_LARGEST };

	*len = sizes[job_random(state) % 8];
	if (*len > j->largest)
		*len = j->largest;
	if (*len > j->size)
		*len = j->size;
	*offset = j->start + job_random(state) % ((j->size - *len) / JOB_BLOCK + 1) * JOB_BLOCK;
}

/* Until the write is through, nobody knows what these blocks are. */
static void set_rounds(const struct job *j, uint64_t offset, size_t len, uint32_t round)
{
	uint32_t *rounds = &j->rounds[(offset - j->start) / JOB_BLOCK];
	size_t i;

	for (i = 0; i < len / JOB_BLOCK; i++)
		rounds[i] = round;
}

static ssize_t write_blocks(const struct job *j, char *buffer, size_t len, uint64_t offset)
{
	ssize_t n;
	size_t at;

	for (at = 0; at < len; at += JOB_BLOCK)
		fill_block((uint64_t *)(buffer + at), offset + at, j->round);
	set_rounds(j, offset, len, 0);
	n = pwrite(j->fd, buffer, len, (off_t)offset);
	if (n == (ssize_t)len)
		set_rounds(j, offset, len, j->round);
	return n;
}

static void count(struct job_done *d, uint64_t ns)
{
	d->times[hist_bucket(ns)]++;
	if (ns > d->longest_ns)
		d->longest_ns = ns;
	d->ios++;
}

void job_run(const struct job *j)
{
	uint64_t state = j->seed, offset, begun;
	char *buffer = mmap(NULL, JOB_LARGEST, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ssize_t n;
	size_t len;

	if (buffer == MAP_FAILED) {
		j->done->error = errno;
		j->done->errors++;
		return;
	}
	while (!*j->stop && !j->done->errors) {
		choose(j, &state, &offset, &len);
		begun = clock_ns(CLOCK_MONOTONIC);
		j->done->begun_ns = begun;
		if (j->write && job_random(&state) % 4)
			n = write_blocks(j, buffer, len, offset);
		else
			n = pread(j->fd, buffer, len, (off_t)offset);
		j->done->begun_ns = 0;
		if (n == (ssize_t)len) {
			count(j->done, clock_ns(CLOCK_MONOTONIC) - begun);
			continue;
		}
		/* Part of an I/O is done only where the rest has failed. */
		j->done->error = n < 0 ? errno : EIO;
		j->done->errors++;
	}
}
