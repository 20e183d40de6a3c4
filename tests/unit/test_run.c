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

#include "util/msg.h"
#include "run/run.h"

#define SECOND_NS 1000000000ULL

/* A COMMAND whose process was made. */
struct command {
	char *words[4];
	struct options o;
	struct run r;
};

static void make(struct command *c, char *script)
{
	static char shell[] = "sh", dash_c[] = "-c";

	*c = (struct command){ .words = { shell, dash_c } };
	c->words[2] = script;
	c->o.command = c->words;
	assert_int_equal(run_init(&c->o, &c->r), 0);
}

/* What @script ends with under bioscope. */
static int status_of(char *script)
{
	struct command c;
	int status;

	make(&c, script);
	assert_int_equal(run_start(&c.o, &c.r), MSG_EXIT_OK);
	while (run_wait(&c.r, SECOND_NS))
		;
	assert_true(c.r.child_done);
	status = run_status(&c.r);
	run_close(&c.r);
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
	char script[] = "exit 0";
	struct command c;
	int ends[2];
	char byte;

	(void)state;
	make(&c, script);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	assert_int_equal(waitpid(c.r.child, NULL, WNOHANG), 0);
	close(ends[0]);
	run_close(&c.r);
	assert_int_equal(waitpid(c.r.child, NULL, 0), c.r.child);
}

/* Neither if tracing cannot begin, nor if bioscope is killed before. */
static void a_command_that_was_not_started_does_nothing(void **state)
{
	char script[] = "echo started >&9";
	struct command c;
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], 9), 9);
	close(ends[1]);
	make(&c, script);
	close(9);
	close(c.r.go_fd);
	c.r.go_fd = -1;
	assert_int_equal(waitpid(c.r.child, NULL, 0), c.r.child);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	c.r.child = 0;
	run_close(&c.r);
}

static void a_command_that_is_gone_cannot_be_started(void **state)
{
	char script[] = "exit 0";
	struct command c;

	(void)state;
	make(&c, script);
	assert_int_equal(kill(c.r.child, SIGKILL), 0);
	assert_int_equal(waitpid(c.r.child, NULL, 0), c.r.child);
	c.r.child = 0;
	assert_int_equal(run_start(&c.o, &c.r), MSG_EXIT_FAILED);
	run_close(&c.r);
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
