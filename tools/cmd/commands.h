/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands, one file each. Those of stack that only look are in stack.c.
 */
#ifndef BIOSCOPE_CMD_COMMANDS_H
#define BIOSCOPE_CMD_COMMANDS_H

#include "run/options.h"

extern const struct options_command cmd_doctor;
extern const struct options_command cmd_list;
extern const struct options_command cmd_stat;
extern const struct options_command cmd_top;
extern const struct options_command cmd_latency;
extern const struct options_command cmd_trace;
extern const struct options_command cmd_check;
extern const struct options_command cmd_pressure;
extern const struct options_command cmd_verify;
extern const struct options_command cmd_export;
extern const struct options_command cmd_pin;
extern const struct options_command cmd_unpin;
extern const struct options_command cmd_kzalloc;
extern const struct options_command cmd_stack;
extern const struct options_command cmd_stack_create;
extern const struct options_command cmd_stack_set;
extern const struct options_command cmd_stack_remove;

#endif
