// SPDX-License-Identifier: GPL-2.0
/*
 * Why stack_blk has refused something: the line that it has left in the kernel's log.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stack/stack.h"

#define MODULE "stack_blk: "
#define REFUSED " refused: "
#define RECORD 8192 /* more than a line has */

/* The kernel shows a backslash and what is not printable as \xNN; only the former is taken back. */
static void copy_text(char *out, const char *s, size_t len)
{
	size_t n = 0;

	while (len && n < STACK_WHY - 1) {
		size_t step = len >= 4 && !strncmp(s, "\\x5c", 4) ? 4 : 1;

		out[n++] = *s;
		s += step;
		len -= step;
	}
	out[n] = '\0';
}

bool stack_log_line(const char *record, const char *name, char *out)
{
	const char *text = strchr(record, ';');
	char line[STACK_WHY];
	size_t len = strlen(name);

	if (!text)
		return false;
	copy_text(line, text + 1, strcspn(text + 1, "\n"));
	if (strncmp(line, MODULE, strlen(MODULE)) || strncmp(line + strlen(MODULE), name, len) ||
	    strncmp(line + strlen(MODULE) + len, ": ", 2))
		return false;
	snprintf(out, STACK_WHY, "%s", line + strlen(MODULE) + len + 2);
	return true;
}

/* "(error -2)" says little. */
static void name_error(char *text)
{
	char *at = strstr(text, "(error -"), *end, rest[STACK_WHY];
	long err;

	if (!at)
		return;
	err = strtol(at + strlen("(error -"), &end, 10);
	if (*end != ')' || err <= 0 || err > 4095)
		return;
	snprintf(rest, sizeof(rest), "%s", end);
	snprintf(at, STACK_WHY - (size_t)(at - text), "(%s%s", strerror((int)err), rest);
}

void stack_log_refusal(const char *said, char *out)
{
	const char *value = strstr(said, ": '"), *reason = NULL, *at;

	/* The value may have any words, so the last ones count. */
	for (at = strstr(said, REFUSED); at; at = strstr(at + 1, REFUSED))
		reason = at;
	if (!value || !reason || value > reason) {
		snprintf(out, STACK_WHY, "%s", said);
		return;
	}
	snprintf(out, STACK_WHY, "%.*s %.*s is refused: %s", (int)(value - said), said,
		 (int)(reason - value - 2), value + 2, reason + strlen(REFUSED));
	name_error(out);
}

void stack_said(const struct stack *s, const char *name, char *out)
{
	char record[RECORD];
	ssize_t n;

	out[0] = '\0';
	/* EPIPE: records were overwritten before they were read. */
	while (s->log_fd >= 0 && ((n = read(s->log_fd, record, sizeof(record) - 1)) > 0 ||
				  (n < 0 && errno == EPIPE))) {
		if (n < 0)
			continue;
		record[n] = '\0';
		stack_log_line(record, name, out);
	}
}

const char *stack_why(const struct stack *s, const char *name, const char *attr, int err, char *out)
{
	char said[STACK_WHY];

	stack_said(s, name, said);
	if (said[0])
		stack_log_refusal(said, out);
	else if (err == -EPERM || err == -EACCES)
		snprintf(out, STACK_WHY, "%s: %s; only root may", attr, strerror(-err));
	else if (err == -E2BIG)
		snprintf(out, STACK_WHY, "%s: a value has at most %d bytes", attr, STACK_VALUE - 2);
	else
		snprintf(out, STACK_WHY, "%s: %s%s", attr, strerror(-err),
			 s->log_fd < 0 ? "; /dev/kmsg, which may say why, cannot be read" : "");
	return out;
}
