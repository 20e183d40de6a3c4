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
#include "util/disk.h"
#include "util/msg.h"
#include "util/number.h"

#define NS_PER_S 1000000000ULL
#define MAX_NS (24ULL * 3600 * NS_PER_S)
#define MIN_NS 1000000ULL

enum {
	KEY_RATE = 256,
	KEY_NTH,
	KEY_TIMES,
	KEY_SEED,
	KEY_MAY_SLEEP,
	KEY_PID,
	KEY_LISTEN,
	KEY_ADDRESSES,
	KEY_UNTIL_STALL,
	KEY_COST,
	KEY_LATENCY,
	KEY_LEAN,
	KEY_EXACT,
	KEY_EVENTS,
	KEY_MIN,
	KEY_STACKS,
	KEY_BTF,
	KEY_WITHOUT,
	KEY_NO_POWER
};

struct parse {
	const struct options_command *cmd;
	struct options *o;
	int status; /* to end with, 0: go on */
};

/* Every option there is; a command gets those whose bit it takes. */
static const struct {
	unsigned int set;
	struct argp_option opt;
} table[] = {
	{ OPTIONS_JSON, { "json", 'j', NULL, 0, "Print JSON", 0 } },
	{ OPTIONS_FILTER,
	  { "device", 'd', "DEVICE", 0, "Only pools of DEVICE (name or path)", 0 } },
	{ OPTIONS_FILTER, { "pool", 'p', "POOL", 0, "Only pools of that name", 0 } },
	{ OPTIONS_MODULE,
	  { "module", 'm', "MODULE", 0, "Only call sites of MODULE, loaded now or later", 0 } },
	{ OPTIONS_TIME,
	  { "time", 't', "TIME", 0, "Run for TIME (seconds, or with unit: 500ms, 2m)", 0 } },
	{ OPTIONS_INTERVAL,
	  { "interval", 'i', "TIME", 0, "Time between two reports (default 1)", 0 } },
	{ OPTIONS_PRESSURE,
	  { "rate", KEY_RATE, "SHARE", 0, "Share of the allocations to refuse (default 100%)",
	    0 } },
	{ OPTIONS_PRESSURE,
	  { "interval", KEY_NTH, "N", 0, "Consider each Nth allocation only", 0 } },
	{ OPTIONS_PRESSURE, { "times", KEY_TIMES, "N", 0, "Refuse N allocations at the most", 0 } },
	{ OPTIONS_PRESSURE,
	  { "seed", KEY_SEED, "N", 0, "Draw as a run did that printed this seed", 0 } },
	{ OPTIONS_PRESSURE,
	  { "may-sleep", KEY_MAY_SLEEP, NULL, 0, "Refuse only allocations that may sleep", 0 } },
	{ OPTIONS_PRESSURE,
	  { "pid", KEY_PID, "PID", 0, "Refuse only those of process PID and its descendants", 0 } },
	{ OPTIONS_LISTEN,
	  { "listen", KEY_LISTEN, "ADDRESS", 0, "Serve on ADDRESS:PORT (default 127.0.0.1:9756)",
	    0 } },
	{ OPTIONS_ADDRESS, { "addresses", KEY_ADDRESSES, NULL, 0, "Show kernel addresses", 0 } },
	{ OPTIONS_BTF,
	  { "btf", KEY_BTF, "FILE", 0, "Take the types of this kernel from FILE, see bioscope(8)",
	    0 } },
	{ OPTIONS_WITHOUT,
	  { "without", KEY_WITHOUT, "LIST", 0,
	    "Do without these programs, as if this kernel could not have them", 0 } },
	{ OPTIONS_COST,
	  { "cost", KEY_COST, NULL, 0,
	    "Instead, measure what each probe costs here, for TIME (default 5)", 0 } },
	{ OPTIONS_LATENCY,
	  { "latency", KEY_LATENCY, NULL, 0,
	    "Also measure how long allocations take, bios live, and disks take", 0 } },
	{ OPTIONS_LEAN,
	  { "lean", KEY_LEAN, NULL, 0, "See less, at less cost, see bioscope(8)", 0 } },
	{ OPTIONS_EXACT,
	  { "exact", KEY_EXACT, NULL, 0, "Miss no allocation, at more cost, see bioscope(8)", 0 } },
	{ OPTIONS_EVENTS,
	  { "events", KEY_EVENTS, "LIST", 0,
	    "Only those: dip,dry,wait,waited,failed,punt,rescue,rescued", 0 } },
	{ OPTIONS_EVENTS,
	  { "min", KEY_MIN, "TIME", 0, "Only what took that long: waited, rescue and rescued",
	    0 } },
	{ OPTIONS_EVENTS, { "stacks", KEY_STACKS, NULL, 0, "Show where tasks were", 0 } },
	{ OPTIONS_POWER, { "no-power", KEY_NO_POWER, NULL, 0, "Leave it powered off", 0 } },
	{ OPTIONS_FORCE,
	  { "force", 'f', NULL, 0, "Also what is in use, or whose I/O is stuck", 0 } },
	{ OPTIONS_ALL, { "all", 'a', NULL, 0, "All there are", 0 } },
	{ OPTIONS_STALL,
	  { "until-stall", KEY_UNTIL_STALL, NULL, 0, "End as soon as a pool has stalled", 0 } },
};

#define TABLE (sizeof(table) / sizeof(table[0]))

static void wrong(struct parse *p, const char *what, const char *arg, const char *want)
{
	msg_error("%s: %s \"%s\" is not valid; it must be %s", p->cmd->name, what, arg, want);
	p->status = MSG_EXIT_USAGE;
}

static void parse_events(struct parse *p, const char *arg)
{
	if (event_kinds_parse(arg, &p->o->events))
		wrong(p, "list of events", arg,
		      "made of dip, dry, wait, waited, failed, punt, rescue and rescued, with commas between");
}

static void parse_min(struct parse *p, const char *arg)
{
	if (number_parse_duration(arg, 1, MAX_NS, &p->o->min_ns))
		wrong(p, "time", arg, "a time up to 24h, such as 5, 0.5ms or 2m");
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
		      { KEY_LEAN, &o->lean },
		      { KEY_EXACT, &o->exact },
		      { KEY_MAY_SLEEP, &o->may_sleep },
		      { KEY_NO_POWER, &o->no_power },
		      { 'f', &o->force },
		      { 'a', &o->all },
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

static error_t parse_opt(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	struct options *o = p->o;

	if (parse_flag(key, o) || parse_pressure(p, key, arg))
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

/* "--" ends our options and begins COMMAND; argp must not see what follows. */
static int split_command(const struct options_command *cmd, int argc, char **argv,
			 struct options *o)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (!(cmd->takes & OPTIONS_TIME)) {
			msg_error("%s: takes no COMMAND", cmd->name);
			return -EINVAL;
		}
		if (i + 1 == argc) {
			msg_error("%s: \"--\" must be followed by a command to run", cmd->name);
			return -EINVAL;
		}
		o->command = &argv[i + 1];
		return i;
	}
	return argc;
}

int options_parse(const struct options_command *cmd, int argc, char **argv, struct options *o)
{
	struct argp_option opts[TABLE + 1] = { 0 };
	struct argp argp = {
		.options = opts, .parser = parse_opt, .args_doc = cmd->words, .doc = cmd->doc
	};
	struct parse p = { .cmd = cmd, .o = o };
	char name[64];
	size_t i, n = 0;

	memset(o, 0, sizeof(*o));
	o->interval_ns = NS_PER_S;
	o->rate_ppm = 1000000;
	o->listen = "127.0.0.1:9756";
	for (i = 0; i < TABLE; i++)
		if (cmd->takes & table[i].set)
			opts[n++] = table[i].opt;
	if (cmd->takes & OPTIONS_TIME)
		argp.args_doc = "[-- COMMAND...]";
	argc = split_command(cmd, argc, argv, o);
	if (argc < 0)
		return MSG_EXIT_USAGE;
	snprintf(name, sizeof(name), "bioscope %s", cmd->name);
	argv[0] = name;
	argp_err_exit_status = MSG_EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &p))
		return MSG_EXIT_USAGE;
	return p.status;
}
