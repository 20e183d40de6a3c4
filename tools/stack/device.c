// SPDX-License-Identifier: GPL-2.0
/*
 * The stack_blk devices that there are.
 */
#include "stack/device.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "util/number.h"
#include "util/text.h"

#define READ_US 300000 /* longer than any read takes that does not wait for a lock */
#define CONFIG "/sys/kernel/config/stack_blk"

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void free_names(struct dirent **names, int n)
{
	while (n > 0)
		free(names[--n]);
	free(names);
}

static bool is_folder(const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) &&
	       !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int add_text(struct stack_texts *texts, const char *group, const char *name,
		    const char *value)
{
	struct stack_text *grown = realloc(texts->text, (texts->n + 1) * sizeof(*grown));
	struct stack_text one = { 0 };

	if (!grown)
		return -ENOMEM;
	texts->text = grown;
	one.value = strdup(value);
	if (!one.value || asprintf(&one.name, "%s%s%s", group, group[0] ? "/" : "", name) < 0) {
		free(one.value);
		return -ENOMEM;
	}
	texts->text[texts->n++] = one;
	return 0;
}

/* At the second try it has all of the time that limit_reads() gives it. */
static int read_patiently(const char *path, char *value)
{
	int err = stack_read(path, value);

	return err == -EINTR ? stack_read(path, value) : err;
}

/* What cannot be read, or only be written, is not there. */
static int read_file(const char *dir, const char *group, const char *name,
		     struct stack_texts *texts)
{
	char path[PATH_MAX], value[STACK_VALUE];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/%s%s%s", dir, group, group[0] ? "/" : "", name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	if (stat(path, &st) || S_ISDIR(st.st_mode) || !(st.st_mode & 0444) ||
	    read_patiently(path, value))
		return 0;
	return add_text(texts, group, name, value);
}

/* The files of a directory, or of a group in it. */
static int read_files(const char *dir, const char *group, struct stack_texts *texts)
{
	struct dirent **names;
	char path[PATH_MAX];
	int i, n, err = 0;

	if (snprintf(path, sizeof(path), "%s/%s", dir, group) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	n = scandir(path, &names, visible, alphasort);
	if (n < 0)
		return -errno;
	for (i = 0; !err && i < n; i++)
		err = read_file(dir, group, names[i]->d_name, texts);
	free_names(names, n);
	return err;
}

static int read_groups(const char *dir, struct stack_texts *texts)
{
	struct dirent **names;
	int i, n = scandir(dir, &names, visible, alphasort), err = 0;

	if (n < 0)
		return -errno;
	for (i = 0; !err && i < n; i++)
		if (is_folder(dir, names[i]->d_name))
			err = read_files(dir, names[i]->d_name, texts);
	free_names(names, n);
	return err;
}

static void free_texts(struct stack_texts *texts)
{
	while (texts->n) {
		texts->n--;
		free(texts->text[texts->n].name);
		free(texts->text[texts->n].value);
	}
	free(texts->text);
	texts->text = NULL;
}

const char *stack_texts_get(const struct stack_texts *texts, const char *name)
{
	size_t i;

	for (i = 0; i < texts->n; i++)
		if (!strcmp(texts->text[i].name, name))
			return texts->text[i].value;
	return NULL;
}

/* Its disk has left sysfs before it is gone. */
static int read_disk(const struct stack *s, struct stack_device *d)
{
	char path[PATH_MAX], text[STACK_VALUE];
	uint64_t sectors;
	int err;

	d->state = STACK_GOING;
	err = stack_path(s, path, sizeof(path), "/sys/block/%s/size", d->disk);
	if (err)
		return err;
	if (!d->disk[0] || stack_read(path, text))
		return 0;
	if (!number_parse_uint(text, 0, UINT64_MAX / 512 - 1, &sectors))
		d->size_bytes = sectors * 512;
	err = stack_path(s, path, sizeof(path), "/sys/block/%s/stack_blk", d->disk);
	err = err ?: read_files(path, "", &d->counters);
	if (err == -ENOENT)
		return 0;
	d->state = STACK_ON;
	return err;
}

int stack_device_read(const struct stack *s, const char *name, struct stack_device *d)
{
	char dir[PATH_MAX];
	const char *power, *disk;
	int err;

	memset(d, 0, sizeof(*d));
	d->size_bytes = UINT64_MAX;
	if (!name[0] || strchr(name, '/') || strlen(name) >= sizeof(d->name))
		return -ENOENT;
	snprintf(d->name, sizeof(d->name), "%s", name);
	text_escape(name, d->shown, sizeof(d->shown));
	err = stack_path(s, dir, sizeof(dir), CONFIG "/%s", name);
	err = err ?: read_files(dir, "", &d->attributes);
	err = err ?: read_groups(dir, &d->attributes);
	power = stack_texts_get(&d->attributes, "power");
	disk = stack_texts_get(&d->attributes, "device");
	if (!err && !disk) {
		d->state = STACK_COMING;
	} else if (!err && power && !strcmp(power, "1")) {
		snprintf(d->disk, sizeof(d->disk), "%s", disk);
		err = read_disk(s, d);
	}
	/* Not a directory, and so no device: a file beside them. */
	if (err)
		stack_device_free(d);
	return err == -ENOTDIR ? -ENOENT : err;
}

void stack_device_free(struct stack_device *d)
{
	free_texts(&d->attributes);
	free_texts(&d->counters);
}

/* Does nothing, but ends a system call that sleeps. */
static void wake(int sig)
{
	(void)sig;
}

/*
 * The kernel keeps a lock while it makes a disk, for as long as a lower device takes to read a
 * partition table, and tells nothing that needs it: a signal now and then ends the wait for it.
 */
static void limit_reads(bool on)
{
	const struct itimerval never = { 0 }, often = { .it_interval.tv_usec = READ_US,
							.it_value.tv_usec = READ_US };
	struct sigaction sa = { .sa_handler = on ? wake : SIG_DFL };

	if (on)
		sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, on ? &often : &never, NULL);
	if (!on)
		sigaction(SIGALRM, &sa, NULL);
}

static int read_all(const struct stack *s, struct stack_devices *all)
{
	struct dirent **names;
	char dir[PATH_MAX];
	int i, n, err = stack_path(s, dir, sizeof(dir), CONFIG);

	if (err)
		return err;
	n = scandir(dir, &names, visible, versionsort);
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	all->device = calloc((size_t)n + 1, sizeof(*all->device));
	err = all->device ? 0 : -ENOMEM;
	for (i = 0; !err && i < n; i++) {
		if (!is_folder(dir, names[i]->d_name))
			continue;
		err = stack_device_read(s, names[i]->d_name, &all->device[all->n]);
		all->n += !err;
		if (err == -ENOENT)
			err = 0;
	}
	free_names(names, n);
	return err;
}

int stack_devices_read(const struct stack *s, struct stack_devices *all)
{
	int err;

	memset(all, 0, sizeof(*all));
	limit_reads(true);
	err = read_all(s, all);
	limit_reads(false);
	return err;
}

void stack_devices_free(struct stack_devices *all)
{
	while (all->n)
		stack_device_free(&all->device[--all->n]);
	free(all->device);
	all->device = NULL;
}

const struct stack_device *stack_devices_find(const struct stack_devices *all, const char *name)
{
	const char *disk = strncmp(name, "/dev/", 5) ? name : name + 5;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!strcmp(all->device[i].name, name))
			return &all->device[i];
	for (i = 0; i < all->n; i++)
		if (all->device[i].disk[0] && !strcmp(all->device[i].disk, disk))
			return &all->device[i];
	return NULL;
}

/* Lines of a number, the first sector here, how many are used, and a state: 7:0 0 2048 ok. */
bool stack_device_lower(const struct stack_device *d, size_t i, struct stack_lower *l)
{
	const char *line = stack_texts_get(&d->counters, "lowers");
	uint64_t start, sectors;

	for (; line && i; i--)
		line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
	if (!line || sscanf(line, "%23s %" SCNu64 " %" SCNu64 " %15s", l->dev, &start, &sectors,
			    l->state) != 4)
		return false;
	l->start_bytes = start * 512;
	l->size_bytes = sectors * 512;
	return true;
}
