// SPDX-License-Identifier: GPL-2.0
/*
 * Writing attributes of stack_blk devices, and why that was refused.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "util/msg.h"
#include "stack/stack.h"
#include "stack_tree.h"

static void refusal_is(const char *record, const char *want)
{
	char said[STACK_WHY], text[STACK_WHY];

	assert_true(stack_log_line(record, "t", said));
	stack_log_refusal(said, text);
	assert_string_equal(text, want);
}

static void reasons_are_from_the_log(void **state)
{
	char said[STACK_WHY];

	(void)state;
	refusal_is(
		"4,1234,5678901,-;stack_blk: t: chunk_kb: '3x' refused: must be a number\n KEY=v\n",
		"chunk_kb '3x' is refused: must be a number");
	refusal_is(
		"4,1,2,-,caller=T7;stack_blk: t: lower: '/dev/no' refused: no such block device (error -2)\n",
		"lower '/dev/no' is refused: no such block device (No such file or directory)");
	refusal_is("4,1,2,-;stack_blk: t: lower: 'xx'... refused: must be absolute\n",
		   "lower 'xx'... is refused: must be absolute");
	refusal_is(
		"4,1,2,-;stack_blk: t: layout: 'a' refused: b' refused: must be one of: linear\n",
		"layout 'a' refused: b' is refused: must be one of: linear");
	refusal_is("4,1,2,-;stack_blk: t: layout: '\\x5cn' refused: no\n",
		   "layout '\\n' is refused: no");
	refusal_is("5,1,2,-;stack_blk: t: removed; its disk goes when its I/O is done\n",
		   "removed; its disk goes when its I/O is done");
	refusal_is("4,1,2,-;stack_blk: t: power: '1' refused: cannot (error -x)\n",
		   "power '1' is refused: cannot (error -x)");
	assert_false(stack_log_line("4,1,2,-;stack_blk: tt: power: '2' refused: no\n", "t", said));
	assert_false(stack_log_line("4,1,2,-;stack_blk: loaded\n", "t", said));
	assert_false(stack_log_line("4,1,2,-;null_blk: t: power: '2' refused: no\n", "t", said));
	assert_false(stack_log_line("no record", "t", said));
}

static void a_line_that_is_too_long_is_cut(void **state)
{
	char record[4096], said[STACK_WHY], text[STACK_WHY];

	(void)state;
	memset(record, 'x', sizeof(record));
	memcpy(record, "4,1,2,-;stack_blk: t: a: '", 26);
	record[sizeof(record) - 1] = '\0';
	assert_true(stack_log_line(record, "t", said));
	assert_true(strlen(said) < STACK_WHY);
	stack_log_refusal(said, text);
	assert_string_equal(text, said);
	memcpy(record, "4,1,2,-;stack_blk: t: a: 'x' refused: (error -22)", 49);
	assert_true(stack_log_line(record, "t", said));
	stack_log_refusal(said, text);
	assert_true(strlen(text) < STACK_WHY);
	assert_non_null(strstr(text, "a 'x' is refused: (Invalid argument)"));
}

static void without_a_reason_the_error_is_told(void **state)
{
	const struct stack s = { .root = "", .log_fd = -1 };
	char why[STACK_WHY];

	(void)state;
	assert_string_equal(
		stack_why(&s, "t", "power", -EBUSY, why),
		"power: Device or resource busy; /dev/kmsg, which may say why, cannot be read");
	assert_string_equal(stack_why(&s, "t", "power", -EACCES, why),
			    "power: Permission denied; only root may");
	assert_string_equal(stack_why(&s, "t", "lower", -E2BIG, why),
			    "lower: a value has at most 4094 bytes");
}

static void attributes_are_written(void **state)
{
	char text[STACK_VALUE], path[PATH_MAX], longest[STACK_VALUE];
	struct tree t;

	(void)state;
	tree_init(&t);
	stack_begin(&t.s);
	assert_int_equal(stack_set(&t.s, "t", "chunk_kb", "8", NULL), 0);
	assert_int_equal(stack_get(&t.s, "t", "chunk_kb", text), 0);
	assert_string_equal(text, "8");
	assert_int_equal(stack_set(&t.s, "t", "delay_inject/random", "1", NULL), 0);
	assert_int_equal(stack_set(&t.s, "t", "nosuch/knob", "1", NULL), -ENOENT);
	assert_int_equal(stack_set(&t.s, "t", "delay_inject", "1", NULL), -EISDIR);
	memset(longest, 'x', sizeof(longest));
	longest[STACK_VALUE - 1] = '\0';
	assert_int_equal(stack_set(&t.s, "t", "lower", longest, NULL), -E2BIG);
	longest[STACK_VALUE - 2] = '\0';
	assert_int_equal(stack_set(&t.s, "t", "lower", longest, NULL), 0);
	assert_int_equal(stack_make(&t.s, "w"), 0);
	assert_int_equal(stack_make(&t.s, "w"), -EEXIST);
	assert_int_equal(stack_path(&t.s, path, sizeof(path), CONFIG "/w"), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(stack_remove(&t.s, "w"), 0);
	assert_int_equal(access(path, F_OK), -1);
	stack_end(&t.s);
	tree_end(&t);
}

/* A fifo that nobody reads is written to as long as a disk whose I/O is stuck. */
static void a_signal_ends_what_takes_long(void **state)
{
	char path[PATH_MAX], said[256];
	struct caught err;
	struct tree t;
	pid_t pid;

	(void)state;
	tree_init(&t);
	assert_int_equal(stack_path(&t.s, path, sizeof(path), CONFIG "/t/power"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	stack_begin(&t.s);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		sleep(STACK_SLOW_S + 1);
		kill(getppid(), SIGINT);
		_exit(0);
	}
	snprintf(said, sizeof(said), "bioscope: it takes long\n");
	take_output(&err, STDERR_FILENO);
	assert_int_equal(stack_set(&t.s, "t", "power", "0", "it takes long"), -EINTR);
	said_is(&err, said);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_true(stack_sleep(10000));
	assert_false(stack_sleep(1));
	stack_end(&t.s);
	tree_end(&t);
}

static void errors_have_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(stack_exit(0), MSG_EXIT_OK);
	assert_int_equal(stack_exit(-ERANGE), MSG_EXIT_USAGE);
	assert_int_equal(stack_exit(-ENOENT), MSG_EXIT_USAGE);
	assert_int_equal(stack_exit(-EACCES), MSG_EXIT_CANT);
	assert_int_equal(stack_exit(-EBUSY), MSG_EXIT_FAILED);
	assert_int_equal(stack_exit(-EINTR), MSG_EXIT_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons_are_from_the_log),
		cmocka_unit_test(a_line_that_is_too_long_is_cut),
		cmocka_unit_test(without_a_reason_the_error_is_told),
		cmocka_unit_test(attributes_are_written),
		cmocka_unit_test(a_signal_ends_what_takes_long),
		cmocka_unit_test(errors_have_exit_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
