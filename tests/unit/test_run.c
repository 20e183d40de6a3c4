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
#include "util/status.h"
#include "run/run.h"

#define SECOND_NS 1000000000ULL

/* A COMMAND whose process was made. */
struct command {
	char *words[4];
	struct options o;
	struct run r;
};

static void finish(struct command *c)
{
	run_close(&c->r);
	sigaction(SIGCHLD, &c->r.sigchld, NULL);
	sigprocmask(SIG_SETMASK, &c->r.mask, NULL);
}

static void make(struct command *c, char *script)
{
	static char shell[] = "sh", dash_c[] = "-c";
	char **words = c->words;

	words[0] = shell;
	words[1] = dash_c;
	words[2] = script;
	words[3] = NULL;
	c->o = (struct options){ .command = words };
	assert_int_equal(run_init(&c->o, &c->r), 0);
}

static int end_of(struct command *c)
{
	int status;

	assert_int_equal(run_start(&c->o, &c->r), MSG_EXIT_OK);
	while (run_wait(&c->r, SECOND_NS))
		;
	assert_true(c->r.child_done);
	status = status_final(run_status(&c->r));
	finish(c);
	return status;
}

/* What @script ends with under bioscope. */
static int status_of(char *script)
{
	struct command c;

	make(&c, script);
	return end_of(&c);
}

/* Whether a COMMAND's own line of /proc/self/status is like that; a shell would have changed it. */
static int status_has(char *pattern)
{
	static char grep[] = "grep", quiet[] = "-q", file[] = "/proc/self/status";
	char *words[] = { grep, quiet, pattern, file, NULL };
	struct command c;

	c.o = (struct options){ .command = words };
	assert_int_equal(run_init(&c.o, &c.r), 0);
	return end_of(&c);
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
	struct command c = { 0 };
	int ends[2];
	char byte;

	(void)state;
	make(&c, script);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	assert_int_equal(waitpid(c.r.child, NULL, WNOHANG), 0);
	close(ends[0]);
	finish(&c);
	assert_true(c.r.child_done);
}

/* Neither if tracing cannot begin, nor if bioscope is killed before. */
static void a_command_that_was_not_started_does_nothing(void **state)
{
	char script[] = "echo started >&9";
	struct command c = { 0 };
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
	finish(&c);
}

static void a_command_that_is_gone_cannot_be_started(void **state)
{
	char script[] = "exit 0";
	struct command c = { 0 };

	(void)state;
	make(&c, script);
	assert_int_equal(kill(c.r.child, SIGKILL), 0);
	assert_int_equal(waitpid(c.r.child, NULL, 0), c.r.child);
	c.r.child = 0;
	assert_int_equal(run_start(&c.o, &c.r), MSG_EXIT_FAILED);
	finish(&c);
}

/* Runs @script, which says on descriptor 9 when it is ready. */
static void begin(struct command *c, char *script)
{
	char byte;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], 9), 9);
	close(ends[1]);
	make(c, script);
	close(9);
	assert_int_equal(run_start(&c->o, &c->r), MSG_EXIT_OK);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
}

static void a_signal_is_for_command_first(void **state)
{
	char script[] = "trap 'exit 7' INT; echo >&9; while :; do sleep 0.1; done";
	struct command c;

	(void)state;
	begin(&c, script);
	c.r.patience_ns = 100 * SECOND_NS;
	assert_true(run_wait(&c.r, 1));
	kill(getpid(), SIGINT);
	while (run_wait(&c.r, SECOND_NS))
		;
	assert_true(c.r.child_done);
	assert_int_equal(run_status(&c.r), STATUS_COMMAND | 7);
	finish(&c);
}

static void a_second_one_is_not_waited_for(void **state)
{
	char script[] = "trap '' INT; echo >&9; while :; do sleep 0.1; done";
	struct command c;

	(void)state;
	begin(&c, script);
	kill(getpid(), SIGINT);
	assert_true(run_wait(&c.r, 1));
	kill(getpid(), SIGINT);
	assert_false(run_wait(&c.r, SECOND_NS));
	assert_false(c.r.child_done);
	finish(&c);
	assert_true(c.r.child_done);
}

static void when_time_is_up_command_is_ended(void **state)
{
	char script[] = "echo >&9; exec sleep 1000";
	struct command c;
	pid_t pid;

	(void)state;
	begin(&c, script);
	c.r.end_ns = 1;
	assert_false(run_wait(&c.r, SECOND_NS));
	pid = c.r.child;
	finish(&c);
	assert_true(c.r.child_done);
	assert_int_equal(kill(pid, 0), -1);
}

/* Who is impatient may send one when all is over but the report. */
static void a_late_signal_does_no_harm(void **state)
{
	char succeeds[] = "exit 0";
	struct command c;

	(void)state;
	make(&c, succeeds);
	assert_int_equal(run_start(&c.o, &c.r), MSG_EXIT_OK);
	while (run_wait(&c.r, SECOND_NS))
		;
	kill(getpid(), SIGTERM);
	run_close(&c.r);
	signal(SIGTERM, SIG_IGN);
	sigprocmask(SIG_SETMASK, &c.r.mask, NULL);
	signal(SIGTERM, SIG_DFL);
}

/* As some do who start others. */
static void nobody_may_want_sigchld(void **state)
{
	char fails[] = "exit 3", inherits[] = "SigIgn:.*[13579bdf]....$";

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(status_of(fails), 3);
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(status_has(inherits), MSG_EXIT_OK);
	signal(SIGCHLD, SIG_DFL);
}

static void command_has_the_signals_that_we_had(void **state)
{
	char blocked[] = "SigBlk:.*00000200$";
	sigset_t set, was;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_SETMASK, &set, &was);
	assert_int_equal(status_has(blocked), MSG_EXIT_OK);
	sigprocmask(SIG_SETMASK, &was, NULL);
}

/* In a process that runs it, of which nobody can be told before it ends. */
static void command_ends_with_us(void **state)
{
	char script[] = "trap 'echo >&9; exit' TERM; echo >&9; while :; do sleep 0.1; done";
	int ends[2];
	char byte;
	pid_t us;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	us = fork();
	assert_true(us >= 0);
	if (!us) {
		struct command c;

		dup2(ends[1], 9);
		close(ends[1]);
		make(&c, script);
		run_start(&c.o, &c.r);
		pause();
	}
	close(ends[1]);
	alarm(100);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	kill(us, SIGKILL);
	assert_int_equal(waitpid(us, NULL, 0), us);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	alarm(0);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_command_ends_with_is_known),
		cmocka_unit_test(command_has_nothing_that_is_opened_later),
		cmocka_unit_test(a_command_that_was_not_started_does_nothing),
		cmocka_unit_test(a_command_that_is_gone_cannot_be_started),
		cmocka_unit_test(a_signal_is_for_command_first),
		cmocka_unit_test(a_second_one_is_not_waited_for),
		cmocka_unit_test(when_time_is_up_command_is_ended),
		cmocka_unit_test(a_late_signal_does_no_harm),
		cmocka_unit_test(nobody_may_want_sigchld),
		cmocka_unit_test(command_has_the_signals_that_we_had),
		cmocka_unit_test(command_ends_with_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
