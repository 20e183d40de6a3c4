// SPDX-License-Identifier: GPL-2.0
/*
 * The command line.
 */
#include "run/options.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/event_kinds.h"
#include "run/options_table.h"
#include "util/disk.h"
#include "util/msg.h"
#include "util/status.h"
#include "util/number.h"

#define NS_PER_S 1000000000ULL
#define MAX_NS (24ULL * 3600 * NS_PER_S)
#define MIN_NS 1000000ULL

struct parse {
	const struct options_command *cmd;
	struct options *o;
	int status; /* to end with, 0: go on */
};

static void wrong(struct parse *p, const char *what, const char *arg, const char *want)
{
	msg_error("%s: %s \"%s\" is not valid; it must be %s", p->cmd->name, what, arg, want);
	p->status = MSG_EXIT_USAGE;
}

static void parse_events(struct parse *p, const char *arg)
{
	char want[EVENT_KINDS_TEXT];
	size_t length = 0;
	uint32_t kind;

	if (!event_kinds_parse(arg, &p->o->events))
		return;
	for (kind = 0; kind < RECORD_EVENT_KINDS; kind++)
		length += (size_t)snprintf(want + length, sizeof(want) - length, "%s%s",
					   kind ? ", " : "made of ", event_kind_name(kind));
	snprintf(want + length, sizeof(want) - length, ", with commas between");
	wrong(p, "list of events", arg, want);
}

static void parse_min(struct parse *p, const char *arg)
{
	if (number_parse_duration(arg, 1, MAX_NS, &p->o->min_ns))
		wrong(p, "time", arg, "a time up to 24h, such as 5, 0.5ms or 2m");
}

static void parse_cgroup(struct parse *p, const char *arg)
{
	int err = cgroup_find(arg, p->o->cgroup);

	if (!err)
		return;
	msg_error("%s: cgroup %s: %s", p->cmd->name, arg, strerror(-err));
	p->status = MSG_EXIT_USAGE;
}

/* Names with commas between. */
static void parse_without(struct parse *p, const char *arg)
{
	char name[32];
	size_t i, len;

	do {
		len = strcspn(arg, ",");
		snprintf(name, sizeof(name), "%.*s", (int)len, arg);
		i = probe_index(name);
		if (i < PROBES)
			p->o->without |= 1ULL << i;
		else
			wrong(p, "program", name, "one that `bioscope doctor' lists");
		arg += len;
	} while (*arg++);
}

static void parse_time(struct parse *p, const char *what, const char *arg, uint64_t *out)
{
	if (number_parse_duration(arg, MIN_NS, MAX_NS, out))
		wrong(p, what, arg, "a time from 1ms to 24h, such as 5, 2.5s, 500ms or 2m");
}

/* A path is looked up, so that /dev/mapper/NAME or a mount point works; a plain name is a disk's. */
static void parse_device(struct parse *p, const char *arg)
{
	int err;

	p->o->device = arg;
	p->o->filter.device = NULL;
	p->o->filter.dev = 0;
	if (!strchr(arg, '/') && disk_of_partition(arg, &p->o->filter.dev)) {
		p->o->filter.device = arg;
		return;
	}
	err = strchr(arg, '/') ? disk_of_path(arg, &p->o->filter.dev) : 0;
	if (err == -ENOTBLK) {
		wrong(p, "device", arg, "a block device, or a file or mount point on one");
	} else if (err) {
		msg_error("%s: device %s: %s", p->cmd->name, arg, strerror(-err));
		p->status = MSG_EXIT_USAGE;
	}
}

/* As modprobe does, take "-" for "_", which is how the kernel spells it. */
static void parse_module(struct parse *p, const char *arg)
{
	char *c;

	if (!arg[0] || strlen(arg) >= sizeof(p->o->module) ||
	    arg[strspn(arg, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")]) {
		wrong(p, "module", arg, "the name of a module, without path and .ko");
		return;
	}
	snprintf(p->o->module, sizeof(p->o->module), "%s", arg);
	for (c = p->o->module; *c; c++)
		if (*c == '-')
			*c = '_';
}

/* What is only said or not: true if the option is one of these. */
static bool parse_flag(int key, struct options *o)
{
	const struct {
		int key;
		bool *flag;
	} flags[] = { { 'j', &o->json },
		      { KEY_ADDRESSES, &o->addresses },
		      { KEY_COST, &o->cost },
		      { KEY_LATENCY, &o->latency },
		      { KEY_STACKS, &o->stacks },
		      { KEY_RELATIVE, &o->relative },
		      { KEY_LEAN, &o->lean },
		      { KEY_EXACT, &o->exact },
		      { KEY_PINNED, &o->pinned },
		      { KEY_MAY_SLEEP, &o->may_sleep },
		      { KEY_NO_POWER, &o->no_power },
		      { 'f', &o->force },
		      { 'a', &o->all },
		      { KEY_SINGLE, &o->single },
		      { KEY_UNTIL_STALL, &o->until_stall } };
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (flags[i].key != key)
			continue;
		*flags[i].flag = true;
		return true;
	}
	return false;
}

static uint64_t parse_count(struct parse *p, const char *what, const char *arg, uint64_t min,
			    uint64_t max)
{
	uint64_t value = 0;
	char want[64];

	snprintf(want, sizeof(want), "a whole number from %" PRIu64 " to %" PRIu64, min, max);
	if (number_parse_uint(arg, min, max, &value))
		wrong(p, what, arg, want);
	return value;
}

/* Options of pressure that take an argument: true if the option is one of these. */
static bool parse_pressure(struct parse *p, int key, const char *arg)
{
	struct options *o = p->o;

	switch (key) {
	case KEY_RATE:
		if (number_parse_share(arg, &o->rate_ppm))
			wrong(p, "share", arg, "from 0.0001% to 100%, or 1ppm to 1000000ppm");
		return true;
	case KEY_NTH:
		o->nth = (uint32_t)parse_count(p, "interval", arg, 1, UINT32_MAX);
		return true;
	case KEY_TIMES:
		o->times = parse_count(p, "number of times", arg, 1, INT64_MAX);
		return true;
	case KEY_SEED:
		o->seed = parse_count(p, "seed", arg, 0, UINT64_MAX);
		o->seeded = true;
		return true;
	case KEY_PID:
		o->pid = (pid_t)parse_count(p, "pid", arg, 1, INT32_MAX);
		return true;
	default:
		return false;
	}
}

/* Options of check and verify: likewise. */
static bool parse_proof(struct parse *p, int key, const char *arg)
{
	struct options *o = p->o;

	switch (key) {
	case KEY_SUPPRESS:
		o->suppress = arg;
		return true;
	case KEY_JUNIT:
		o->junit = arg;
		return true;
	case KEY_HTML:
		o->html = arg;
		return true;
	case KEY_REPORT:
		o->report = arg;
		return true;
	case KEY_AGE:
		parse_time(p, "age", arg, &o->age_ns);
		return true;
	case KEY_WRITE:
		o->write = arg;
		return true;
	case KEY_JOBS:
		o->jobs = (unsigned int)parse_count(p, "number of jobs", arg, 1, 64);
		return true;
	default:
		return false;
	}
}

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	struct options *o = p->o;

	if (parse_flag(key, o) || parse_pressure(p, key, arg) || parse_proof(p, key, arg))
		return 0;
	switch (key) {
	case 'd':
		parse_device(p, arg);
		break;
	case 'p':
		o->filter.pool = arg;
		break;
	case 'm':
		parse_module(p, arg);
		break;
	case 't':
		parse_time(p, "time", arg, &o->duration_ns);
		break;
	case 'i':
		parse_time(p, "interval", arg, &o->interval_ns);
		break;
	case KEY_LISTEN:
		o->listen = arg;
		break;
	case KEY_EVENTS:
		parse_events(p, arg);
		break;
	case KEY_MIN:
		parse_min(p, arg);
		break;
	case KEY_TASK:
		o->task = arg;
		break;
	case KEY_CGROUP:
		parse_cgroup(p, arg);
		break;
	case KEY_WITHOUT:
		parse_without(p, arg);
		break;
	case KEY_BTF:
		o->btf = arg;
		break;
	case ARGP_KEY_ARGS:
		if (!p->cmd->words)
			return ARGP_ERR_UNKNOWN;
		o->words = state->argv + state->next;
		o->nr_words = (size_t)(state->argc - state->next);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* argp has "-?" for what most people try first. */
static void turn_help(int argc, char **argv)
{
	static char help[] = "--help";
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "-h"))
			argv[i] = help;
}

/* "--" ends our options and begins COMMAND; argp must not see what follows. */
static int split_command(const struct options_command *cmd, int argc, char **argv,
			 struct options *o)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (!(cmd->takes & OPTIONS_COMMAND)) {
			msg_error("%s: takes no COMMAND", cmd->name);
			return -EINVAL;
		}
		if (i + 1 == argc) {
			msg_error("%s: \"--\" must be followed by a command to run", cmd->name);
			return -EINVAL;
		}
		o->command = &argv[i + 1];
		status_beside_command();
		return i;
	}
	return argc;
}

int options_parse(const struct options_command *cmd, int argc, char **argv, struct options *o)
{
	struct argp_option opts[OPTIONS_TABLE + 1] = { 0 };
	struct argp argp = {
		.options = opts, .parser = parse_opt, .args_doc = cmd->words, .doc = cmd->doc
	};
	struct parse p = { .cmd = cmd, .o = o };
	char name[64], args[64];
	size_t i, n = 0;

	memset(o, 0, sizeof(*o));
	o->interval_ns = NS_PER_S;
	o->rate_ppm = 1000000;
	o->listen = "127.0.0.1:9756";
	for (i = 0; i < OPTIONS_TABLE; i++)
		if (cmd->takes & options_table[i].set)
			opts[n++] = options_table[i].opt;
	if (cmd->takes & OPTIONS_COMMAND) {
		snprintf(args, sizeof(args), "%s%s[-- COMMAND...]", cmd->words ?: "",
			 cmd->words ? " " : "");
		argp.args_doc = args;
	}
	argc = split_command(cmd, argc, argv, o);
	if (argc < 0)
		return MSG_EXIT_USAGE;
	turn_help(argc, argv);
	snprintf(name, sizeof(name), "bioscope %s", cmd->name);
	argv[0] = name;
	argp_err_exit_status = status_final(MSG_EXIT_USAGE);
	if (argp_parse(&argp, argc, argv, 0, NULL, &p))
		return MSG_EXIT_USAGE;
	return p.status;
}
