/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every option there is, as argp has them.
 */
#ifndef BIOSCOPE_RUN_OPTIONS_TABLE_H
#define BIOSCOPE_RUN_OPTIONS_TABLE_H

#include <argp.h>

/* Those without a letter. */
enum options_key {
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
	KEY_RELATIVE,
	KEY_TASK,
	KEY_CGROUP,
	KEY_BTF,
	KEY_WITHOUT,
	KEY_NO_POWER,
	KEY_PINNED,
	KEY_SUPPRESS,
	KEY_JUNIT,
	KEY_HTML,
	KEY_REPORT,
	KEY_AGE,
	KEY_WRITE,
	KEY_JOBS,
	KEY_SINGLE
};

/* A command gets those whose bit it takes. */
struct options_entry {
	unsigned int set; /* enum options_set */
	struct argp_option opt;
};

#define OPTIONS_TABLE 39

extern const struct options_entry options_table[OPTIONS_TABLE];

#endif
