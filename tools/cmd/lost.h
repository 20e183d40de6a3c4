/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a command ends: with what was not seen.
 */
#ifndef BIOSCOPE_CMD_LOST_H
#define BIOSCOPE_CMD_LOST_H

#include "run/session.h"

/**
 * lost_end() - say on stderr what was not seen of a report, and whether what it was about is gone
 * @o: options
 * @s: the session
 * @after: snapshot that the report is of; freed
 * @r: the report; freed
 *
 * Return: enum msg_exit to end with, or COMMAND's own status.
 */
int lost_end(const struct options *o, struct session *s, struct read_snapshot *after,
	     struct model_report *r);

/**
 * lost_report() - the same of all since the tracer started, by a command that has told the rest as it happened
 * @o: options
 * @s: the session, whose start is still there
 *
 * Return: enum msg_exit to end with, or COMMAND's own status.
 */
int lost_report(const struct options *o, struct session *s);

/**
 * lost_events() - lost_report() of who tells each event: what a program was left out of is one that lacks
 * @o: options
 * @s: the session, whose start is still there
 *
 * Of events that are wanted, and not of programs that run for each allocation or free, few of which are events.
 *
 * Return: enum msg_exit to end with, or COMMAND's own status.
 */
int lost_events(const struct options *o, struct session *s);

#endif
