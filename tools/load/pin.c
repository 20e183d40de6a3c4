// SPDX-License-Identifier: GPL-2.0
/*
 * Leaving the tracer in bpffs, for bpftool.
 */
#include "load/pin.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "util/msg.h"
#include "load/trace.h"
#include "trace.skel.h"

#define PIN_PATH 128

static int make_dirs(void)
{
	static const char *const dirs[] = { PIN_DIR, PIN_MAPS, PIN_LINKS };
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!mkdir(dirs[i], 0700))
			continue;
		if (errno == EEXIST)
			msg_error("%s is there already; `bioscope unpin' takes it away", dirs[i]);
		else
			msg_error("cannot make %s: %s; is bpffs mounted at /sys/fs/bpf?", dirs[i],
				  strerror(errno));
		return -errno;
	}
	return 0;
}

static int pin_map(const struct bpf_map *map, const char *name)
{
	char path[PIN_PATH];

	snprintf(path, sizeof(path), PIN_MAPS "/%s", name);
	if (!bpf_obj_pin(bpf_map__fd(map), path))
		return 0;
	msg_error("cannot pin map %s at %s: %s", name, path, strerror(errno));
	return -errno;
}

/* Sections of the object are maps as well: of those, the one that programs write to. */
static int pin_maps(const struct trace *t)
{
	const struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, t->skel->obj)
	{
		if (!err && !bpf_map__is_internal(map))
			err = pin_map(map, bpf_map__name(map));
	}
	return err ?: pin_map(t->skel->maps.bss, PIN_VARIABLES);
}

/* A link keeps its program, so that needs no pin of its own. */
static int pin_links(const struct trace *t)
{
	char path[PIN_PATH];
	size_t i;

	for (i = 0; i < PROBES; i++) {
		if (t->probes[i].state != PROBE_ATTACHED)
			continue;
		snprintf(path, sizeof(path), PIN_LINKS "/%s", probe_table[i].prog);
		if (bpf_link__pin(t->links[i], path)) {
			msg_error("cannot pin the link of %s at %s: %s", probe_table[i].prog, path,
				  strerror(errno));
			return -errno;
		}
	}
	return 0;
}

int pin_all(const struct trace *t)
{
	int err = make_dirs();

	if (err)
		return err;
	err = pin_links(t);
	err = err ?: pin_maps(t);
	if (err)
		pin_remove();
	return err;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (!remove(path))
		return 0;
	msg_error("cannot remove %s: %s", path, strerror(errno));
	return -errno;
}

int pin_remove(void)
{
	int err = access(PIN_DIR, F_OK) ? -errno : 0;

	if (err == -ENOENT)
		msg_error("nothing is pinned: there is no " PIN_DIR);
	else if (err)
		msg_error("cannot look into " PIN_DIR ": %s%s", strerror(-err),
			  err == -EACCES ? "; run with sudo" : "");
	return err ?: nftw(PIN_DIR, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
