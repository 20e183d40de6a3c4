// SPDX-License-Identifier: GPL-2.0
/*
 * The words of `bioscope stack create' and `set'.
 */
#include "stack/args.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/msg.h"
#include "util/text.h"

#define KNOB_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"

/* A word as a message shows it. */
#define SHOWN 128

static int wrong(const char *command, const char *what, const char *word, const char *want)
{
	char shown[SHOWN];

	msg_error("%s: %s \"%s\" is not valid; it must be %s", command, what,
		  text_escape(word, shown, sizeof(shown)), want);
	return MSG_EXIT_USAGE;
}

static enum stack_phase phase_of(const char *knob)
{
	if (!strcmp(knob, "scenario"))
		return STACK_SCENARIO;
	if (!strcmp(knob, "lower"))
		return STACK_LOWER;
	return strchr(knob, '/') ? STACK_FAULT : STACK_KNOB;
}

/* NAME or GROUP/NAME: a path that leads nowhere else. */
static bool is_knob(const char *s, size_t len)
{
	const char *slash = memchr(s, '/', len);
	size_t group = slash ? (size_t)(slash - s) : 0;

	if (!slash)
		return len && strspn(s, KNOB_LETTERS) >= len;
	return group && group + 1 < len && strspn(s, KNOB_LETTERS) == group &&
	       strspn(slash + 1, KNOB_LETTERS) >= len - group - 1;
}

static int add_setting(const char *command, const char *word, struct stack_args *a)
{
	const char *equals = strchr(word, '=');
	struct stack_setting *one = &a->settings[a->n];
	size_t len = equals ? (size_t)(equals - word) : 0;

	if (!equals || !is_knob(word, len) || len >= sizeof(one->knob))
		return wrong(command, "setting", word,
			     "KNOB=VALUE; `bioscope stack knobs' has the knobs");
	snprintf(one->knob, sizeof(one->knob), "%.*s", (int)len, word);
	one->value = equals + 1;
	one->phase = phase_of(one->knob);
	a->n++;
	return MSG_EXIT_OK;
}

/* The kernel wants absolute paths, and blanks between them. */
static int add_lower(const char *word, struct stack_args *a)
{
	char here[PATH_MAX] = "";
	size_t len = strlen(a->lower);
	int n;

	if (strpbrk(word, " \t\n"))
		return wrong("stack create", "lower device", word,
			     "a path without blanks, such as one in /dev/disk/by-id");
	if (word[0] != '/' && !getcwd(here, sizeof(here) - 1)) {
		msg_error("stack create: cannot tell where %s is: %s", word, strerror(errno));
		return MSG_EXIT_FAILED;
	}
	n = snprintf(a->lower + len, sizeof(a->lower) - len, "%s%s%s%s", len ? " " : "", here,
		     here[0] ? "/" : "", word);
	if (n < 0 || (size_t)n >= sizeof(a->lower) - len) {
		msg_error("stack create: the paths of the lower devices have more than %d bytes",
			  STACK_VALUE - 2);
		return MSG_EXIT_USAGE;
	}
	return MSG_EXIT_OK;
}

static bool is_name(const char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return i && i < STACK_NAME && s[0] != '.';
}

static int take_name(const char *word, struct stack_args *a)
{
	char shown[SHOWN];

	if (a->name) {
		msg_error(
			"stack create: a device has one name, and \"%s\" is another one than \"%s\"; "
			"a lower device is named by its path, as in /dev/%s",
			text_escape(word, shown, sizeof(shown)), a->name, shown);
		return MSG_EXIT_USAGE;
	}
	if (!is_name(word))
		return wrong("stack create", "name", word,
			     "1 to 255 letters, digits and signs, and not begin with a dot");
	a->name = word;
	return MSG_EXIT_OK;
}

static int take_word(const char *word, struct stack_args *a)
{
	if (word[0] == '/')
		return add_lower(word, a);
	if (strchr(word, '='))
		return add_setting("stack create", word, a);
	if (strchr(word, '/'))
		return add_lower(word, a);
	return take_name(word, a);
}

static int check_created(const struct stack_args *a)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (!strcmp(a->settings[i].knob, "power")) {
			msg_error(
				"stack create: a device is powered on when it is made, unless --no-power is given");
			return MSG_EXIT_USAGE;
		}
		if (a->settings[i].phase == STACK_LOWER && a->lower[0]) {
			msg_error(
				"stack create: lower devices are given twice: by paths, and by lower=");
			return MSG_EXIT_USAGE;
		}
	}
	return MSG_EXIT_OK;
}

/* Room for a setting of each word, and for the lower devices. */
static int start(size_t n, struct stack_args *a)
{
	memset(a, 0, sizeof(*a));
	a->settings = calloc(n + 1, sizeof(*a->settings));
	if (a->settings)
		return MSG_EXIT_OK;
	msg_error("stack: %s", strerror(ENOMEM));
	return MSG_EXIT_FAILED;
}

int stack_args_create(char **words, size_t n, struct stack_args *a)
{
	int status = start(n, a);
	size_t i;

	for (i = 0; !status && i < n; i++)
		status = take_word(words[i], a);
	status = status ?: check_created(a);
	if (!status && a->lower[0])
		a->settings[a->n++] = (struct stack_setting){ "lower", a->lower, STACK_LOWER };
	return status;
}

int stack_args_set(char **words, size_t n, struct stack_args *a)
{
	int status = start(n, a);
	size_t i;

	if (!status && n < 2) {
		msg_error("stack set: what is to be set of which device? NAME KNOB=VALUE...");
		status = MSG_EXIT_USAGE;
	}
	if (!status)
		a->name = words[0];
	for (i = 1; !status && i < n; i++)
		status = add_setting("stack set", words[i], a);
	return status;
}

void stack_args_free(struct stack_args *a)
{
	free(a->settings);
	a->settings = NULL;
}
