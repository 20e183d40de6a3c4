// SPDX-License-Identifier: GPL-2.0
/*
 * bioscope: see whether block devices keep making progress when memory gets tight.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "commands.h"
#include "kernel_btf.h"
#include "msg.h"

#ifndef BIOSCOPE_VERSION
#define BIOSCOPE_VERSION "unknown"
#endif

static const struct options_command *const commands[] = {
	&cmd_doctor,   &cmd_list,   &cmd_stat, &cmd_latency, &cmd_trace,
	&cmd_pressure, &cmd_export, &cmd_pin,  &cmd_unpin,   &cmd_kzalloc,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	size_t i;

	fprintf(to, "Usage: bioscope COMMAND [OPTION...] [-- PROGRAM...]\n\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
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

int main(int argc, char **argv)
{
	size_t i;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))) {
		usage(stdout);
		return MSG_EXIT_OK;
	}
	if (argc > 1 && !strcmp(argv[1], "--version")) {
		puts("bioscope " BIOSCOPE_VERSION);
		return MSG_EXIT_OK;
	}
	for (i = 0; argc > 1 && i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i]->name))
			return run(commands[i], argc - 1, argv + 1);
	if (argc > 1)
		msg_error("there is no command \"%s\"", argv[1]);
	usage(stderr);
	return MSG_EXIT_USAGE;
}
