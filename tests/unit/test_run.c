// SPDX-License-Identifier: GPL-2.0
/*
 * COMMAND: when it starts, what it is given, and what it ends with.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "msg.h"
#include "run.h"

#define SECOND_NS 1000000000ULL

static char shell[] = "sh", dash_c[] = "-c";

/* What @script ends with under bioscope. */
static int status_of(char *script)
{
	char *command[] = { shell, dash_c, script, NULL };
	struct options o = { .command = command };
	struct run r;
	int status;

	assert_int_equal(run_init(&o, &r), 0);
	assert_int_equal(run_start(&o, &r), MSG_EXIT_OK);
	while (run_wait(&r, SECOND_NS))
		;
	assert_true(r.child_done);
	status = run_status(&r);
	run_close(&r);
	return status;
}

static void what_command_ends_with_is_known(void **state)
{
	char succeeds[] = "exit 0", fails[] = "exit 3", killed[] = "kill -9 $$";

	(void)state;
	assert_int_equal(status_of(succeeds), MSG_EXIT_OK);
	assert_int_equal(status_of(fails), 3);
	assert_int_equal(status_of(killed), 128 + 9);
}

/* A pipe's reader sees its end once nobody has the other end. */
static void command_has_nothing_that_is_opened_later(void **state)
{
	char script[] = "exit 0", *command[] = { shell, dash_c, script, NULL };
	struct options o = { .command = command };
	struct run r;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(run_init(&o, &r), 0);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	assert_int_equal(waitpid(r.child, NULL, WNOHANG), 0);
	close(ends[0]);
	run_close(&r);
	assert_int_equal(waitpid(r.child, NULL, 0), r.child);
}

/* Neither if tracing cannot begin, nor if bioscope is killed before. */
static void a_command_that_was_not_started_does_nothing(void **state)
{
	char script[] = "echo started >&9", *command[] = { shell, dash_c, script, NULL };
	struct options o = { .command = command };
	struct run r;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], 9), 9);
	close(ends[1]);
	assert_int_equal(run_init(&o, &r), 0);
	close(9);
	close(r.go_fd);
	r.go_fd = -1;
	assert_int_equal(waitpid(r.child, NULL, 0), r.child);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	r.child = 0;
	run_close(&r);
}

static void a_command_that_is_gone_cannot_be_started(void **state)
{
	char script[] = "exit 0", *command[] = { shell, dash_c, script, NULL };
	struct options o = { .command = command };
	struct run r;

	(void)state;
	assert_int_equal(run_init(&o, &r), 0);
	assert_int_equal(kill(r.child, SIGKILL), 0);
	assert_int_equal(waitpid(r.child, NULL, 0), r.child);
	r.child = 0;
	assert_int_equal(run_start(&o, &r), MSG_EXIT_FAILED);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_command_ends_with_is_known),
		cmocka_unit_test(command_has_nothing_that_is_opened_later),
		cmocka_unit_test(a_command_that_was_not_started_does_nothing),
		cmocka_unit_test(a_command_that_is_gone_cannot_be_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
