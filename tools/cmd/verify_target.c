// SPDX-License-Identifier: GPL-2.0
/*
 * Which device verify is about.
 */
#include "cmd/verify_target.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/disk.h"
#include "util/msg.h"
#include "util/number.h"

/* As in sysfs, where "!" stands for what is "/" below /dev. */
static void path_of_name(const char *name, struct verify_target *t)
{
	char *c;

	snprintf(t->path, sizeof(t->path), "/dev/%s", name);
	for (c = t->path; *c; c++)
		if (*c == '!')
			*c = '/';
}

static int find_device(const char *word, struct verify_target *t)
{
	struct stat st;
	uint32_t dev = 0;
	int err;

	if (strchr(word, '/'))
		snprintf(t->path, sizeof(t->path), "%s", word);
	else
		path_of_name(word, t);
	err = disk_of_path(t->path, &dev) ?: disk_name(dev, t->name, sizeof(t->name));
	if (err) {
		msg_error("verify: device %s: %s", word,
			  err == -ENOTBLK ?
				  "it must be a block device, or a file or mount point on one" :
				  strerror(-err));
		return MSG_EXIT_USAGE;
	}
	if (stat(t->path, &st) || !S_ISBLK(st.st_mode))
		path_of_name(t->name, t);
	layers_find(dev, &t->layers);
	t->ask.devs = t->layers.devs;
	t->ask.nr_devs = t->layers.n;
	t->ask.path = t->path;
	return MSG_EXIT_OK;
}

/* "OFFSET+SIZE"; false: it is none. */
static bool parse_region(const char *text, struct workload_ask *ask)
{
	const char *end;

	return !number_parse_bytes(text, &end, &ask->start) && *end == '+' &&
	       !number_parse_bytes(end + 1, NULL, &ask->size) && ask->size &&
	       !(ask->start % WORKLOAD_BLOCK);
}

static bool is_below(uint32_t dev, uint32_t top)
{
	struct layers l;
	size_t i;

	layers_find(top, &l);
	for (i = 0; i < l.n; i++)
		if (l.devs[i] == dev)
			return true;
	return false;
}

/* It must be on DEVICE, or on what is on that; what is there already is nobody's to write to. */
static int check_file(const char *path, const struct verify_target *t)
{
	char copy[PATH_MAX];
	uint32_t dev = 0;
	struct stat st;
	int err;

	if (!lstat(path, &st)) {
		msg_error(
			"verify: %s exists, and would be overwritten; name a file that is not there yet",
			path);
		return MSG_EXIT_USAGE;
	}
	snprintf(copy, sizeof(copy), "%s", path);
	err = disk_of_path(dirname(copy), &dev);
	if (err && err != -ENOTBLK) {
		msg_error("verify: cannot write to %s: %s", path, strerror(-err));
		return MSG_EXIT_USAGE;
	}
	if (!err && is_below(t->layers.devs[0], dev))
		return MSG_EXIT_OK;
	msg_error("verify: %s would not be on %s", path, t->name);
	return MSG_EXIT_USAGE;
}

static int find_region(const char *where, struct verify_target *t)
{
	int status;

	t->ask.write = true;
	if (parse_region(where, &t->ask))
		return MSG_EXIT_OK;
	if (!strchr(where, '/')) {
		msg_error(
			"verify: \"%s\" is no place to write to; it must be the path of a new file, or "
			"OFFSET+SIZE of DEVICE, such as 0+64M, with OFFSET a multiple of %d",
			where, WORKLOAD_BLOCK);
		return MSG_EXIT_USAGE;
	}
	status = check_file(where, t);
	t->ask.start = 0;
	t->ask.size = 0;
	t->ask.path = where;
	t->ask.create = true;
	return status;
}

int verify_target_find(const struct options *o, struct verify_target *t)
{
	int status;

	if (o->nr_words != 1) {
		msg_error("verify: needs one DEVICE; `bioscope verify --help' says more");
		return MSG_EXIT_USAGE;
	}
	if (o->command && (o->write || o->jobs)) {
		msg_error(
			"verify: --write and --jobs are of the jobs that COMMAND is run instead of");
		return MSG_EXIT_USAGE;
	}
	status = find_device(o->words[0], t);
	return status ?: o->write ? find_region(o->write, t) : MSG_EXIT_OK;
}
