/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line: one table of options, of which each command takes some.
 */
#ifndef BIOSCOPE_RUN_OPTIONS_H
#define BIOSCOPE_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/model.h"
#include "util/cgroup.h"

/* Which options a command takes, besides --help. */
enum options_set {
	OPTIONS_JSON = 1 << 0,
	OPTIONS_FILTER = 1 << 1, /* -d, -p */
	OPTIONS_TIME = 1 << 2, /* -t */
	OPTIONS_INTERVAL = 1 << 3, /* -i */
	OPTIONS_PRESSURE = 1 << 4, /* --rate, --interval, --times, --seed, --may-sleep, --pid */
	OPTIONS_LISTEN = 1 << 5, /* --listen */
	OPTIONS_ADDRESS = 1 << 6, /* --addresses */
	OPTIONS_STALL = 1 << 7, /* --until-stall */
	OPTIONS_MODULE = 1 << 8, /* -m */
	OPTIONS_COST = 1 << 9, /* --cost */
	OPTIONS_LATENCY = 1 << 10, /* --latency */
	OPTIONS_LEAN = 1 << 11, /* --lean */
	OPTIONS_EVENTS = 1 << 12, /* --events, --min, --stacks, --relative, --task, --cgroup */
	OPTIONS_BTF = 1 << 13, /* --btf */
	OPTIONS_POWER = 1 << 14, /* --no-power */
	OPTIONS_FORCE = 1 << 15, /* --force */
	OPTIONS_ALL = 1 << 16, /* --all */
	OPTIONS_EXACT = 1 << 17, /* --exact */
	OPTIONS_WITHOUT = 1 << 18, /* --without */
	OPTIONS_COMMAND = 1 << 19, /* -- COMMAND */
	OPTIONS_PINNED = 1 << 20, /* --pinned */
	OPTIONS_CHECK = 1 << 21, /* --suppress, --junit, --age */
	OPTIONS_VERIFY = 1 << 22, /* -p, --seed, files to write, --write, --jobs, --single */
};

#define OPTIONS_MODULE_NAME 56 /* MODULE_NAME_LEN of the kernel */

/* What a command was asked for; never changed once parsed. */
struct options {
	bool json;
	bool addresses; /* show addresses of bio_sets */
	bool cost; /* measure what probes cost */
	bool latency; /* also measure allocations, lifetimes of bios, and disks */
	bool lean; /* see less, at less cost */
	bool pinned; /* read what is pinned, and attach nothing */
	bool exact; /* count by what the kernel leaves out least */
	bool until_stall; /* end as soon as a pool has stalled */
	const char *device; /* as given */
	struct model_filter filter; /* from -d and -p */
	char module[OPTIONS_MODULE_NAME]; /* as the kernel spells it, "": all */
	uint64_t duration_ns; /* 0: until interrupted, or for as long as the command runs */
	uint64_t interval_ns;
	uint32_t rate_ppm; /* of pressure; so are these: */
	uint32_t nth; /* consider each so manyth allocation only, 0: each */
	uint64_t times; /* refuse so many at the most, 0: no limit */
	uint64_t seed; /* of the draws */
	bool seeded; /* it is given */
	bool may_sleep; /* refuse only allocations that may sleep */
	pid_t pid; /* and only those of its process tree, 0: all */
	uint32_t events; /* bits by enum record_event_kind; 0: those of the command */
	uint64_t min_ns; /* of events that took a time; 0: all events */
	bool stacks; /* show those of events */
	bool relative; /* show times since the start */
	const char
		*task; /* only events of this task: its name, or the number of it or its process */
	char cgroup
		[CGROUP_PATH]; /* only those of tasks in this one or below, as from cgroup_path(); "": all */
	uint64_t without; /* bits by index: probes to do without */
	const char *btf; /* file, NULL: the kernel's own */
	const char *listen; /* address:port */
	const char *suppress; /* file of findings that are known, NULL: none are */
	const char *junit; /* file to write findings to, NULL: none; so are these: */
	const char *html;
	const char *report;
	uint64_t age_ns; /* of what is a leak; 0: the default */
	const char *write; /* file, or region of the device, that may be written to; NULL: none */
	unsigned int jobs; /* 0: the default */
	bool single; /* exhaust no two pools at once */
	char **command; /* NULL-terminated, or NULL */
	bool no_power; /* do not power on */
	bool force; /* also what is in use, or stuck */
	bool all; /* all there are */
	char **words; /* what is no option, of a command that takes such */
	size_t nr_words;
};

/* A command as main.c knows it, or one of several that go by its name. */
struct options_command {
	const char *name; /* "NAME", or "NAME NAME" */
	const char *summary; /* one line of `bioscope --help` */
	const char *doc; /* text of `bioscope NAME --help` */
	unsigned int takes; /* enum options_set */
	const char *words; /* what else it takes, "NAME [OTHER...]"; NULL: nothing */
	const struct options_command *const
		*commands; /* its own, NULL-terminated; else it is run */
	int (*run)(const struct options *o); /* returns enum msg_exit */
};

/**
 * options_parse() - parse a command's own arguments
 * @cmd: the command
 * @argc: number of arguments, the command's name first
 * @argv: the arguments; must outlive @o
 * @o: the result
 *
 * --help and mistakes that argp finds end the process.
 *
 * Return: 0 to go on, or MSG_EXIT_USAGE with a message on stderr.
 */
int options_parse(const struct options_command *cmd, int argc, char **argv, struct options *o);

#endif
