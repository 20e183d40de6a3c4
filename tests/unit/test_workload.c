// SPDX-License-Identifier: GPL-2.0
/*
 * What the jobs of verify read, write and read back.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/job.h"
#include "run/workload_target.h"
#include "util/msg.h"

#define JOBS 2
#define BLOCKS ((size_t)WORKLOAD_PIECE / JOB_BLOCK + 2) /* of a job: a piece, and not all of one */
#define FIRST ((size_t)3) /* block of the file that is the first of the region */
#define ROUND 3
#define LONG_NS 1000000000000ULL

/* What is in a file, and which of its blocks were written in which round. */
struct written {
	struct workload w;
	uint32_t rounds[JOBS * WORKLOAD_BLOCKS];
	FILE *file;
};

static uint64_t offset_of(size_t job, size_t i)
{
	return (FIRST + job * BLOCKS + i) * JOB_BLOCK;
}

/* As a job does. */
static void write_block(struct written *t, size_t job, size_t i, uint32_t round)
{
	uint64_t block[JOB_BLOCK / sizeof(uint64_t)], offset = offset_of(job, i);
	uint64_t state = offset ^ (uint64_t)round << 44, word = job_random(&state);
	size_t n;

	for (n = 0; n < JOB_BLOCK / sizeof(uint64_t); n++)
		block[n] = word + n;
	assert_int_equal(pwrite(t->w.fd, block, sizeof(block), (off_t)offset), sizeof(block));
	t->rounds[job * WORKLOAD_BLOCKS + i] = round;
}

/* Every other block is of this round. */
static void written_init(struct written *t)
{
	size_t job, i;

	*t = (struct written){ .file = tmpfile(),
			       .w = { .round = ROUND,
				      .area = BLOCKS * JOB_BLOCK,
				      .ask = { .jobs = JOBS, .start = FIRST * JOB_BLOCK } } };
	assert_non_null(t->file);
	t->w.fd = fileno(t->file);
	for (job = 0; job < JOBS; job++)
		for (i = 0; i < BLOCKS; i++)
			write_block(t, job, i, i % 2 ? ROUND : ROUND - 1);
}

static struct verify_blocks checked(const struct written *t, uint64_t ns)
{
	struct verify_blocks blocks = { 1, 1, 1 };

	assert_int_equal(workload_target_check(&t->w, t->rounds, ns, &blocks), 0);
	return blocks;
}

static void is(const struct verify_blocks *seen, uint64_t read, uint64_t damaged, uint64_t unread)
{
	assert_int_equal(seen->read, read);
	assert_int_equal(seen->damaged, damaged);
	assert_int_equal(seen->unread, unread);
}

static void only_what_was_written_last_is_read_back(void **state)
{
	struct verify_blocks seen;
	struct written t;

	(void)state;
	written_init(&t);
	seen = checked(&t, LONG_NS);
	is(&seen, JOBS * BLOCKS / 2, 0, 0);
	fclose(t.file);
}

static void damage_is_counted_by_blocks(void **state)
{
	static const struct {
		size_t job, i;
	} lost[] = { { 0, 1 }, { 0, BLOCKS - 1 }, { 1, 3 } };
	struct verify_blocks seen;
	struct written t;
	size_t n;

	(void)state;
	written_init(&t);
	for (n = 0; n < 3; n++) {
		/* As if they had never been written, though they were told to be. */
		write_block(&t, lost[n].job, lost[n].i, ROUND - 1);
		t.rounds[lost[n].job * WORKLOAD_BLOCKS + lost[n].i] = ROUND;
	}
	seen = checked(&t, LONG_NS);
	is(&seen, JOBS * BLOCKS / 2, 3, 0);
	fclose(t.file);
}

/* Of the second job nothing, and of the first not all. */
static void what_cannot_be_read_is_damaged(void **state)
{
	struct verify_blocks seen;
	struct written t;

	(void)state;
	written_init(&t);
	assert_int_equal(ftruncate(t.w.fd, (off_t)offset_of(0, BLOCKS - 1)), 0);
	seen = checked(&t, LONG_NS);
	is(&seen, JOBS * BLOCKS / 2, BLOCKS / 2 + 1, 0);
	fclose(t.file);
}

static void that_there_was_no_time_is_not_that_nothing_is_damaged(void **state)
{
	struct verify_blocks seen;
	struct written t;

	(void)state;
	written_init(&t);
	seen = checked(&t, 0);
	is(&seen, 0, 0, JOBS * BLOCKS / 2);
	fclose(t.file);
}

/* Beside this program, since /tmp may have no direct I/O (tmpfs before 6.6). */
static void new_path(char path[PATH_MAX])
{
	static const char end[] = ".XXXXXX";
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(end));

	assert_true(len > 0);
	memcpy(path + len, end, sizeof(end));
}

/* A file of 8 blocks, for two jobs, of the region from @start. */
static int opened(struct workload *w, uint64_t start, uint64_t size, bool write)
{
	char path[PATH_MAX];
	int fd, status;

	new_path(path);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)8 * JOB_BLOCK), 0);
	close(fd);
	*w = (struct workload){ .fd = -1,
				.ask = { .path = path,
					 .start = start * JOB_BLOCK,
					 .size = size * JOB_BLOCK,
					 .jobs = 2,
					 .write = write } };
	status = workload_target_open(w);
	workload_target_close(w);
	w->ask.path = NULL;
	unlink(path);
	return status;
}

static void a_region_is_divided_among_the_jobs_that_write(void **state)
{
	struct workload w;

	(void)state;
	assert_int_equal(opened(&w, 0, 0, false), MSG_EXIT_OK);
	assert_int_equal(w.area, (uint64_t)8 * JOB_BLOCK);
	assert_int_equal(opened(&w, 1, 5, true), MSG_EXIT_OK);
	assert_int_equal(w.area, (uint64_t)2 * JOB_BLOCK);
}

static void a_region_that_is_not_there_is_the_users_error(void **state)
{
	struct workload w;

	(void)state;
	assert_int_equal(opened(&w, 9, 0, false), MSG_EXIT_USAGE);
	assert_int_equal(opened(&w, 1, 8, false), MSG_EXIT_USAGE);
	assert_int_equal(opened(&w, 0, 1, true), MSG_EXIT_USAGE);
	w = (struct workload){
		.fd = -1,
		.ask = { .path = "/nowhere/file", .jobs = 1, .write = true, .create = true }
	};
	assert_int_equal(workload_target_open(&w), MSG_EXIT_USAGE);
}

/* Its name is gone before anything is done with it. */
static void a_file_that_is_made_is_left_by_nobody(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX + sizeof("/file")];
	struct workload w = { .fd = -1,
			      .ask = { .path = path, .jobs = 1, .write = true, .create = true } };

	(void)state;
	new_path(dir);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(workload_target_open(&w), MSG_EXIT_OK);
	assert_int_equal(w.area, WORKLOAD_AREA);
	assert_int_equal(rmdir(dir), 0);
	workload_target_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_written_last_is_read_back),
		cmocka_unit_test(damage_is_counted_by_blocks),
		cmocka_unit_test(what_cannot_be_read_is_damaged),
		cmocka_unit_test(that_there_was_no_time_is_not_that_nothing_is_damaged),
		cmocka_unit_test(a_region_is_divided_among_the_jobs_that_write),
		cmocka_unit_test(a_region_that_is_not_there_is_the_users_error),
		cmocka_unit_test(a_file_that_is_made_is_left_by_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
