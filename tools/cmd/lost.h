/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a command ends that has told all else as it happened.
 */
#ifndef BIOSCOPE_CMD_LOST_H
#define BIOSCOPE_CMD_LOST_H

#include "run/session.h"

/**
 * lost_report() - say on stderr what was not seen since the tracer started, and whether what it was about is gone
 * @o: options
 * @s: the session, whose start is still there
 *
 * Return: enum msg_exit to end with, or COMMAND's own status.
 */
int lost_report(const struct options *o, struct session *s);

#endif
