// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope: see whether block devices keep making progress when memory gets tight.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "cmd/commands.h"
#include "load/kernel_btf.h"
#include "util/msg.h"
#include "util/out.h"
#include "util/status.h"
#include "util/version.h"

static const struct options_command *const commands[] = {
	&cmd_doctor, &cmd_list,	 &cmd_stat,	&cmd_top,    &cmd_latency,
	&cmd_trace,  &cmd_check, &cmd_pressure, &cmd_verify, &cmd_export,
	&cmd_pin,    &cmd_unpin, &cmd_kzalloc,	&cmd_stack,  NULL,
};

/* The last word of its name, which is what tells it from its siblings. */
static const char *own_name(const struct options_command *cmd)
{
	const char *blank = strrchr(cmd->name, ' ');

	return blank ? blank + 1 : cmd->name;
}

static void list_commands(FILE *to, const struct options_command *const *list)
{
	for (; *list; list++)
		fprintf(to, "  %-10s %s\n", own_name(*list), (*list)->summary);
}

/* Of bioscope if @cmd is NULL. */
static void usage(FILE *to, const struct options_command *cmd)
{
	if (cmd) {
		fprintf(to, "Usage: bioscope %s COMMAND [OPTION...]\n%s\n\n", cmd->name, cmd->doc);
		list_commands(to, cmd->commands);
		fprintf(to, "\n`bioscope %s COMMAND --help' has the options of a command.\n",
			cmd->name);
		return;
	}
	fprintf(to, "Usage: bioscope COMMAND [OPTION...] [-- PROGRAM...]\n\n");
	list_commands(to, commands);
	fprintf(to,
		"\n`bioscope COMMAND --help' has the options of a command. With BIOSCOPE_DEBUG set in the\n"
		"environment, libbpf's messages are shown, too.\n");
}

/* libbpf's own words are for developers: a verifier log is hundreds of lines. */
static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_DEBUG || !getenv("BIOSCOPE_DEBUG"))
		return 0;
	return vfprintf(stderr, fmt, ap);
}

static int run(const struct options_command *cmd, int argc, char **argv)
{
	struct options o;
	int status = options_parse(cmd, argc, argv, &o);

	if (status)
		return status;
	libbpf_set_print(print_libbpf);
	kernel_btf_use(o.btf);
	return cmd->run(&o);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
}

static const struct options_command *find(const struct options_command *const *list,
					  const char *name)
{
	while (*list && strcmp(own_name(*list), name) != 0)
		list++;
	return *list;
}

/* "help NAME..." is "NAME... --help". */
static void turn_help(int argc, char **argv)
{
	static char help[] = "--help";

	if (argc < 3 || strcmp(argv[1], "help") != 0)
		return;
	memmove(&argv[1], &argv[2], (size_t)(argc - 2) * sizeof(*argv));
	argv[argc - 1] = help;
}

/* Goes on to the command that @argv names, which may be one of another one's. */
static int dispatch(int argc, char **argv)
{
	const struct options_command *cmd = NULL, *next;

	turn_help(argc, argv);
	for (; argc > 1 && !is_help(argv[1]); argc--, argv++) {
		next = find(cmd ? cmd->commands : commands, argv[1]);
		if (!next) {
			msg_error("there is no command \"%s%s%s\"", cmd ? cmd->name : "",
				  cmd ? " " : "", argv[1]);
			break;
		}
		cmd = next;
		if (!cmd->commands)
			return run(cmd, argc - 1, argv + 1);
	}
	if (argc > 1 && is_help(argv[1])) {
		usage(stdout, cmd);
		return MSG_EXIT_OK;
	}
	usage(stderr, cmd);
	return MSG_EXIT_USAGE;
}

/* What is opened must not become stdin, stdout or stderr; to read or write what is closed stays an error. */
static void keep_standard_fds(void)
{
	int fd;

	for (fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
			_exit(MSG_EXIT_FAILED);
}

int main(int argc, char **argv)
{
	keep_standard_fds();
	out_at_exit();
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("bioscope " BIOSCOPE_VERSION);
		return MSG_EXIT_OK;
	}
	return status_final(dispatch(argc, argv));
}
